"""What a plot shows of one metric of one run, and how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtGui import QColor, QPen

from storage.records import RunRecord
from widgets import theme
from widgets.plain import line
from widgets.plots.tints import Tint
from workbench.line import Line

_FAINT = 0.4
_MOST_DASHED_CORNERS = 400


class Look(Enum):
    """Tells curves of one run apart."""

    PLAIN = auto()
    DASHED = auto()
    DOTTED = auto()
    FAINT = auto()
    DASH_DOTTED = auto()

    @property
    def dashes(self) -> tuple[float, ...]:
        """Pixels of line and of gap by turns; nothing for a line without gaps.

        The gaps are wide enough for a curve below to be seen in its own colour.
        """
        return _PATTERNS.get(self, ())


_PATTERNS = {
    Look.DASHED: (6.0, 5.0),
    Look.DOTTED: (2.0, 3.0),
    Look.DASH_DOTTED: (8.0, 4.0, 2.0, 4.0),
}
STROKES = (Look.PLAIN, Look.DASHED, Look.DOTTED, Look.DASH_DOTTED)
"""In the order in which kinds of curves get them."""


@dataclass(frozen=True, slots=True)
class PlotCurve:
    """``known`` is how many points the history has; the curve may still be on its way.

    ``along`` is the metric of the run that stands on the x axis, if one does. ``tint`` is its colour where that is not the
    run's. A ``strong`` one is drawn wider. Curves of one ``group`` can be drawn as one.
    """

    run: RunRecord
    metric: str
    name: str
    curve: Line
    known: int
    look: Look = Look.PLAIN
    along: Line | None = None
    tint: Tint | None = None
    strong: bool = False
    group: str = ""

    @property
    def key(self) -> tuple[int, str]:
        return self.run.id, self.metric

    @property
    def label(self) -> str:
        """Its name in one line."""
        return line(self.name)

    def color(self, *, faint: bool = False) -> QColor:
        color = theme.run_color(self.run.color) if self.tint is None else self.tint.color()
        if faint or self.look is Look.FAINT:
            base = theme.colors().base
            return theme.mixed(color.name(), base, _FAINT)
        return color

    def pen(self, *, faint: bool = False, corners: int = 0) -> QPen:
        """One pixel wide on every screen: wider lines cost tens of times as much. Dashes are left out where many corners would break them up."""
        pen = QPen(self.color(faint=faint))
        pen.setWidth(1)
        pen.setCosmetic(True)
        if self.look.dashes and corners <= _MOST_DASHED_CORNERS:
            pen.setDashPattern(self.look.dashes)
        return pen


@dataclass(frozen=True, slots=True)
class Reading:
    """The point of a curve that is nearest to a place on the x axis, in units of that axis.

    ``n`` is of how many curves it is the middle, 0 for a curve of its own, and ``band`` what lies around it.
    """

    curve: PlotCurve
    x: float
    value: float
    smoothed: float | None
    n: int = 0
    band: tuple[float, float] | None = None

    @property
    def shown(self) -> float:
        """The value that the drawn line has there."""
        return self.value if self.smoothed is None else self.smoothed
