"""All curves of a plot in one graphics item: what an item costs is paid once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPen

from widgets.plots.axes import PlotBox
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.x_axis import Placing
from workbench.curve import Line, Polyline

_MARKED_SPACING = 14
"""Pixels between points from which on each point is marked."""
_MARK_RADIUS = 2.2
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
    """Where points stand alone or far apart, in units of the axes."""


class CurveItem(pg.GraphicsObject):  # type: ignore[misc]
    def __init__(self, box: PlotBox) -> None:
        super().__init__()
        self._box = box
        self._traces: Sequence[Trace] = ()
        self._log = (False, False)
        self._key: Any = None
        self._version = 0
        self._drawn: list[_Drawn] = []

    def show_traces(self, traces: Sequence[Trace], *, log_x: bool, log_y: bool) -> None:
        """Draw these from now on, the first ones behind the last ones."""
        self._traces = traces
        self._log = (log_x, log_y)
        self._version += 1
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._box.viewRect())

    def viewTransformChanged(self) -> None:
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        (x0, x1), (y0, y1) = self._box.viewRange()
        width, height = int(self._box.width()), self._box.height()
        key = (self._version, x0, x1, y0, y1, width, height)
        if width < 2 or height < 2:
            return
        if key != self._key:
            self._drawn = [self._draw(trace, (x0, x1), (y0, y1), width) for trace in self._traces]
            self._key = key
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for drawn in self._drawn:
            painter.setPen(drawn.pen)
            painter.drawPath(drawn.path)
        self._paint_marks(painter)

    def _draw(
        self, trace: Trace, x: tuple[float, float], y: tuple[float, float], width: int
    ) -> _Drawn:
        corners = corners_of(trace, x, width, *self._log)
        span = y[1] - y[0]
        with np.errstate(invalid="ignore"):
            shown_y = np.clip(corners.y, y[0] - _FAR_OUTSIDE * span, y[1] + _FAR_OUTSIDE * span)
        path = pg.functions.arrayToQPath(corners.x, shown_y, connect="finite")
        places = np.flatnonzero(_marked(corners, x, width))
        marks = [QPointF(corners.x[place], shown_y[place]) for place in places]
        pen = trace.curve.pen(faint=trace.faint, corners=len(corners.x))
        return _Drawn(path, pen, marks)

    def _paint_marks(self, painter: QPainter) -> None:
        to_pixels = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        for drawn in self._drawn:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(drawn.pen.color()))
            for mark in drawn.marks:
                painter.drawEllipse(to_pixels.map(mark), _MARK_RADIUS, _MARK_RADIUS)
        painter.restore()


def corners_of(
    trace: Trace, x: tuple[float, float], width: int, log_x: bool, log_y: bool
) -> Polyline:
    """What to draw of a trace between two places on the x axis, in units of the axes."""
    edges = trace.placing.raw(np.linspace(*x, width + 1), logarithmic=log_x)
    raw = trace.line.envelope(trace.placing.source, edges, positive=log_y)
    placed = trace.placing.place(raw.x, logarithmic=log_x)
    y = np.log10(raw.y) if log_y else raw.y
    has_place = np.isfinite(placed)
    return Polyline(placed[has_place], y[has_place])


def _marked(corners: Polyline, x: tuple[float, float], width: int) -> NDArray[np.bool_]:
    """The points that are alone, and all if they are far apart."""
    finite = np.isfinite(corners.y)
    between = np.concatenate(([False], finite, [False]))
    alone = finite & ~between[:-2] & ~between[2:]
    if not len(corners.x):
        return alone
    span = float(corners.x[-1] - corners.x[0]) * width / (x[1] - x[0])
    return finite if span >= _MARKED_SPACING * (len(corners.x) - 1) else alone
