"""What a person chose about how plots are drawn: what all plots of a grid share, and what is one plot's own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from workbench.replicates import Replicates
from workbench.smoothing import Method, Smoother, smoother
from workbench.x_axis import XAxis

STRONGEST = 0.999
LONGEST_WINDOW = 10_000
WIDEST_SIGMA = 1_000

Ends = tuple[float | None, float | None]
"""The ends of a range, in units of the axis; None is left to the points."""
OPEN: Ends = (None, None)


@dataclass(frozen=True, slots=True)
class Smoothing:
    """``amount`` is a weight from 0 to 0.999, a number of points from 1, or a sigma in points; 0 smooths nothing."""

    method: Method = Method.EXPONENTIAL
    amount: float = 0.0

    @property
    def active(self) -> bool:
        return self.amount > (1 if self.method is Method.MEAN else 0)

    def smoother(self) -> Smoother:
        return smoother(self.method, self.amount)


@dataclass(frozen=True, slots=True)
class PlotSettings:
    """``x_metric`` is what stands on the x axis if that is a metric. ``outliers`` lets the rare extremes set the range.

    ``fixed_x`` and ``fixed_y`` are ranges that a person typed; where they are ``locked`` the mouse does not move them.
    """

    x_axis: XAxis = XAxis.STEP
    log_x: bool = False
    log_y: bool = False
    smoothing: Smoothing = Smoothing()
    x_metric: str = ""
    outliers: bool = True
    replicates: Replicates | None = None
    fixed_x: Ends = OPEN
    fixed_y: Ends = OPEN
    locked: bool = False

    @property
    def needs_all_points(self) -> bool:
        """Whether what is drawn is computed from every point, so that an overview of a curve does not do."""
        return (
            self.smoothing.active
            or self.x_axis is XAxis.METRIC
            or not self.outliers
            or self.replicates is not None
        )


@dataclass(frozen=True, slots=True)
class PlotOptions:
    """One plot's own. ``metrics`` and ``runs`` are those that were dragged onto it; ``log_y`` None follows all plots.

    ``columns`` and ``rows`` say of how many cells of the grid it takes the room.
    """

    metrics: tuple[str, ...] = ()
    runs: tuple[int, ...] = ()
    log_y: bool | None = None
    x: Ends = OPEN
    y: Ends = OPEN
    locked: bool = False
    columns: int = 1
    rows: int = 1

    def over(self, shared: PlotSettings) -> PlotSettings:
        """The settings of the plot, where all plots have these."""
        log_y = shared.log_y if self.log_y is None else self.log_y
        return replace(shared, log_y=log_y, fixed_x=self.x, fixed_y=self.y, locked=self.locked)

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_plain(cls, raw: Mapping[str, Any]) -> PlotOptions:
        """Raises ValueError, KeyError or TypeError where it is something else."""
        log_y = raw["log_y"]
        return cls(
            tuple(map(str, raw["metrics"])),
            tuple(map(int, raw["runs"])),
            None if log_y is None else bool(log_y),
            _ends(raw["x"]),
            _ends(raw["y"]),
            bool(raw["locked"]),
            min(3, max(1, int(raw["columns"]))),
            min(3, max(1, int(raw["rows"]))),
        )


def _ends(raw: Any) -> Ends:
    low, high = (None if end is None else float(end) for end in raw)
    if any(end is not None and not math.isfinite(end) for end in (low, high)):
        raise ValueError("an end of a range must be finite")
    return low, high
