"""How long a duel will take, by what earlier runs of the same training took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from runners.parameters import complete
from runners.protocol import DuelRole, Scalar, State
from runners.templates.template import Template
from storage.records import RunRecord
from workbench.duel.match import Contestant, Match

_BUDGET = ("epochs", "time_limit")
"""What a training of another length may differ in."""
_PROOF = 2.0
"""A proof starts and builds in two precisions and trains a few steps: about as long as twice a start."""

_SCALED_S = 10.0
"""A run that scales ends after 20 seconds at the latest, most do earlier."""


def forecast(match: Match, template: Template, runs: Iterable[RunRecord]) -> float | None:
    """Seconds that all runs of the duel will take one after the other; None where a contestant never trained the like.

    Of each contestant the newest finished run counts that differs in nothing but its seed and its length.
    """
    newest = sorted(runs, key=lambda run: run.id, reverse=True)
    total = 0.0
    for contestant in match.contestants:
        wanted, wrong = complete(template.declared, {**match.parameters, **contestant.parameters})
        like = next((run for run in newest if _is_like(run, match, contestant, wanted)), None)
        if wrong or like is None:
            return None
        start, epoch = _parts(like)
        training = epoch * _number(wanted, "epochs")
        limit = _number(wanted, "time_limit")
        training = min(training, limit) if limit else training
        total += len(match.seeds) * (start + training) + _PROOF * start
        total += scaled_count(match) * (start + _SCALED_S)
    return total


def scaled_count(match: Match) -> int:
    """Short runs of a contestant."""
    if match.scaling is None:
        return 0
    return sum(map(len, match.scaling.values.values())) + match.scaling.largest_batch


def _is_like(run: RunRecord, match: Match, contestant: Contestant, wanted: Mapping[str, Scalar]) -> bool:  # fmt: skip
    spec = run.spec
    kind = spec.template, spec.dataset, spec.framework, spec.mode
    if kind != (match.template, match.dataset, contestant.framework, contestant.mode):
        return False
    apart = spec.duel is not None and spec.duel.role is not DuelRole.MATCH
    if apart or run.state is not State.FINISHED or not run.progress.epoch:
        return False
    return all(
        spec.parameters.get(name) == value for name, value in wanted.items() if name not in _BUDGET
    )


def _parts(run: RunRecord) -> tuple[float, float]:
    """Seconds of all that is no epoch, and of an epoch."""
    whole = run.duration_s(0) or 0.0
    logged = run.summary.get("epoch_s")
    epoch = logged.last if logged is not None else whole / run.progress.epoch
    return max(0.0, whole - epoch * run.progress.epoch), epoch


def _number(values: Mapping[str, Scalar], name: str) -> float:
    value = values.get(name, 0)
    return float(value) if isinstance(value, int | float) else 0.0
