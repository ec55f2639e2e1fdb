"""Runs side by side: how their parameters differ and which is best by each metric."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from runners.protocol import Scalar, State
from storage.records import MAIN_METRICS, MetricSummary, RunRecord, better, is_system

Value = Callable[[MetricSummary], float | None]
"""What of a metric's summary to compare."""
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
    described = [described_by(run) for run in runs]
    names = dict.fromkeys(name for one in described for name in one)
    return [ParameterRow(name, tuple(one.get(name) for one in described)) for name in names]


def best_value(summary: MetricSummary) -> float | None:
    return summary.best


def metric_rows(runs: Sequence[RunRecord], value: Value = best_value) -> list[MetricRow]:
    """Every metric that any of the runs has, the main ones first."""
    rows = []
    for name in metric_names(runs):
        values = tuple(metric_value(run, name, value) for run in runs)
        rows.append(MetricRow(name, values, winners(name, values)))
    return rows


def metric_names(runs: Sequence[RunRecord]) -> list[str]:
    return sorted({name for run in runs for name in run.summary}, key=_rank)


def metric_value(run: RunRecord, name: str, value: Value = best_value) -> float | None:
    """None where the run does not have it. The best of what the machine was asked for is the most."""
    if name not in run.summary:
        return None
    if is_system(name) and value is best_value:
        return run.summary[name].maximum
    return value(run.summary[name])


def duration_row(runs: Sequence[RunRecord], now: int) -> MetricRow:
    """Seconds from start to end, or to now (UTC, microseconds); only runs that finished are judged."""
    values = tuple(run.duration_s(now) for run in runs)
    judged = [judged_duration(run) for run in runs]
    return MetricRow("duration_s", values, winners("duration_s", judged))


def judged_duration(run: RunRecord) -> float | None:
    return run.duration_s(0) if run.state is State.FINISHED and run.ended is not None else None


def winners(metric: str, values: Sequence[float | None]) -> frozenset[int]:
    """The places of the best values; none where all read the same or where better has no meaning."""
    return Ranking(metric, values).best


class Ranking:
    """Which of the values of a metric are best, kept up as single ones change."""

    def __init__(self, metric: str, values: Sequence[float | None]) -> None:
        self._judged = not is_system(metric) and metric != "lr"
        self._lower = better(metric) == "lower"
        self._read = np.array([_as_read(value) for value in values], np.float64)
        self.best = self._found()
        """The places of the best values."""

    def replace(self, place: int, value: float | None) -> frozenset[int]:
        """Take another value; returns the places that are best now and were not, or the other way round."""
        self._read[place] = _as_read(value)
        before, self.best = self.best, self._found()
        return before ^ self.best

    def _found(self) -> frozenset[int]:
        known = self._read[~np.isnan(self._read)]
        if not self._judged or not len(known):
            return frozenset()
        low, high = known.min(), known.max()
        if low == high:
            return frozenset()
        return frozenset(np.flatnonzero(self._read == (low if self._lower else high)).tolist())


def _rank(metric: str) -> tuple[int, str]:
    if metric in MAIN_METRICS:
        return (MAIN_METRICS.index(metric), metric)
    return (len(MAIN_METRICS) + (is_system(metric) or metric == "lr"), metric)


def _as_read(value: float | None) -> float:
    """The value as a person reads it, so that no run wins by a digit that is not shown. NaN where there is none."""
    return math.nan if value is None else float(f"{value:.{_SHOWN_DIGITS}g}")


def described_by(run: RunRecord) -> dict[str, Scalar]:
    """What the run is and what it trains on, then its parameters."""
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
