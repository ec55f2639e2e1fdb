"""Whether a match can be held, before anything of it is queued. No database, no framework, quick enough for every key."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from runners.datasets.dataset import Task
from runners.protocol import MODES
from workbench.duel.match import Contestant, Match
from workbench.requests import CheckedRequest, InvalidRequest, RunRequest, check_request

FEWEST_CONTESTANTS = 2
_LARGEST_SEED = 2**31 - 1
VALIDATED: Mapping[Task, tuple[str, ...]] = {
    Task.CLASSIFICATION: ("accuracy", "top5_accuracy", "macro_f1", "roc_auc"),
    Task.REGRESSION: ("mae", "rmse", "mape", "r2"),
    Task.SEGMENTATION: ("iou", "dice", "pixel_accuracy"),
    Task.TEXT_GENERATION: ("accuracy", "perplexity"),
    Task.FORECASTING: ("mae", "rmse", "mape", "relative_mae"),
    Task.RECONSTRUCTION: ("mse", "cross_entropy", "kl"),
}
"""What a validation tells beside the loss."""


def check_match(
    match: Match, datasets_folder: Path | None = None, templates_folder: Path | None = None
) -> list[CheckedRequest]:
    """What each contestant trains, with the first seed. Raises InvalidRequest with all problems at once.

    The problems are by ``contestants``, ``seeds``, ``target``, and the fields of a run that contestants share; what is wrong with
    parameters of a contestant's own is told of ``contestants``.
    """
    problems: dict[str, str] = {}
    told: list[str] = [*_of_all(match.contestants)]
    checked: list[CheckedRequest] = []
    for contestant in match.contestants:
        try:
            if problem := _mode_problem(contestant):
                told.append(problem)
                continue
            request = request_of(match, contestant)
            checked.append(check_request(request, datasets_folder, templates_folder))
        except InvalidRequest as error:
            own = {name for name in error.problems if name in contestant.parameters}
            told += [f"{contestant.name}: {error.problems[name]}" for name in sorted(own)]
            problems |= {k: v for k, v in error.problems.items() if k not in own}
    if told:
        problems["contestants"] = "\n".join(told)
    if problem := _seeds_problem(match.seeds):
        problems["seeds"] = problem
    if match.target and checked and (problem := _target_problem(match, checked[0])):
        problems["target"] = problem
    if problems:
        raise InvalidRequest(problems)
    return checked


def request_of(match: Match, contestant: Contestant) -> RunRequest:
    """What a contestant trains, with the first seed."""
    return RunRequest(
        template=match.template,
        framework=contestant.framework,
        dataset=match.dataset,
        mode=contestant.mode,
        parameters={**match.parameters, **contestant.parameters},
        device=match.device,
        interpreter=contestant.interpreter,
    )


def _of_all(contestants: Sequence[Contestant]) -> Iterator[str]:
    if len(contestants) < FEWEST_CONTESTANTS:
        yield "a duel needs two contestants or more"
    for place, one in enumerate(contestants):
        if one in contestants[:place]:
            yield f"two contestants are the same: {_called(one)}; give one of them parameters of its own"  # fmt: skip


def _mode_problem(contestant: Contestant) -> str:
    modes = MODES.get(contestant.framework, ())
    if contestant.mode in modes:
        return ""
    there_are = ", ".join(modes) or "none"
    return f"{contestant.framework.display_name} has no mode {contestant.mode.value!r}; there are: {there_are}"


def _called(contestant: Contestant) -> str:
    """A name for one whose mode its framework may not have."""
    return f"{contestant.framework}:{contestant.mode}" if _mode_problem(contestant) else contestant.name  # fmt: skip


def _seeds_problem(seeds: Sequence[int]) -> str:
    if not seeds:
        return "a duel needs a seed"
    if len(set(seeds)) < len(seeds):
        return "each seed can be there only once"
    if any(not 0 <= seed <= _LARGEST_SEED for seed in seeds):
        return f"a seed is a whole number from 0 to {_LARGEST_SEED:,}"
    return ""


def _target_problem(match: Match, request: CheckedRequest) -> str:
    target = match.target
    assert target
    names = ["loss", *VALIDATED[request.declared.task(request.info)]]
    if target.metric not in [f"val/{name}" for name in names]:
        listed = ", ".join(f"val/{name}" for name in names)
        return f"validation tells no {target.metric!r}; it tells: {listed}"
    if not request.info.validation_count and not request.parameters["validation_split"]:
        return "nothing is validated: give a validation split above 0, or no target"
    return "" if math.isfinite(target.value) else "a target is a number"
