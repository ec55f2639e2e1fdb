"""Runs side by side: how their parameters differ and which is best by each metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from runners.protocol import Scalar
from storage.records import MAIN_METRICS, MetricSummary, RunRecord, better, is_system

_SYSTEM = "system/"
_NOT_JUDGED = (_SYSTEM, "lr")
_SHOWN_DIGITS = 6


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A value a run, in their order; None where a run does not have it."""

    name: str
    values: tuple[Scalar | None, ...]

    @property
    def differs(self) -> bool:
        return any(value != self.values[0] for value in self.values)


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A value a run, in their order; ``best`` has the places of the best ones, if one is better at all."""

    name: str
    values: tuple[float | None, ...]
    best: frozenset[int]


def parameter_rows(runs: Sequence[RunRecord]) -> list[ParameterRow]:
    """Every parameter that any of the runs has, what they are and what they train on first."""
    described = [_described(run) for run in runs]
    names = dict.fromkeys(name for one in described for name in one)
    return [ParameterRow(name, tuple(one.get(name) for one in described)) for name in names]


def best_value(summary: MetricSummary) -> float | None:
    return summary.best


def metric_rows(
    runs: Sequence[RunRecord], value: Callable[[MetricSummary], float | None] = best_value
) -> list[MetricRow]:
    """Every metric that any of the runs has, the main ones first; ``value`` says what to compare of its summary."""
    names = sorted({name for run in runs for name in run.summary}, key=_rank)
    rows = []
    for name in names:
        values = tuple(_value_of(run.summary, name, value) for run in runs)
        rows.append(MetricRow(name, values, winners(name, values)))
    return rows


def duration_row(runs: Sequence[RunRecord], now: int) -> MetricRow:
    """Seconds from start to end, or to now (UTC, microseconds); only runs that finished are judged."""
    values = tuple(run.duration_s(now) for run in runs)
    finished = tuple(
        value if run.state == "finished" else None for run, value in zip(runs, values, strict=True)
    )
    return MetricRow("duration_s", values, winners("duration_s", finished))


def winners(metric: str, values: Sequence[float | None]) -> frozenset[int]:
    """The places of the best values; none where all read the same or where better has no meaning."""
    read = [_as_read(value) for value in values]
    known = {value for value in read if value is not None}
    if len(known) < 2 or metric.startswith(_NOT_JUDGED):
        return frozenset()
    best = min(known) if better(metric) == "lower" else max(known)
    return frozenset(place for place, value in enumerate(read) if value == best)


def _rank(metric: str) -> tuple[int, str]:
    if metric in MAIN_METRICS:
        return (MAIN_METRICS.index(metric), metric)
    return (len(MAIN_METRICS) + metric.startswith(_NOT_JUDGED), metric)


def _as_read(value: float | None) -> float | None:
    """The value as a person reads it, so that no run wins by a digit that is not shown."""
    if value is None or value != value:
        return None
    return float(f"{value:.{_SHOWN_DIGITS}g}")


def _value_of(
    summary: Mapping[str, MetricSummary],
    name: str,
    value: Callable[[MetricSummary], float | None],
) -> float | None:
    if name not in summary:
        return None
    if is_system(name) and value is best_value:
        return summary[name].maximum
    return value(summary[name])


def _described(run: RunRecord) -> dict[str, Scalar]:
    spec = run.spec
    return {
        "template": spec.template,
        "framework": spec.framework.value,
        "mode": spec.mode.value,
        "dataset": spec.dataset,
        "seed": spec.seed,
        "device": run.assigned_device or spec.device,
        **spec.parameters,
    }
