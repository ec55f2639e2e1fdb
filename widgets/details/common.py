"""What several runs have in common, and in what they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from storage.records import RunRecord, main_metric
from widgets import text
from widgets.details import facts

_FEW = 4
"""So many values are named of what differs."""
_Value = Callable[[RunRecord], object]


def compare(runs: Sequence[RunRecord]) -> tuple[dict[str, str], dict[str, str]]:
    """Names and values of what is the same in all of the runs, and names and values of what is not."""
    same: dict[str, str] = {}
    different: dict[str, str] = {}
    for name, value in _properties(runs):
        values = _distinct(runs, value)
        if len(values) == 1:
            if values[0] not in ("", None):
                same[name] = facts.value_text(values[0])
        else:
            different[name] = _listed(values)
    return same, different


def outcome(runs: Sequence[RunRecord], most: int = 500) -> dict[str, str]:
    """How they ended, and from where to where their results go; of more runs than ``most`` the results of the first ones."""
    counts: dict[str, int] = {}
    for run in runs:
        counts[run.state.value] = counts.get(run.state.value, 0) + 1
    said = {"State": ", ".join(f"{count:,} {state}" for state, count in counts.items())}
    of = f" (of the first {most:,})" if len(runs) > most else ""
    runs = runs[:most]
    metrics = {main_metric(run) for run in runs}
    for metric in sorted(each for each in metrics if each):
        found = (run.summary[metric].last for run in runs if metric in run.summary)
        values = [value for value in found if value == value]
        if values:
            low, high = min(values), max(values)
            both = f"{text.number(low)} to {text.number(high)}"
            said[metric] = (text.number(low) if low == high else both) + of
    return said


def _properties(runs: Sequence[RunRecord]) -> Iterator[tuple[str, _Value]]:
    yield "Template", lambda run: run.spec.template
    yield "Framework", lambda run: run.spec.framework.display_name
    yield "Mode", lambda run: run.spec.mode.value
    yield "Dataset", lambda run: run.spec.dataset
    yield "Device", lambda run: run.assigned_device or run.spec.device
    yield "Seed", lambda run: run.spec.seed
    yield "Experiment", lambda run: run.experiment
    for name in dict.fromkeys(name for run in runs for name in run.spec.parameters):
        yield name, lambda run, name=name: run.spec.parameters.get(name)  # type: ignore[misc]


def _distinct(runs: Sequence[RunRecord], value: _Value) -> list[object]:
    """The values in the order of the runs, and no more than it takes to say that there are many."""
    found: dict[object, None] = {}
    for run in runs:
        each = value(run)
        found[tuple(each) if isinstance(each, list) else each] = None
        if len(found) > _FEW:
            break
    return list(found)


def _listed(values: Sequence[object]) -> str:
    named = ["none" if each is None else facts.value_text(each) for each in values[:_FEW]]
    return ", ".join(named) + (" …" if len(values) > _FEW else "")
