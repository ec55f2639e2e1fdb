"""A point for each export: how good it is against what it costs. The exports that are selected stand out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip

from widgets import theme
from widgets.models.chart import Axis, Chart
from widgets.plain import line, tip

_RADIUS, _RING, _NEAR, _GAP = 5.0, 4.0, 11.0, 5.0
_MOST_LABELS = 40
"""More would neither be read nor placed in the time of a paint."""


@dataclass(frozen=True, slots=True)
class Point:
    """``id`` is the export's, ``color`` the run's index into the palette. A ``trained`` one is the framework itself."""

    id: int
    x: float
    y: float
    label: str
    color: int
    said: str
    square: bool = False
    trained: bool = False
    failed: bool = False


class ScatterChart(Chart):
    """A click selects; with Ctrl also what was selected. Left and Right go from point to point, Return selects."""

    chosen = Signal(int, bool)
    """The id of an export, and whether it joins those that are selected."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.points: list[Point] = []
        self.marked: frozenset[int] = frozenset()
        self._pointed: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def is_empty(self) -> bool:
        return not self.points

    def show_points(self, points: Sequence[Point], x: Axis, y: Axis) -> None:
        before = [one.id for one in self.points]
        self.points = sorted(points, key=lambda one: one.x)
        self.across, self.up = x, y
        if before != [one.id for one in self.points]:
            self._pointed = None
        self.setAccessibleDescription("; ".join(one.said.replace("\n", ", ") for one in self.points))  # fmt: skip
        self.update()

    def show_marked(self, export_ids: Iterable[int]) -> None:
        """Let these stand out, unless all do."""
        marked = frozenset(export_ids)
        all_of_them = all(one.id in marked for one in self.points)
        self.marked = frozenset() if all_of_them and len(self.points) > 1 else marked
        self.update()

    # -- painting -----------------------------------------------------------------------------------
    def paint_inside(self, painter: QPainter) -> None:
        in_front = sorted(self.points, key=lambda one: one.id in self.marked)
        for one in in_front:
            self._paint_point(painter, one)
        self._paint_labels(painter, list(reversed(in_front)))
        if self._pointed is not None and self._pointed < len(self.points):
            pointed = self.points[self._pointed]
            painter.setPen(QPen(QColor(theme.colors().text), 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.at(pointed.x, pointed.y), _RADIUS + _RING, _RADIUS + _RING)

    def _paint_point(self, painter: QPainter, one: Point) -> None:
        colors, at, color = theme.colors(), self.at(one.x, one.y), theme.run_color(one.color)
        if one.id in self.marked:
            painter.setPen(QPen(QColor(colors.text), 1.6))
            painter.setBrush(QColor(colors.base))
            painter.drawEllipse(at, _RADIUS + _RING, _RADIUS + _RING)
        painter.setPen(QPen(color, 2))
        painter.setBrush(QColor(colors.base) if one.trained else color)
        box = QRectF(at.x() - _RADIUS, at.y() - _RADIUS, 2 * _RADIUS, 2 * _RADIUS)
        if one.failed:
            painter.drawLine(box.topLeft(), box.bottomRight())
            painter.drawLine(box.topRight(), box.bottomLeft())
        elif one.square:
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        else:
            painter.drawEllipse(box)

    def _paint_labels(self, painter: QPainter, points: Sequence[Point]) -> None:
        """Beside the points, where no other label and no point is; the rest have their tips."""
        colors = theme.colors()
        taken = [self._box(one) for one in points]
        for own, one in enumerate(points[:_MOST_LABELS]):
            painter.setFont(theme.font(0.88, bold=one.id in self.marked))
            metrics = painter.fontMetrics()
            width, height = metrics.horizontalAdvance(line(one.label)) + 2, metrics.height()
            others = taken[:own] + taken[own + 1 :]
            place = next((box for box in self._places(one, width, height) if not any(box.intersects(each) for each in others)), None)  # fmt: skip
            if place is None:
                continue
            taken.append(place)
            painter.setPen(QColor(colors.text))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, line(one.label))

    def _box(self, one: Point) -> QRectF:
        at, side = self.at(one.x, one.y), _RADIUS + 2
        return QRectF(at.x() - side, at.y() - side, 2 * side, 2 * side)

    def _places(self, one: Point, width: float, height: float) -> list[QRectF]:
        """Right, above, below and left of the point, as far as they are inside."""
        at, away = self.at(one.x, one.y), _RADIUS + _GAP
        corners = (
            QPointF(at.x() + away, at.y() - height / 2),
            QPointF(at.x() - width / 2, at.y() - away - height),
            QPointF(at.x() - width / 2, at.y() + away),
            QPointF(at.x() - away - width, at.y() - height / 2),
        )
        room = self.area().adjusted(-2, -6, 10, 2)
        boxes = (QRectF(corner.x(), corner.y(), width, height) for corner in corners)
        return [box for box in boxes if room.contains(box)]

    # -- mouse and keyboard -------------------------------------------------------------------------
    def _near(self, place: QPointF) -> int | None:
        def away(at: int) -> float:
            apart = self.at(self.points[at].x, self.points[at].y) - place
            return float(apart.x() ** 2 + apart.y() ** 2)

        nearest = min(range(len(self.points)), key=away, default=None)
        return nearest if nearest is not None and away(nearest) <= _NEAR**2 else None

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            near = self._near(QPointF(event.pos()))
            said = tip(self.points[near].said) if near is not None else ""
            QToolTip.showText(event.globalPos(), said, self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._near(event.position()))

    def leaveEvent(self, _event: QEvent) -> None:
        self._point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        near = self._near(event.position())
        if near is not None and event.button() is Qt.MouseButton.LeftButton:
            adds = bool(event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier))  # fmt: skip
            self.chosen.emit(self.points[near].id, adds)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self.points:
            step = 1 if key == Qt.Key.Key_Right else -1
            start = -1 if step > 0 else 0
            at = (self._pointed if self._pointed is not None else start) + step
            self._point_at(at % len(self.points))
            said = self.points[at % len(self.points)]
            QToolTip.showText(self.mapToGlobal(self.at(said.x, said.y).toPoint()), tip(said.said), self)  # fmt: skip
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._pointed is not None:  # fmt: skip
            self.chosen.emit(self.points[self._pointed].id, False)
        else:
            super().keyPressEvent(event)

    def _point_at(self, place: int | None) -> None:
        if place != self._pointed:
            self._pointed = place
            self.update()
