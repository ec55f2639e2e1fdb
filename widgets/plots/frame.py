"""Where values are on the pixels of a screen: one view of a plot at one resolution."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from widgets.plots.raster import join
from workbench.curve import Floats, Line, Polyline
from workbench.x_axis import Placing

Window = tuple[float, float]
"""From and to, in units of the view: log10 of those of the axis where it is logarithmic."""

_FAR_OUTSIDE = 1e4
"""Heights of the plot beyond which a value is drawn no farther away."""


@dataclass(frozen=True)
class Frame:
    """The view from ``x[0]`` to ``x[1]`` and from ``y[0]`` to ``y[1]``, on ``width`` times ``height`` units of a painter.

    A unit is ``scale`` pixels of the screen, and the view's left upper corner ``shift`` right of and below a pixel's.
    """

    x: Window
    y: Window
    width: float
    height: float
    log_x: bool
    log_y: bool
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    _edges: dict[Placing, Floats] = field(default_factory=dict, compare=False, repr=False)

    @property
    def columns(self) -> int:
        """How many columns of pixels the view is on, the outer ones in part perhaps."""
        return math.ceil(self.width * self.scale + self.shift[0] - 1e-6)

    @property
    def rows(self) -> int:
        return math.ceil(self.height * self.scale + self.shift[1] - 1e-6)

    def edges(self, placing: Placing) -> Floats:
        """What is at the borders of the columns, in the units of the points that are placed."""
        known = self._edges.get(placing)
        if known is None:
            numbers: Floats = np.arange(self.columns + 1, dtype=np.float64)
            borders = (numbers - self.shift[0]) / (self.width * self.scale)
            at = self.x[0] + borders * (self.x[1] - self.x[0])
            known = self._edges[placing] = placing.raw(at, logarithmic=self.log_x)
        return known

    def corners(self, line: Line, placing: Placing) -> tuple[Floats, Floats]:
        """Corners of a line, in units from the left and from the top; NaN is a gap."""
        return self._units(
            line.envelope(placing.source, self.edges(placing), positive=self.log_y), placing
        )

    def edge_corners(self, line: Line, placing: Placing) -> tuple[Floats, Floats]:
        """As `corners`; but what a logarithmic axis has no place for is far below, not a gap."""
        return self._units(line.envelope(placing.source, self.edges(placing)), placing)

    def _units(self, corners: Polyline, placing: Placing) -> tuple[Floats, Floats]:
        placed = placing.place(corners.x, logarithmic=self.log_x)
        left = (placed - self.x[0]) * (self.width / (self.x[1] - self.x[0]))
        top = self._tops(corners.y)
        has_place = np.isfinite(left)
        return (left, top) if has_place.all() else (left[has_place], top[has_place])

    def _tops(self, values: Floats) -> Floats:
        if self.log_y:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.log10(np.maximum(values, 0.0))
        top = self.y[1] - values
        top *= self.height / (self.y[1] - self.y[0])
        return np.clip(top, -_FAR_OUTSIDE * self.height, _FAR_OUTSIDE * self.height, out=top)

    def pixels(self, left: Floats, top: Floats) -> tuple[Floats, Floats]:
        """In pixels what was in units."""
        return left * self.scale + self.shift[0], top * self.scale + self.shift[1]

    def spans(self, lows: Floats, highs: Floats) -> tuple[Floats, Floats]:
        """The upper and lower ends of joined spans in pixels, of lines in rows with a low and a high value a column.

        inf and -inf stand where a line has no span, before and after.
        """
        empty = lows > highs
        upper, lower = self._tops(highs), self._tops(lows)
        for ends in (upper, lower):
            np.multiply(ends, self.scale, out=ends)
            np.add(ends, self.shift[1], out=ends)
        upper[empty], lower[empty] = np.inf, -np.inf
        join(upper, lower)
        return upper, lower
