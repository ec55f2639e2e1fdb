"""All curves of a plot in one graphics item: what an item costs is paid once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPaintEngine, QPainter, QPainterPath, QPen

from widgets.plots.axes import PlotBox
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.x_axis import Placing
from workbench.curve import Floats, Line, Polyline

Window = tuple[float, float]
"""From and to, in units of the view: log10 of those of the axis where it is logarithmic."""

_MARKED_SPACING = 14
"""Pixels between points from which on each point is marked."""
_MARK_RADIUS = 2.2
_MOST_WIDE_CORNERS = 20_000
_FAR_OUTSIDE = 1e4
"""Heights of the plot beyond which a value is drawn no farther away."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One line of a plot: a curve, or what smoothing makes of it. ``line`` is in order."""

    curve: PlotCurve
    line: Line
    placing: Placing
    faint: bool = False


@dataclass(frozen=True, slots=True)
class _Drawn:
    path: QPainterPath
    pen: QPen
    marks: list[QPointF]
    """Where points stand alone or far apart."""


class CurveItem(pg.GraphicsObject):  # type: ignore[misc]
    """Its coordinates are the pixels of the box, so that pens and marks need no transformation."""

    def __init__(self, box: PlotBox) -> None:
        super().__init__()
        self._box = box
        self.for_picture = False
        """Set while the plot is drawn into a file."""
        self._traces: Sequence[Trace] = ()
        self._log = (False, False)
        self._key: Any = None
        self._version = 0
        self._drawn: list[_Drawn] = []
        self.setParentItem(box)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        box.sigRangeChanged.connect(self._redraw)
        box.sigResized.connect(self._redraw)

    def show_traces(self, traces: Sequence[Trace], *, log_x: bool, log_y: bool) -> None:
        """Draw these from now on: faint ones behind, dashed ones before, so that equal curves are both seen."""
        self._traces = sorted(
            traces, key=lambda each: (not each.faint, bool(each.curve.look.dashes))
        )
        self._log = (log_x, log_y)
        self._version += 1
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._box.rect())

    def _redraw(self) -> None:
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        x, y = self._box.viewRange()
        width, height = self._box.width(), self._box.height()
        if width < 2 or height < 2:
            return
        key = (self._version, *x, *y, width, height)
        if key != self._key:
            self._drawn = [self._draw(trace, x, y) for trace in self._traces]
            self._key = key
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cosmetic = not self._scales(painter)
        for drawn in self._drawn:
            pen = QPen(drawn.pen)
            pen.setCosmetic(cosmetic)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(drawn.path)
            painter.setBrush(drawn.pen.color())
            painter.setPen(Qt.PenStyle.NoPen)
            for mark in drawn.marks:
                painter.drawEllipse(mark, _MARK_RADIUS, _MARK_RADIUS)

    def _scales(self, painter: QPainter) -> bool:
        """Whether lines grow with the picture, as they should in a file, if that does not take seconds."""
        if not self.for_picture:
            return False
        corners = sum(drawn.path.elementCount() for drawn in self._drawn)
        return painter.paintEngine().type() == QPaintEngine.Type.SVG or corners < _MOST_WIDE_CORNERS

    def _draw(self, trace: Trace, x: Window, y: Window) -> _Drawn:
        width, height = self._box.width(), self._box.height()
        corners = corners_of(trace, x, int(width), *self._log)
        left = (corners.x - x[0]) * (width / (x[1] - x[0]))
        top = (y[1] - corners.y) * (height / (y[1] - y[0]))
        with np.errstate(invalid="ignore"):
            top = np.clip(top, -_FAR_OUTSIDE * height, _FAR_OUTSIDE * height)
        path = pg.functions.arrayToQPath(left, top, connect="finite")
        marks = [QPointF(left[place], top[place]) for place in np.flatnonzero(_marked(left, top))]
        return _Drawn(path, trace.curve.pen(faint=trace.faint, corners=len(left)), marks)


def corners_of(trace: Trace, x: Window, width: int, log_x: bool, log_y: bool) -> Polyline:
    """What to draw of a trace between two places on the x axis, in units of the axes."""
    edges = trace.placing.raw(np.linspace(*x, width + 1), logarithmic=log_x)
    raw = trace.line.envelope(trace.placing.source, edges, positive=log_y)
    placed = trace.placing.place(raw.x, logarithmic=log_x)
    y = np.log10(raw.y) if log_y else raw.y
    has_place = np.isfinite(placed)
    return Polyline(placed[has_place], y[has_place])


def _marked(left: Floats, top: Floats) -> NDArray[np.bool_]:
    """The points that are alone, and all if they are far apart."""
    finite = np.isfinite(top)
    between = np.concatenate(([False], finite, [False]))
    alone = finite & ~between[:-2] & ~between[2:]
    if not len(left):
        return alone
    spread = float(left[-1] - left[0]) >= _MARKED_SPACING * (len(left) - 1)
    return finite if spread else alone
