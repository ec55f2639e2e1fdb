"""What stands on the x axis, and where a point of a run is on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from storage.records import RunRecord, is_system
from workbench.curve import Floats, Indices, Source
from workbench.ticks import Scale


class XAxis(StrEnum):
    STEP = "step"
    EPOCH = "epoch"
    RELATIVE = "relative"
    WALL = "wall"
    METRIC = "metric"
    """Another metric of the run, see `workbench.along`."""

    @property
    def words(self) -> str:
        return {
            XAxis.STEP: "Step",
            XAxis.EPOCH: "Epoch",
            XAxis.RELATIVE: "Time since start",
            XAxis.WALL: "Time of day",
            XAxis.METRIC: "A metric",
        }[self]

    @property
    def scale(self) -> Scale:
        return {XAxis.RELATIVE: Scale.DURATION, XAxis.WALL: Scale.DATE}.get(self, Scale.NUMBER)

    @property
    def can_be_logarithmic(self) -> bool:
        return self is not XAxis.WALL

    def of(self, metric: str, x_metric: str = "") -> XAxis:
        """The axis for a metric: readings of the machine are taken each second, not each step."""
        of_steps = self in (XAxis.STEP, XAxis.EPOCH)
        of_other_steps = self is XAxis.METRIC and not is_system(x_metric)
        return XAxis.RELATIVE if is_system(metric) and (of_steps or of_other_steps) else self


@dataclass(frozen=True, slots=True)
class Placing:
    """``x = (raw - origin) * scale``, where raw is a step or a time of the curve."""

    source: Source
    origin: float = 0.0
    scale: float = 1.0

    def place(self, raw: Floats | Indices, *, logarithmic: bool = False) -> Floats:
        """Where the points are on the axis: NaN where a logarithmic one has no place for them."""
        x = (raw.astype(np.float64) - self.origin) * self.scale
        if not logarithmic:
            return x
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(x > 0, np.log10(x), np.nan)

    def raw(self, x: Floats, *, logarithmic: bool = False) -> Floats:
        """What is at these places, not rounded to steps."""
        linear = 10.0**x if logarithmic else x
        return linear / self.scale + self.origin


def placing(axis: XAxis, run: RunRecord, first_time: float | None = None) -> Placing | None:
    """How to place a run's points; None while it is not known how long its epochs are.

    ``first_time`` (UTC, seconds) stands in for the start of a run that does not say when it started, or that was
    resumed since and says when it last started.
    A metric on the axis stands in the ``times`` of a line that was made for it.
    An epoch has ``total_steps / epochs`` steps.
    """
    if axis is XAxis.STEP:
        return Placing("steps")
    if axis is XAxis.METRIC:
        return Placing("times")
    if axis is XAxis.EPOCH:
        done = run.progress
        return Placing("steps", 0.0, done.epochs / done.total_steps) if done.total_steps else None
    if axis is XAxis.WALL:
        return Placing("times")
    started = run.started / 1e6 if run.started is not None else None
    if first_time is not None and (started is None or run.attempt > 1):
        started = min(first_time, started or first_time)
    return Placing("times", started) if started is not None else None
