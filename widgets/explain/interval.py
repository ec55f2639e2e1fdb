"""The difference of two groups with its intervals, beside zero."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from widgets import theme
from widgets.plain import line
from workbench.explain.significance import Significance
from workbench.explain.words import figure
from workbench.ticks import Scale, ticks

_HEIGHT, _SIDE, _NAMES = 132, 24, 110
_ROOM = 0.12


class IntervalPicture(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._found: Significance | None = None
        self.setMinimumSize(QSize(240, _HEIGHT))
        self.setFixedHeight(_HEIGHT)
        self.setFont(theme.font(0.87))

    def show_result(self, found: Significance) -> None:
        self._found = found
        self.setVisible(found.interval is not None)
        if found.interval is not None:
            low, high = map(figure, found.interval)
            self.setAccessibleName(f"The difference {figure(found.difference)}, with its interval from {low} to {high}")  # fmt: skip
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        if self._found is not None and self._found.interval is not None:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint(painter, self._found)
            painter.end()

    def _paint(self, painter: QPainter, found: Significance) -> None:
        intervals = [("t", found.interval), ("bootstrap", found.bootstrap)]
        ends = [0.0, found.difference, *(end for _, each in intervals for end in each or ())]
        low, high = min(ends), max(ends)
        room = (high - low) * _ROOM or 1.0
        low, high = low - room, high + room
        left, right = _SIDE + _NAMES, self.width() - _SIDE
        colors = theme.colors()

        def x(value: float) -> float:
            return left + (value - low) / (high - low) * (right - left)

        bottom = _HEIGHT - 42
        for value, text in ticks(Scale.NUMBER, low, high, max(2, (right - left) // 110)):
            painter.setPen(QColor(colors.grid))
            painter.drawLine(QPointF(x(value), 8), QPointF(x(value), bottom))
            painter.setPen(QColor(colors.dim))
            painter.drawText(QRectF(x(value) - 50, bottom + 2, 100, 16), Qt.AlignmentFlag.AlignCenter, text)  # fmt: skip
        painter.setPen(QPen(QColor(colors.text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x(0), 4), QPointF(x(0), bottom))
        words = f"{line(found.names[0])} minus {line(found.names[1])}: difference of the mean {line(found.metric)} (dashed: none)"
        painter.setPen(QColor(colors.text))
        painter.drawText(QRectF(_SIDE, bottom + 20, self.width() - 2 * _SIDE, 18), Qt.AlignmentFlag.AlignCenter, words)  # fmt: skip
        for at, (name, ends_of) in enumerate(intervals):
            if ends_of is None:
                continue
            y = 26 + at * 34
            painter.setPen(QColor(colors.dim))
            percent = f"{100 * found.confidence:.4g} % ({name})"
            painter.drawText(QRectF(_SIDE, y - 9, _NAMES, 18), Qt.AlignmentFlag.AlignVCenter, percent)  # fmt: skip
            clear = not ends_of[0] <= 0 <= ends_of[1]
            color = QColor(colors.accent if clear else colors.outline)
            painter.setPen(QPen(color, 3))
            painter.drawLine(QPointF(x(ends_of[0]), y), QPointF(x(ends_of[1]), y))
            for end in ends_of:
                painter.drawLine(QPointF(x(end), y - 6), QPointF(x(end), y + 6))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(QPointF(x(found.difference), y), 5, 5)
