"""The line under the pointer, the points next to it and their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from widgets import theme
from widgets.plots.axes import PlotBox

_PADDING = 7.0
_GAP = 12.0
_SWATCH = 8.0
_LONGEST_NAME = 150.0


@dataclass(frozen=True, slots=True)
class Row:
    """``point`` is where the curve is next to the pointer, in pixels of the box; None for a gap."""

    color: QColor
    name: str
    text: str
    point: QPointF | None


class Crosshair(pg.GraphicsObject):  # type: ignore[misc]
    def __init__(self, box: PlotBox) -> None:
        super().__init__()
        self._box = box
        self._at = QPointF()
        self._title = ""
        self._rows: Sequence[Row] = ()
        self.setParentItem(box)
        self.setZValue(100)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()

    def show_at(self, at: QPointF, title: str, rows: Sequence[Row]) -> None:
        """``at`` is the pointer, in pixels of the box."""
        self._at, self._title, self._rows = at, title, rows
        self.show()
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._box.rect())

    def paint(self, painter: QPainter, *_: Any) -> None:
        colors = theme.colors()
        area = self.boundingRect()
        painter.setPen(QPen(QColor(colors.outline), 0, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(self._at.x(), area.top()), QPointF(self._at.x(), area.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row in self._rows:
            if row.point is not None and area.contains(row.point):
                painter.setPen(QPen(QColor(colors.base), 1.5))
                painter.setBrush(row.color)
                painter.drawEllipse(row.point, 4.0, 4.0)
        self._paint_readout(painter, area)

    def _paint_readout(self, painter: QPainter, area: QRectF) -> None:
        font = theme.font(0.87)
        metrics = QFontMetricsF(font)
        line = metrics.height() + 2
        shown, hidden = self._that_fit(area, line)
        names = [_elided(metrics, row.name) for row in shown]
        name_width = max((metrics.horizontalAdvance(name) for name in names), default=0.0)
        value_width = max((metrics.horizontalAdvance(row.text) for row in shown), default=0.0)
        title_width = metrics.horizontalAdvance(self._title)
        inner = max(title_width, _SWATCH + 5 + name_width + _GAP + value_width)
        count = 1 + len(shown) + bool(hidden)
        box = self._place(area, inner + 2 * _PADDING, count * line + 2 * _PADDING - 2)
        colors = theme.colors()
        ground = QColor(colors.raised)
        ground.setAlphaF(0.94)
        painter.setPen(QPen(QColor(colors.border), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 5, 5)
        painter.setFont(font)
        inside = box.adjusted(_PADDING, _PADDING - 1, -_PADDING, 0)
        painter.setPen(QColor(colors.dim))
        painter.drawText(_line(inside, 0, line), Qt.AlignmentFlag.AlignLeft, self._title)
        for place, (row, name) in enumerate(zip(shown, names, strict=True), start=1):
            self._paint_row(painter, _line(inside, place, line), row, name)
        if hidden:
            painter.setPen(QColor(colors.dim))
            last = _line(inside, count - 1, line)
            painter.drawText(last, Qt.AlignmentFlag.AlignLeft, f"and {hidden:,} more")

    def _paint_row(self, painter: QPainter, place: QRectF, row: Row, name: str) -> None:
        middle = place.center().y()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(row.color)
        painter.drawRoundedRect(
            QRectF(place.left(), middle - _SWATCH / 2 - 1, _SWATCH, _SWATCH), 2, 2
        )
        painter.setPen(QColor(theme.colors().text))
        painter.drawText(place.adjusted(_SWATCH + 5, 0, 0, 0), Qt.AlignmentFlag.AlignLeft, name)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight, row.text)

    def _that_fit(self, area: QRectF, line: float) -> tuple[list[Row], int]:
        """The rows to show in their order, those nearest to the pointer if not all fit, and how many are left."""
        room = max(1, int((area.height() - 2 * _PADDING - 8) / line) - 1)
        if len(self._rows) <= room:
            return list(self._rows), 0
        nearest = sorted(range(len(self._rows)), key=self._distance)
        chosen = sorted(nearest[: max(1, room - 1)])
        return [self._rows[place] for place in chosen], len(self._rows) - len(chosen)

    def _distance(self, place: int) -> float:
        point = self._rows[place].point
        return abs(point.y() - self._at.y()) if point is not None else float("inf")

    def _place(self, area: QRectF, width: float, height: float) -> QRectF:
        """Beside the line, on the side with more room."""
        right = self._at.x() < area.center().x()
        left_edge = self._at.x() + 10 if right else self._at.x() - 10 - width
        left_edge = max(area.left() + 2, min(left_edge, area.right() - width - 2))
        return QRectF(left_edge, area.top() + 4, width, height)


def _elided(metrics: QFontMetricsF, name: str) -> str:
    return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, _LONGEST_NAME)


def _line(area: QRectF, place: int, height: float) -> QRectF:
    return QRectF(area.left(), area.top() + place * height, area.width(), height)
