"""A series and how it goes on: what was, what a model says, and what came."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import theme
from widgets.text import short

Floats = NDArray[np.float64]
_HEIGHT, _SIDE, _LINE = 170, 8, 16
_PAST = 128
"""So many steps of the past are shown at most."""


class SeriesPlot(QWidget):
    """One channel."""

    def __init__(self) -> None:
        super().__init__()
        self._past: Floats = np.zeros(0)
        self._said: Floats = np.zeros(0)
        self._truth: Floats = np.zeros(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("The series")

    def show_past(self, past: NDArray[Any]) -> None:
        """(steps,), in its own unit."""
        self.show_forecast(past, None, None)

    def show_forecast(
        self, past: NDArray[Any] | None, said: NDArray[Any] | None, truth: NDArray[Any] | None
    ) -> None:
        """Each (steps,), in its own unit; None where there is none."""
        self._past, self._said, self._truth = (_floats(each) for each in (past, said, truth))
        self._past = self._past[-_PAST:]
        self.setAccessibleDescription(f"Forecast: {', '.join(map(short, self._said[:8]))}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(260, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = theme.colors()
        place = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QColor(colors.border))
        painter.drawRect(place)
        every = np.concatenate([self._past, self._said, self._truth])
        finite = every[np.isfinite(every)]
        if len(finite):
            inner = place.adjusted(_SIDE, _LINE + 2, -_SIDE, -_LINE)
            low, high = float(finite.min()), float(finite.max())
            ahead = max(len(self._said), len(self._truth))
            scale = _Scale(inner, len(self._past) + ahead, low, high)
            self._paint_lines(painter, scale)
            self._paint_words(painter, place, low, high)
        else:
            painter.setPen(QColor(colors.dim))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "No series yet")
        painter.end()

    def _paint_lines(self, painter: QPainter, scale: _Scale) -> None:
        colors, now = theme.colors(), len(self._past)
        joint = self._past[-1:]
        painter.setPen(QPen(QColor(colors.text), 1.4))
        painter.drawPolyline(scale.curve(0, self._past))
        start = now - len(joint)
        painter.setPen(QPen(QColor(colors.success), 1.6, Qt.PenStyle.DashLine))
        painter.drawPolyline(scale.curve(start, np.concatenate([joint, self._truth])))
        painter.setPen(QPen(QColor(colors.accent), 1.8))
        painter.drawPolyline(scale.curve(start, np.concatenate([joint, self._said])))

    def _paint_words(self, painter: QPainter, place: QRectF, low: float, high: float) -> None:
        colors = theme.colors()
        painter.setFont(theme.font(0.86))
        inner = place.adjusted(_SIDE, 2, -_SIDE, -2)
        painter.setPen(QColor(colors.dim))
        painter.drawText(inner, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, short(high))
        painter.drawText(inner, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, short(low))  # fmt: skip
        right = inner
        for words, color, shown in (("what came", colors.success, self._truth), ("forecast", colors.accent, self._said)):  # fmt: skip
            if len(shown):
                painter.setPen(QColor(color))
                painter.drawText(right, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight, words)  # fmt: skip
                right = right.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(words) - 10, 0)  # fmt: skip


class _Scale:
    """From steps and values to places."""

    def __init__(self, place: QRectF, steps: int, low: float, high: float) -> None:
        self._place, self._low = place, low
        self._step = place.width() / max(1, steps - 1)
        self._unit = place.height() / ((high - low) or 1.0)

    def curve(self, start: int, values: Floats) -> QPolygonF:
        return QPolygonF([self._point(start + at, float(value)) for at, value in enumerate(values) if np.isfinite(value)])  # fmt: skip

    def _point(self, step: int, value: float) -> QPointF:
        return QPointF(self._place.left() + step * self._step, self._place.bottom() - (value - self._low) * self._unit)  # fmt: skip


def _floats(values: NDArray[Any] | None) -> Floats:
    return np.zeros(0) if values is None else np.asarray(values, np.float64)
