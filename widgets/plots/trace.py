"""A line of a plot, as it is to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from widgets.plots.plot_curve import PlotCurve
from workbench.line import Line
from workbench.x_axis import Placing


class BandLines(NamedTuple):
    """What a band lies between: two lines in order, of the same x, that are finite at the same places."""

    low: Line
    high: Line


@dataclass(frozen=True, slots=True)
class Trace:
    """One line of a plot: a curve, or what smoothing makes of it. ``line`` is in order.

    ``width`` is in pixels of the screen, 1 or 2. A band is drawn under all lines, in the curve's colour. On a logarithmic
    axis it reaches down to the edge of the plot where its lower line is not above zero.
    """

    curve: PlotCurve
    line: Line
    placing: Placing
    faint: bool = False
    width: int = 1
    band: BandLines | None = None
