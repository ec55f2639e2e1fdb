"""The line under the pointer, the points next to it and their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from widgets import theme
from widgets.plots.axes import PlotBox

_PADDING = 7
_GAP = 12
_SWATCH = 8
_LONGEST_NAME = 170
_BESIDE = 14


@dataclass(frozen=True, slots=True)
class Row:
    """``point`` is where the curve is next to the pointer, in pixels of the box; None for a gap."""

    color: QColor
    name: str
    text: str
    point: QPointF | None


MOST_ROWS = 24
"""Of more curves those next to the pointer are read out."""


class Crosshair(pg.GraphicsObject):  # type: ignore[misc]
    def __init__(self, box: PlotBox) -> None:
        super().__init__()
        self._box = box
        self._at = QPointF()
        self._rows: Sequence[Row] = ()
        self.setParentItem(box)
        self.setZValue(100)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()

    def show_at(self, at: QPointF, rows: Sequence[Row]) -> None:
        """``at`` is the pointer, in pixels of the box."""
        self._at, self._rows = at, rows
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


class Readout(QWidget):
    """The names and values, in front of the whole window, so that a small plot has room for them too."""

    def __init__(self, plot: QWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        self._title = ""
        self._rows: Sequence[Row] = ()
        self._hidden = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFont(theme.font(0.87))
        self.hide()

    @property
    def room(self) -> int:
        """How many rows there is room for."""
        fitting = int((self._plot.window().height() - 2 * _PADDING) / self._line) - 2
        return max(1, min(MOST_ROWS, fitting))

    def show_at(self, at: QPoint, title: str, rows: Sequence[Row], hidden: int) -> None:
        """``at`` is the pointer in pixels of the screen; ``hidden`` curves have no row."""
        window = self._plot.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        self._title, self._rows, self._hidden = title, rows, hidden
        self.resize(self._size())
        self.move(self._place(window, window.mapFromGlobal(at)))
        self.show()
        self.raise_()
        self.update()

    def leave(self) -> None:
        """Hide it, and let it end with its plot."""
        self.hide()
        if self.parentWidget() is not self._plot:
            self.setParent(self._plot)

    @property
    def _line(self) -> int:
        return QFontMetrics(self.font()).height() + 2

    def _size(self) -> QSize:
        metrics = QFontMetrics(self.font())
        names = max(
            (metrics.horizontalAdvance(_elided(metrics, row.name)) for row in self._rows), default=0
        )
        values = max((metrics.horizontalAdvance(row.text) for row in self._rows), default=0)
        inner = max(metrics.horizontalAdvance(self._title), _SWATCH + 5 + names + _GAP + values)
        count = 1 + len(self._rows) + bool(self._hidden)
        return QSize(inner + 2 * _PADDING, count * self._line + 2 * _PADDING - 2)

    def _place(self, window: QWidget, at: QPoint) -> QPoint:
        """Beside the pointer, on the side with more room, and within the window."""
        right = at.x() + _BESIDE + self.width() <= window.width()
        left = at.x() + _BESIDE if right else at.x() - _BESIDE - self.width()
        lowest = window.height() - self.height() - 2
        return QPoint(max(2, left), max(2, min(at.y() - self.height() // 2, lowest)))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors.outline), 1))
        painter.setBrush(QColor(colors.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        inside = self.rect().adjusted(_PADDING, _PADDING - 1, -_PADDING, 0)
        lines = [
            QRect(inside.left(), inside.top() + place * self._line, inside.width(), self._line)
            for place in range(2 + len(self._rows))
        ]
        painter.setPen(QColor(colors.dim))
        painter.drawText(lines[0], Qt.AlignmentFlag.AlignVCenter, self._title)
        if self._hidden:
            painter.drawText(lines[-1], Qt.AlignmentFlag.AlignVCenter, f"+ {self._hidden:,} more")
        for row, place in zip(self._rows, lines[1:], strict=False):
            self._paint_row(painter, row, place)

    def _paint_row(self, painter: QPainter, row: Row, place: QRect) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(row.color)
        swatch = QRect(place.left(), place.center().y() - _SWATCH // 2, _SWATCH, _SWATCH)
        painter.drawRoundedRect(swatch, 2, 2)
        painter.setPen(QColor(theme.colors().text))
        middle = Qt.AlignmentFlag.AlignVCenter
        name = _elided(QFontMetrics(self.font()), row.name)
        painter.drawText(place.adjusted(_SWATCH + 5, 0, 0, 0), middle, name)
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, row.text)


def _elided(metrics: QFontMetrics, name: str) -> str:
    return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, _LONGEST_NAME)
