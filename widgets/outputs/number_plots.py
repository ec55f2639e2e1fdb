"""Plots of predicted numbers: against the true ones, and along the steps of a series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import theme
from widgets.text import short
from workbench.predicted import Pairs, Window

NARROWEST = 280
_LEFT, _BOTTOM, _TOP, _RIGHT = 56, 34, 6, 10
_DOT = 2.2


class _Plot(QWidget):
    """A frame with the ends of both axes named."""

    def __init__(self, height: int) -> None:
        super().__init__()
        self._height = height
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFont(theme.font(0.86))
        theme.theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(NARROWEST, self._height)

    def _frame(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)

    def _paint_axes(self, painter: QPainter, x: tuple[str, str, str], y: tuple[str, str, str]) -> None:  # fmt: skip
        """Of each axis its lowest value, its title and its highest value."""
        frame, colors, flag = self._frame(), theme.colors(), Qt.AlignmentFlag
        painter.setPen(QColor(colors.border))
        painter.drawRect(frame)
        painter.setPen(QColor(colors.dim))
        below = QRectF(frame.left(), frame.bottom() + 2, frame.width(), 16)
        for text, where in zip(
            x, (flag.AlignLeft, flag.AlignHCenter, flag.AlignRight), strict=True
        ):
            painter.drawText(below, where, text)
        beside = QRectF(0, frame.top(), _LEFT - 5, frame.height())
        painter.drawText(beside, flag.AlignRight | flag.AlignBottom, y[0])
        painter.drawText(beside, flag.AlignRight | flag.AlignTop, y[2])
        painter.save()
        painter.translate(12, frame.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-frame.height() / 2, -10, frame.height(), 16), flag.AlignCenter, y[1])  # fmt: skip
        painter.restore()


class PairsPlot(_Plot):
    """A dot a sample: the truth across, the prediction up, and the line on which both are the same."""

    def __init__(self, pairs: Pairs, color: int, limits: tuple[float, float]) -> None:
        super().__init__(260)
        known = np.isfinite(pairs.truth) & np.isfinite(pairs.prediction)
        self._truth, self._said = pairs.truth[known], pairs.prediction[known]
        self._color, self._limits = color, limits
        self.setAccessibleName(
            f"{pairs.name}: predicted against true, {len(self._truth):,} samples"
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        low, high = self._limits
        ends = short(low), short(high)
        self._paint_axes(painter, (ends[0], "truth", ends[1]), (ends[0], "prediction", ends[1]))
        frame = self._frame()
        painter.setPen(QPen(QColor(theme.colors().outline), 1, Qt.PenStyle.DashLine))
        painter.drawLine(frame.bottomLeft(), frame.topRight())
        span = (high - low) or 1.0
        xs = frame.left() + (self._truth - low) / span * frame.width()
        ys = frame.bottom() - (self._said - low) / span * frame.height()
        color = QColor(theme.run_color(self._color))
        color.setAlphaF(0.55)
        painter.setClipRect(frame)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
            painter.drawEllipse(QPointF(x, y), _DOT, _DOT)
        painter.end()


class ForecastPlot(_Plot):
    """What came before, what came then, and what was forecast, of one channel."""

    def __init__(self, window: Window, channel: int, color: int) -> None:
        super().__init__(200)
        self._past, self._truth = window.past[:, channel], window.truth[:, channel]
        self._said, self._color, self._start = window.forecast[:, channel], color, window.start
        self.setAccessibleName(f"Forecast of {len(self._said)} steps from step {window.start:,}")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors, frame = theme.colors(), self._frame()
        every = np.concatenate([self._past, self._truth, self._said])
        low, high = (float(np.nanmin(every)), float(np.nanmax(every))) if np.isfinite(every).any() else (0.0, 1.0)  # fmt: skip
        first, last = self._start - len(self._past), self._start + len(self._truth) - 1
        self._paint_axes(
            painter, (f"{first:,}", "step", f"{last:,}"), (short(low), "", short(high))
        )
        places = np.linspace(frame.left(), frame.right(), len(self._past) + len(self._truth))
        before, after = places[: len(self._past)], places[len(self._past) :]
        lines = (
            (before, self._past, QColor(colors.dim), Qt.PenStyle.SolidLine),
            (after, self._truth, QColor(colors.text), Qt.PenStyle.SolidLine),
            (after, self._said, QColor(theme.run_color(self._color)), Qt.PenStyle.DashLine),
        )
        for xs, values, color, style in lines:
            painter.setPen(QPen(color, 1.8, style))
            painter.drawPolyline(_curve(xs, values, low, (high - low) or 1.0, frame))
        painter.end()


def _curve(xs: NDArray[np.float64], values: NDArray[np.float64], low: float, span: float, frame: QRectF) -> QPolygonF:  # fmt: skip
    ys = frame.bottom() - (values - low) / span * frame.height()
    return QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True) if np.isfinite(y)])  # fmt: skip
