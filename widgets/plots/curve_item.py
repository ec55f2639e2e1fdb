"""All curves of a plot in one graphics item: what an item costs is paid once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPainterPath, QPen

from widgets.plots.axes import PlotBox
from widgets.plots.plot_curve import PlotCurve
from workbench.curve import Floats, Line, Polyline
from workbench.x_axis import Placing

Window = tuple[float, float]
"""From and to, in units of the view: log10 of those of the axis where it is logarithmic."""

_MARKED_SPACING = 14
"""Pixels between points from which on each point is marked."""
_MARK_RADIUS = 2.2
_MOST_WIDE_CORNERS = 20_000
_BAND_OPACITY = 0.16
_FAR_OUTSIDE = 1e4
"""Heights of the plot beyond which a value is drawn no farther away."""


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


@dataclass(frozen=True, slots=True)
class _Drawn:
    path: QPainterPath
    pen: QPen
    marks: list[QPointF]
    """Where points stand alone or far apart."""
    band: QPainterPath | None


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
            if drawn.band is not None:
                painter.fillPath(drawn.band, _translucent(drawn.pen.color()))
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
        left, top = self._pixels(corners_of(trace, x, int(self._box.width()), *self._log), x, y)
        path = pg.functions.arrayToQPath(left, top, connect="finite")
        marks = [QPointF(left[place], top[place]) for place in np.flatnonzero(_marked(left, top))]
        pen = trace.curve.pen(faint=trace.faint, corners=len(left))
        pen.setWidth(trace.width)
        return _Drawn(path, pen, marks, self._band(trace, x, y))

    def _pixels(self, corners: Polyline, x: Window, y: Window) -> tuple[Floats, Floats]:
        width, height = self._box.width(), self._box.height()
        left = (corners.x - x[0]) * (width / (x[1] - x[0]))
        top = (y[1] - corners.y) * (height / (y[1] - y[0]))
        return left, np.clip(top, -_FAR_OUTSIDE * height, _FAR_OUTSIDE * height)

    def _band(self, trace: Trace, x: Window, y: Window) -> QPainterPath | None:
        if trace.band is None:
            return None
        low, high = (_runs(*self._pixels(self._edge(trace, line, x), x, y)) for line in trace.band)
        path = QPainterPath()
        for (left_low, top_low), (left_high, top_high) in zip(low, high, strict=False):
            left = np.concatenate((left_low, left_high[::-1]))
            path.addPath(pg.functions.arrayToQPath(left, np.concatenate((top_low, top_high[::-1]))))
        return path

    def _edge(self, trace: Trace, line: Line, x: Window) -> Polyline:
        """An edge of a band, in units of the axes: -inf where a logarithmic axis has no place for it."""
        log_x, log_y = self._log
        corners = corners_of(replace(trace, line=line), x, int(self._box.width()), log_x, False)
        return Polyline(corners.x, _logarithm(corners.y)) if log_y else corners


def _translucent(color: QColor) -> QColor:
    pale = QColor(color)
    pale.setAlphaF(_BAND_OPACITY)
    return pale


def _logarithm(y: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.log10(np.fmax(y, 0.0), out=np.full_like(y, np.nan), where=~np.isnan(y))


def _runs(left: Floats, top: Floats) -> list[tuple[Floats, Floats]]:
    """The parts between gaps."""
    gaps = np.flatnonzero(np.isnan(top))
    parts = zip(np.split(left, gaps), np.split(top, gaps), strict=True)
    return [(a[~np.isnan(b)], b[~np.isnan(b)]) for a, b in parts if not np.isnan(b).all()]


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
