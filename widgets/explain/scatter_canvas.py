"""The picture of a scatter: points, trends, and a rubber band that selects."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)

from widgets import theme
from widgets.explain.canvas import Canvas, rgb_table
from widgets.explain.dot_raster import Dots, opacity, radius
from widgets.explain.shades import Shades
from widgets.plain import line
from workbench.explain.distribution import Trend
from workbench.explain.scales import ColumnScale, Floats
from workbench.session import Session

_LEFT, _TOP, _RIGHT, _BOTTOM = 78, 10, 16, 44
_NEAR = 8
_FAINT = 0.16


@dataclass(frozen=True)
class Points:
    """A point a run: its places (0 to 1, NaN for none) on two scales, its colour, and the trends through all of them."""

    x: Floats
    y: Floats
    scales: tuple[ColumnScale, ColumnScale]
    shades: Shades
    trends: tuple[Trend, ...] = ()


class ScatterCanvas(Canvas):
    """Drag a rubber band: select; with Shift or Ctrl also what was selected. Click a point: select its run."""

    selected = Signal(object, bool)
    """The rows of the selected points, and whether they are to be added to what was selected."""
    hovered = Signal(object)
    """The row under the mouse, or None."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.points: Points | None = None
        self.row: int | None = None
        self._marked: NDArray[np.bool_] = np.zeros(0, bool)
        self._band: tuple[QPointF, QPointF] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFont(theme.font(0.87))
        self.setAccessibleName("Scatter of two columns")
        self.setAccessibleDescription(
            "Arrow keys go from point to point, Enter selects the run, Escape selects none."
        )

    def show_points(self, points: Points, marked: NDArray[np.bool_]) -> None:
        self.points, self._marked, self.row = points, marked, None
        self.redraw()

    def show_marked(self, marked: NDArray[np.bool_]) -> None:
        self._marked = marked
        self.redraw()

    def draw(self) -> None:
        points = self.points
        if points is None:
            return
        count, colors = len(points.x), rgb_table(points.shades.colors())[points.shades.index]
        size = radius(count) * self.devicePixelRatioF()
        some = len(self._marked) == count and bool(self._marked.any())
        see = opacity(count)
        self.ask("0", Dots(points.x, points.y, colors, size, see * (_FAINT if some else 1)).draw)
        if some:
            m = self._marked
            ring = np.repeat(rgb_table([QColor(theme.colors().text)]), int(m.sum()), axis=0)
            self.ask("1", Dots(points.x[m], points.y[m], ring, size + 1).draw)
            self.ask("2", Dots(points.x[m], points.y[m], colors[m], size).draw)
        else:
            self.ask("1", None)
            self.ask("2", None)

    # -- places -----------------------------------------------------------------------------------
    def area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)

    def _at(self, x: float, y: float) -> QPointF:
        area = self.area()
        return QPointF(area.left() + x * area.width(), area.bottom() - y * area.height())

    def rows_within(self, box: QRectF) -> NDArray[np.intp]:
        """The points in a rectangle of the widget."""
        points, area = self.points, self.area()
        if points is None:
            return np.zeros(0, np.intp)
        left = area.left() + points.x * area.width()
        top = area.bottom() - points.y * area.height()
        inside = (left >= box.left()) & (left <= box.right())
        return np.flatnonzero(inside & (top >= box.top()) & (top <= box.bottom()))

    def _row_at(self, point: QPointF) -> int | None:
        points, area = self.points, self.area()
        if points is None:
            return None
        away = np.hypot(
            area.left() + points.x * area.width() - point.x(),
            area.bottom() - points.y * area.height() - point.y(),
        )
        if not np.isfinite(away).any():
            return None
        near = int(np.nanargmin(away))
        return near if away[near] <= _NEAR else None

    # -- painting ---------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.colors().base))
        if self.points is not None:
            self._paint_axes(painter, self.points)
        self.paint_layers(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.points is not None:
            self._paint_trends(painter, self.points)
            self._paint_row(painter, self.points)
        if self._band is not None:
            fill = QColor(theme.colors().accent)
            painter.setPen(QPen(fill, 1))
            fill.setAlpha(40)
            painter.setBrush(fill)
            painter.drawRect(QRectF(*self._band).normalized())
        painter.end()
        del event

    def _paint_axes(self, painter: QPainter, points: Points) -> None:
        area, metrics, colors = self.area(), QFontMetricsF(self.font()), theme.colors()
        across, up = points.scales
        grid, words = QColor(colors.grid), QColor(colors.dim)
        room = area.width() / 90
        for place, text in across.ticks(max(2, int(room))):
            at = self._at(place, 0)
            painter.setPen(grid)
            painter.drawLine(at, QPointF(at.x(), area.top()))
            painter.setPen(words)
            box = QRectF(at.x() - 45, area.bottom() + 3, 90, metrics.height())
            short = metrics.elidedText(line(text), Qt.TextElideMode.ElideRight, 88)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, short)
        for place, text in up.ticks(max(2, int(area.height() / 44))):
            at = self._at(0, place)
            painter.setPen(grid)
            painter.drawLine(at, QPointF(area.right(), at.y()))
            painter.setPen(words)
            box = QRectF(20, at.y() - 10, _LEFT - 25, 20)
            short = metrics.elidedText(line(text), Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short)  # fmt: skip
        painter.setPen(QColor(colors.text))
        below = QRectF(area.left(), area.bottom() + 22, area.width(), 18)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, _name(across))
        painter.save()
        painter.translate(11, area.center().y())
        painter.rotate(-90)
        beside = QRectF(-area.height() / 2, -9, area.height(), 18)
        painter.drawText(beside, Qt.AlignmentFlag.AlignCenter, _name(up))
        painter.restore()

    def _paint_trends(self, painter: QPainter, points: Points) -> None:
        painter.setClipRect(self.area())
        for at, trend in enumerate(points.trends):
            if not len(trend.x):
                continue
            color = QColor(theme.colors().error if at else theme.colors().text)
            x, middle, low, high = (
                _placed(values, scale)
                for values, scale in (
                    (trend.x, points.scales[0]), (trend.y, points.scales[1]),
                    (trend.low, points.scales[1]), (trend.high, points.scales[1]),
                )
            )  # fmt: skip
            band = [*zip(x, low, strict=True), *reversed([*zip(x, high, strict=True)])]
            fill = QColor(color)
            fill.setAlpha(45)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF([self._at(a, b) for a, b in band if math.isfinite(b)]))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for ink, width in ((QColor(theme.colors().base), 4), (color, 2)):
                painter.setPen(QPen(ink, width))
                painter.drawPolyline(QPolygonF([self._at(a, b) for a, b in zip(x, middle, strict=True)]))  # fmt: skip
        painter.setClipping(False)

    def _paint_row(self, painter: QPainter, points: Points) -> None:
        if self.row is not None and self.row < len(points.x):
            painter.setPen(QPen(QColor(theme.colors().text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self._at(points.x[self.row], points.y[self.row]), 6, 6)

    # -- mouse and keyboard -----------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._band = event.position(), event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._band is not None:
            self._band = self._band[0], event.position()
            self.update()
            return
        self._go_to(self._row_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._band is None:
            return
        box, self._band = QRectF(*self._band).normalized(), None
        add = bool(event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier))  # fmt: skip
        if max(box.width(), box.height()) > 4:
            self.selected.emit(self.rows_within(box), add)
        else:
            row = self._row_at(event.position())
            self.selected.emit(np.array([] if row is None else [row], np.intp), add)
        self.update()

    def leaveEvent(self, event: object) -> None:
        del event
        self._go_to(None)

    def _go_to(self, row: int | None) -> None:
        if row != self.row:
            self.row = row
            self.hovered.emit(row)
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step(1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.row is not None:  # fmt: skip
            self.selected.emit(np.array([self.row], np.intp), False)
        elif key == Qt.Key.Key_Escape:
            self.selected.emit(np.zeros(0, np.intp), False)
        else:
            super().keyPressEvent(event)

    def _step(self, step: int) -> None:
        """To the next point along x."""
        if self.points is None:
            return
        known = np.flatnonzero(np.isfinite(self.points.x) & np.isfinite(self.points.y))
        order = known[np.argsort(self.points.x[known], kind="stable")]
        if len(order):
            now = np.flatnonzero(order == self.row)
            at = (int(now[0]) + step) if len(now) else (0 if step > 0 else -1)
            self._go_to(int(order[at % len(order)]))


def _placed(values: Floats, scale: ColumnScale) -> list[float]:
    """Values in the units of a scale as places on it."""
    return list(map(float, (values - scale.low) / (scale.high - scale.low)))


def _name(scale: ColumnScale) -> str:
    return line(scale.column) + (" (logarithmic)" if scale.logarithmic else "")
