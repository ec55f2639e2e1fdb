"""All curves of a plot in one graphics item: what an item costs is paid once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPainterPath, QPen, QTransform

from widgets.plots.axes import PlotBox
from widgets.plots.dense_picture import DensePicture, Spans
from widgets.plots.frame import Frame
from widgets.plots.raster import Picture, rasterise, spans_of_corners
from widgets.plots.trace import BandLines, Trace
from workbench.curve import Floats
from workbench.x_axis import Placing

_MARKED_SPACING = 14
"""Pixels between points from which on each point is marked."""
_MARK_RADIUS = 2.2
_MOST_WIDE_CORNERS = 20_000
_MOST_PATH_CORNERS = 8_000
"""So many corners in all are drawn as paths, with edges softer than those of spans."""
_BAND_OPACITY = 0.16


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A trace as it is to be drawn: by spans, or by corners in units."""

    trace: Trace
    pen: QPen
    spans: Spans | None
    left: Floats
    top: Floats

    @property
    def dashed(self) -> bool:
        return self.pen.style() == Qt.PenStyle.CustomDashLine


class _Layer(NamedTuple):
    """What is painted at once: a picture of many lines, or the path of one; then the marks of points."""

    pixels: Picture | None
    path: QPainterPath | None
    pen: QPen
    marks: list[tuple[QColor, list[QPointF]]]
    dense: DensePicture | None = None
    """Whose the pixels are, if it can go on with them."""


class CurveItem(pg.GraphicsObject):  # type: ignore[misc]
    """Its coordinates are the pixels of the box, so that pens and marks need no transformation.

    On a screen many lines are one image (see `widgets.plots.raster`), few are paths; in a file all are paths.
    """

    def __init__(self, box: PlotBox) -> None:
        super().__init__()
        self._box = box
        self.for_picture = False
        """Set while the plot is drawn into a file."""
        self._traces: Sequence[Trace] = ()
        self._log = (False, False)
        self._key: Any = None
        self._version = 0
        self._bands: list[tuple[QPainterPath, QColor]] = []
        self._layers: list[_Layer] = []
        self.setParentItem(box)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        box.sigRangeChanged.connect(self._redraw)
        box.sigResized.connect(self._redraw)

    def show_traces(self, traces: Sequence[Trace], *, log_x: bool, log_y: bool) -> None:
        """Draw these from now on: faint ones behind, wide and dashed ones before, so that equal curves are both seen."""
        self._traces = traces
        self._log = (log_x, log_y)
        self._version += 1
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._box.rect())

    def _redraw(self) -> None:
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        if self._box.width() < 2 or self._box.height() < 2:
            return
        onto_pixels = not self.for_picture
        frame = self._frame(painter.deviceTransform())
        key = frame, onto_pixels, self._version
        if key != self._key:
            stays = self._key is not None and key[:2] == self._key[:2]
            self._key = key
            if not (stays and self._grow()):
                self._bands = list(_bands(self._traces, frame))
                self._layers = _layers(self._traces, frame, onto_pixels=onto_pixels)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for path, color in self._bands:
            painter.fillPath(path, color)
        cosmetic = not self._scales(painter)
        for layer in self._layers:
            _paint(painter, layer, frame, cosmetic=cosmetic)

    def _grow(self) -> bool:
        """Go on with the picture that there is, where all that is new is what was appended to its lines."""
        if len(self._layers) != 1 or self._bands or self._layers[0].dense is None:
            return False
        return self._layers[0].dense.grow(sorted(self._traces, key=_depth))

    def _frame(self, device: QTransform) -> Frame:
        (x0, x1), (y0, y1) = self._box.viewRange()
        return Frame(
            (x0, x1), (y0, y1), self._box.width(), self._box.height(), *self._log,
            max(1.0, device.m11()), (device.dx() % 1.0, device.dy() % 1.0),
        )  # fmt: skip

    def _scales(self, painter: QPainter) -> bool:
        """Whether lines grow with the picture, as they should in a file, if that does not take seconds."""
        if not self.for_picture:
            return False
        corners = sum(layer.path.elementCount() for layer in self._layers if layer.path is not None)
        return painter.paintEngine().type() == QPaintEngine.Type.SVG or corners < _MOST_WIDE_CORNERS


def _paint(painter: QPainter, layer: _Layer, frame: Frame, *, cosmetic: bool) -> None:
    if layer.pixels is not None:
        corner = QPointF(-frame.shift[0] / frame.scale, -frame.shift[1] / frame.scale)
        painter.drawImage(corner, _image(layer.pixels, frame))
    if layer.path is not None:
        pen = QPen(layer.pen)
        pen.setCosmetic(cosmetic)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(layer.path)
    painter.setPen(Qt.PenStyle.NoPen)
    for color, marks in layer.marks:
        painter.setBrush(color)
        for mark in marks:
            painter.drawEllipse(mark, _MARK_RADIUS, _MARK_RADIUS)


def _image(pixels: Picture, frame: Frame) -> QImage:
    """It shows the pixels themselves, which must live as long."""
    image = QImage(
        pixels.data, frame.columns, frame.rows, 4 * frame.columns,
        QImage.Format.Format_ARGB32_Premultiplied,
    )  # fmt: skip
    image.setDevicePixelRatio(frame.scale)
    return image


def _depth(trace: Trace) -> tuple[bool, int]:
    """Faint ones are drawn behind, wide ones before."""
    return not trace.faint, trace.width


def _layers(traces: Sequence[Trace], frame: Frame, *, onto_pixels: bool) -> list[_Layer]:
    drawn = [_drawn(trace, frame, onto_pixels=onto_pixels) for trace in traces]
    by_corners = sum(len(each.left) for each in drawn) <= _MOST_PATH_CORNERS or not onto_pixels

    def is_path(each: _Drawn) -> bool:
        return each.spans is None and (by_corners or each.dashed)

    def order(each: _Drawn) -> tuple[bool, int, bool, bool]:
        return *_depth(each.trace), is_path(each), each.dashed

    layers: list[_Layer] = []
    for paths, group in groupby(sorted(drawn, key=order), key=is_path):
        if paths:
            layers += map(_path_layer, group)
        else:
            layers.append(_image_layer(list(group), frame))
    return layers


def _drawn(trace: Trace, frame: Frame, *, onto_pixels: bool) -> _Drawn:
    found = None
    if onto_pixels:
        edges = frame.edges(trace.placing)
        found = trace.line.spans(trace.placing.source, edges, positive=frame.log_y)
    left = top = np.empty(0)
    if found is None:
        left, top = frame.corners(trace.line, trace.placing)
    corners = 2 * frame.columns if found is not None else len(left)
    pen = trace.curve.pen(faint=trace.faint, corners=corners)
    pen.setWidth(trace.width)
    return _Drawn(trace, pen, None if found is None else Spans(*found), left, top)


def _path_layer(each: _Drawn) -> _Layer:
    path = pg.functions.arrayToQPath(each.left, each.top, connect="finite")
    return _Layer(None, path, each.pen, _marks(each))


def _image_layer(group: Sequence[_Drawn], frame: Frame) -> _Layer:
    spans = [each.spans for each in group if each.spans is not None]
    if len(spans) == len(group) and not any(each.dashed for each in group):
        dense = DensePicture([each.trace for each in group], spans, frame)
        return _Layer(dense.pixels, None, QPen(), [], dense)
    shape = len(group), frame.columns
    upper, lower = np.full(shape, np.inf), np.full(shape, -np.inf)
    dense_rows = [row for row, each in enumerate(group) if each.spans is not None]
    for row, each in enumerate(group):
        if each.spans is not None:
            part = slice(each.spans.first, each.spans.first + len(each.spans.low))
            upper[row, part], lower[row, part] = each.spans.low, each.spans.high  # not placed yet
        elif len(each.left):
            corners = frame.pixels(each.left, each.top)
            upper[row], lower[row] = spans_of_corners(*corners, frame.columns)
    if dense_rows:
        upper[dense_rows], lower[dense_rows] = frame.spans(upper[dense_rows], lower[dense_rows])
    colors = [each.pen.color().rgba() for each in group]
    pixels = rasterise(upper, lower, colors, [each.trace.width for each in group], frame.rows)
    marks = [mark for each in group for mark in _marks(each)]
    return _Layer(pixels, None, QPen(), marks)


def _bands(traces: Iterable[Trace], frame: Frame) -> Iterable[tuple[QPainterPath, QColor]]:
    for trace in traces:
        if trace.band is not None:
            color = trace.curve.color(faint=trace.faint)
            color.setAlphaF(_BAND_OPACITY)
            yield _area(trace.band, trace.placing, frame), color


def _area(band: BandLines, placing: Placing, frame: Frame) -> QPainterPath:
    low, high = (_runs(*frame.edge_corners(line, placing)) for line in band)
    path = QPainterPath()
    for (left_low, top_low), (left_high, top_high) in zip(low, high, strict=False):
        left = np.concatenate((left_low, left_high[::-1]))
        top = np.concatenate((top_low, top_high[::-1]))
        path.addPath(pg.functions.arrayToQPath(left, top))
    return path


def _runs(left: Floats, top: Floats) -> list[tuple[Floats, Floats]]:
    """The parts between gaps."""
    gaps = np.flatnonzero(np.isnan(top))
    parts = zip(np.split(left, gaps), np.split(top, gaps), strict=True)
    return [(a[~np.isnan(b)], b[~np.isnan(b)]) for a, b in parts if not np.isnan(b).all()]


def _marks(each: _Drawn) -> list[tuple[QColor, list[QPointF]]]:
    marked = np.flatnonzero(_marked(each.left, each.top))
    if not len(marked):
        return []
    places = [QPointF(each.left[place], each.top[place]) for place in marked]
    return [(each.pen.color(), places)]


def _marked(left: Floats, top: Floats) -> NDArray[np.bool_]:
    """The points that are alone, and all if they are far apart."""
    finite = np.isfinite(top)
    if not len(left):
        return finite
    between = np.concatenate(([False], finite, [False]))
    alone = finite & ~between[:-2] & ~between[2:]
    spread = float(left[-1] - left[0]) >= _MARKED_SPACING * (len(left) - 1)
    return finite if spread else alone
