"""What a person chose about how plots are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from widgets.plots.x_axis import XAxis
from workbench.smoothing import Method, Smoother, smoother

STRONGEST = 0.999
LONGEST_WINDOW = 10_000


@dataclass(frozen=True, slots=True)
class Smoothing:
    """``amount`` is a weight from 0 to 0.999, or a number of points from 1; 0 or 1 smooths nothing."""

    method: Method = Method.EXPONENTIAL
    amount: float = 0.0

    @property
    def active(self) -> bool:
        return self.amount > (0 if self.method is Method.EXPONENTIAL else 1)

    def smoother(self) -> Smoother:
        return smoother(self.method, self.amount)


@dataclass(frozen=True, slots=True)
class PlotSettings:
    x_axis: XAxis = XAxis.STEP
    log_x: bool = False
    log_y: bool = False
    smoothing: Smoothing = Smoothing()
