"""The picture of parallel coordinates, and what the mouse and the keyboard do to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer, Signal
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
from widgets.explain.axis_places import MISSING, Axes, Axis, Range
from widgets.explain.canvas import Canvas, rgb_table
from widgets.explain.line_raster import Lines
from widgets.explain.shades import Shades
from widgets.plain import line
from workbench.session import Session

_TOP, _BOTTOM, _SIDE = 40, 16, 58
_GRIP = 14
"""How near to an axis the mouse is on it, in pixels."""
_EDGE = 5
_NEAR = 6
_BRUSH_WIDTH = 14
_KEY_STEP = 0.05
_FAINT = 0.3
_FEW = 400
"""Lines up to so many are two pixels wide."""


class ParallelCanvas(Canvas):
    """Drag on an axis: brush; drag its name: move it. Click an axis: its brush is gone; click a line: select its run."""

    brushed = Signal()
    """A brush was finished, moved or cleared."""
    axes_wanted = Signal(object)
    """tuple[Axis, ...]: other axes, or the same in another order or way."""
    picked = Signal(object)
    """The row of the run whose line was clicked, or None."""
    menu_wanted = Signal(int, QPoint)
    hovered = Signal(object)
    """The row of the run under the mouse, or None."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.axes = Axes(())
        self.current = 0
        self.row: int | None = None
        self._shades = Shades.plain(0)
        self._marked: NDArray[np.bool_] = np.zeros(0, bool)
        self._press: tuple[int, QPointF] | None = None
        self._grip: tuple[str, float] = ("", 0.0)
        self._moving: float | None = None
        self._faint = False
        self._bright = QTimer(self, singleShot=True, interval=0)
        self._bright.timeout.connect(self._draw_bright)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFont(theme.font(0.87))
        self.setAccessibleName("Parallel coordinates")
        self.setAccessibleDescription(
            "Arrow keys choose an axis and move a brush on it, Shift and up or down widen it, Alt and left or right move the axis, "
            "F turns it round, L makes it logarithmic, Delete removes it, Escape clears the brushes."
        )

    # -- what is shown ----------------------------------------------------------------------------
    def show_axes(self, axes: Axes, shades: Shades, marked: NDArray[np.bool_]) -> None:
        self.axes, self._shades, self._marked = axes, shades, marked
        self.current = min(self.current, max(0, len(axes.axes) - 1))
        self.row = None
        self.redraw()

    def show_marked(self, marked: NDArray[np.bool_]) -> None:
        self._marked = marked
        self._bright.start()
        self.update()

    def clear_brushes(self) -> None:
        self.axes = self.axes.without_brushes()
        self._bright.start()
        self.update()

    @property
    def bright(self) -> NDArray[np.bool_]:
        """The runs that stand out: those within the brushes, else the selected ones, else all."""
        if self.axes.has_brush:
            return self.axes.brushed()
        if len(self._marked) == len(self.axes.places) and self._marked.any():
            return self._marked
        return np.ones(len(self.axes.places), bool)

    def draw(self) -> None:
        self._faint = False
        self._draw_bright()

    def _draw_faint(self, *, wanted: bool) -> None:
        """All lines, behind those that stand out; they stay as they are while these become others."""
        if wanted == self._faint and wanted:
            return
        self._faint = wanted
        places = self.axes.places
        colors = np.repeat(rgb_table([QColor(theme.colors().outline)]), len(places), axis=0)
        self.ask("0", Lines(places, self._lefts(), colors, _FAINT).draw if wanted else None)

    def _draw_bright(self) -> None:
        bright = self.bright
        self._draw_faint(wanted=not bright.all())
        if not bright.any():
            self.ask("1", None)
            return
        colors = rgb_table(self._shades.colors())[self._shades.index[bright]]
        few = int(bright.sum()) <= _FEW
        self.ask("1", Lines(self.axes.places[bright], self._lefts(), colors, strong=few).draw)

    # -- places -----------------------------------------------------------------------------------
    def area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_SIDE, _TOP, -_SIDE, -_BOTTOM)

    def _lefts(self) -> NDArray[np.float64]:
        return np.linspace(0, 1, max(2, len(self.axes.axes)))

    def _x(self, at: int) -> float:
        area = self.area()
        return area.left() + float(self._lefts()[at]) * area.width()

    def _y(self, place: float) -> float:
        area = self.area()
        return area.bottom() - place * area.height()

    def _place(self, y: float) -> float:
        area = self.area()
        return min(1.0, max(0.0, (area.bottom() - y) / max(area.height(), 1)))

    def _axis_at(self, point: QPointF, reach: float) -> int | None:
        count = len(self.axes.axes)
        near = min(range(count), key=lambda at: abs(self._x(at) - point.x()), default=None)
        return near if near is not None and abs(self._x(near) - point.x()) <= reach else None

    # -- painting ---------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.row is not None and self.row < len(self.axes.places):
            self._paint_line(painter, self.row)
        for at in range(len(self.axes.axes)):
            self._paint_axis(painter, at)
        painter.end()

    def _paint_line(self, painter: QPainter, row: int) -> None:
        points = [
            QPointF(self._x(at), self._y(float(self.axes.places[row, at])))
            for at in range(len(self.axes.axes))
        ]
        colors = theme.colors()
        for color, width in ((colors.base, 5), (colors.text, 2)):
            painter.setPen(QPen(QColor(color), width))
            painter.drawPolyline(QPolygonF(points))

    def _paint_axis(self, painter: QPainter, at: int) -> None:
        x, area, colors = self._x(at), self.area(), theme.colors()
        if self._press and self._press[0] == at and self._moving is not None:
            x = self._moving
        strong = at == self.current and self.hasFocus()
        painter.setPen(QPen(QColor(colors.accent if strong else colors.text), 2 if strong else 1))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        self._paint_ticks(painter, at, x)
        self._paint_brush(painter, at, x)
        self._paint_name(painter, at, x, strong=strong)

    def _paint_ticks(self, painter: QPainter, at: int, x: float) -> None:
        metrics, colors = QFontMetricsF(self.font()), theme.colors()
        most = max(2, int(self.area().height() / (metrics.height() * 3.6)))
        ticks = [
            (self.axes.screen_place(at, place), text)
            for place, text in self.axes.scales[at].ticks(most)
        ]
        if self.axes.gaps[at]:
            ticks.append((0.0, "no value"))
            painter.setPen(QPen(QColor(colors.base), 3))
            painter.drawLine(QPointF(x, self._y(MISSING * 0.4)), QPointF(x, self._y(MISSING * 1.6)))
        last = at == len(self.axes.axes) - 1
        room = self._room() - 16
        for place, text in ticks:
            y = self._y(place)
            short = metrics.elidedText(line(text), Qt.TextElideMode.ElideRight, room)
            width = metrics.horizontalAdvance(short)
            box = QRectF(x + 6, y - metrics.height() / 2, width, metrics.height())
            painter.setPen(QColor(colors.text))
            painter.drawLine(QPointF(x - 3, y), QPointF(x + 3, y))
            behind = QColor(colors.base)
            behind.setAlpha(190)
            if not last:
                painter.fillRect(box.adjusted(-2, 0, 2, 0), behind)
            painter.drawText(box.adjusted(0, 0, 2, 0), Qt.AlignmentFlag.AlignVCenter, short)

    def _room(self) -> float:
        """The distance between two axes."""
        return self.area().width() / max(1, len(self.axes.axes) - 1)

    def _paint_brush(self, painter: QPainter, at: int, x: float) -> None:
        brush = self.axes.axes[at].brush
        if brush is None:
            return
        top, bottom = self._y(brush[1]), self._y(brush[0])
        fill = QColor(theme.colors().accent)
        painter.setPen(QPen(fill, 1.5))
        fill.setAlpha(80)
        painter.setBrush(fill)
        painter.drawRect(QRectF(x - _BRUSH_WIDTH / 2, top, _BRUSH_WIDTH, max(2.0, bottom - top)))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_name(self, painter: QPainter, at: int, x: float, *, strong: bool) -> None:
        axis, scale, colors = self.axes.axes[at], self.axes.scales[at], theme.colors()
        font = theme.font(0.87, bold=True)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        room = min(self._room() - 6, 2 * (min(x, self.width() - x) - 2))
        name = metrics.elidedText(line(axis.column), Qt.TextElideMode.ElideMiddle, room)
        painter.setPen(QColor(colors.accent if strong else colors.text))
        painter.drawText(QRectF(x - 200, 2, 400, 18), Qt.AlignmentFlag.AlignCenter, name)
        painter.setFont(self.font())
        painter.setPen(QColor(colors.dim))
        words = "↓ " * axis.flipped + "log" * scale.logarithmic
        painter.drawText(QRectF(x - 200, 18, 400, 16), Qt.AlignmentFlag.AlignCenter, words.strip())

    # -- mouse ------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        named = point.y() < self.area().top() - 4
        at = self._axis_at(point, self._room() / 2 if named else _GRIP)
        if event.button() is Qt.MouseButton.RightButton and at is not None:
            self.menu_wanted.emit(at, event.globalPosition().toPoint())
        elif event.button() is Qt.MouseButton.LeftButton:
            if at is None:
                self.picked.emit(self._row_at(point))
                return
            self.current = at
            self._press = at, point
            self._grip = ("name", 0.0) if named else self._grip_at(at, point)
            self.update()

    def _grip_at(self, at: int, point: QPointF) -> tuple[str, float]:
        """What of the brush is taken hold of: an end, the whole, or nothing of it."""
        brush, place = self.axes.axes[at].brush, self._place(point.y())
        if brush is None:
            return "new", place
        if abs(self._y(brush[0]) - point.y()) <= _EDGE:
            return "new", brush[1]
        if abs(self._y(brush[1]) - point.y()) <= _EDGE:
            return "new", brush[0]
        return ("move", place - brush[0]) if brush[0] < place < brush[1] else ("new", place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._press is None:
            self._hover(event.position())
            return
        at, start = self._press
        point = event.position()
        if self._grip[0] == "name":
            if abs(point.x() - start.x()) > 4 or self._moving is not None:
                self._moving = point.x()
                self.update()
        elif abs(point.y() - start.y()) > 3 or self._moving is not None:
            self._moving = self._x(at)
            self._brush(at, self._dragged(at, self._place(point.y())))

    def _dragged(self, at: int, place: float) -> Range:
        kind, fixed = self._grip
        brush = self.axes.axes[at].brush
        if kind == "move" and brush is not None:
            size = brush[1] - brush[0]
            low = min(1 - size, max(0.0, place - fixed))
            return low, low + size
        return min(fixed, place), max(fixed, place)

    def _brush(self, at: int, brush: Range | None) -> None:
        self.axes = self.axes.with_brush(at, brush)
        self._bright.start()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._press is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        (at, _), self._press = self._press, None
        moved, self._moving = self._moving is not None, None
        if self._grip[0] == "name":
            if moved:
                self._drop(at, event.position())
            else:
                self.menu_wanted.emit(at, event.globalPosition().toPoint())
        else:
            if not moved:
                self._brush(at, None)
            self.brushed.emit()
        self.update()

    def _drop(self, at: int, point: QPointF) -> None:
        to = self._axis_at(point, self.width())
        if to is not None and to != at:
            self.move_axis(at, to)

    def _row_at(self, point: QPointF) -> int | None:
        area = self.area()
        if not area.contains(point) or len(self.axes.axes) < 2:
            return None
        along = (point.x() - area.left()) / area.width()
        only = np.flatnonzero(self.bright)
        shown = replace(self.axes, places=self.axes.places[only])
        near = shown.nearest(along, self._place(point.y()), self._lefts(), _NEAR / area.height())
        return None if near is None else int(only[near])

    def _hover(self, point: QPointF) -> None:
        named = point.y() < self.area().top() - 4
        at = self._axis_at(point, self._room() / 2 if named else _GRIP)
        shape = Qt.CursorShape.ArrowCursor
        if at is not None:
            shape = Qt.CursorShape.OpenHandCursor if named else Qt.CursorShape.CrossCursor
        self.setCursor(shape)
        row = None if at is not None else self._row_at(point)
        if row != self.row:
            self.row = row
            self.update()
        self.hovered.emit(row)

    def leaveEvent(self, event: object) -> None:
        del event
        self.row = None
        self.hovered.emit(None)
        self.update()

    # -- axes -------------------------------------------------------------------------------------
    def move_axis(self, at: int, to: int) -> None:
        axes = list(self.axes.axes)
        axes.insert(to, axes.pop(at))
        self.current = to
        self.axes_wanted.emit(tuple(axes))

    def change_axis(self, at: int, axis: Axis) -> None:
        axes = list(self.axes.axes)
        axes[at] = axis
        self.axes_wanted.emit(tuple(axes))

    def flip(self, at: int) -> None:
        axis = self.axes.axes[at]
        self.change_axis(at, replace(axis, flipped=not axis.flipped, brush=None))

    def turn_log(self, at: int) -> None:
        scale = self.axes.scales[at]
        if scale.can_be_logarithmic:
            axis = self.axes.axes[at]
            self.change_axis(at, replace(axis, logarithmic=not scale.logarithmic, brush=None))

    def remove(self, at: int) -> None:
        axes: Sequence[Axis] = self.axes.axes
        if len(axes) > 2:
            self.axes_wanted.emit((*axes[:at], *axes[at + 1 :]))

    # -- keyboard ---------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.axes.axes or not self._key(event):
            super().keyPressEvent(event)

    def _key(self, event: QKeyEvent) -> bool:
        key, at = event.key(), self.current
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            to = at + (1 if key == Qt.Key.Key_Right else -1)
            if 0 <= to < len(self.axes.axes):
                if alt:
                    self.move_axis(at, to)
                else:
                    self.current = to
                    self.update()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = _KEY_STEP if key == Qt.Key.Key_Up else -_KEY_STEP
            self._move_brush(step, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key == Qt.Key.Key_F:
            self.flip(at)
        elif key == Qt.Key.Key_L:
            self.turn_log(at)
        elif key == Qt.Key.Key_Delete:
            self.remove(at)
        elif key == Qt.Key.Key_Escape and self.axes.has_brush:
            self.clear_brushes()
            self.brushed.emit()
        else:
            return False
        return True

    def _move_brush(self, step: float, widen: bool) -> None:
        brush = self.axes.axes[self.current].brush
        if brush is None:
            brush = (0.5, 1.0) if step > 0 else (0.0, 0.5)
        elif widen:
            brush = brush[0], min(1.0, max(brush[0] + abs(step), brush[1] + step))
        else:
            size = brush[1] - brush[0]
            low = min(1 - size, max(0.0, brush[0] + step))
            brush = low, low + size
        self._brush(self.current, brush)
        self.brushed.emit()
