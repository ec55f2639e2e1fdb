"""Paints histograms: of several runs over each other, or of one run, a step behind the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import plain, theme
from workbench.artifacts import Histogram
from workbench.ticks import Scale, ticks

_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 16, 12, 26
_TICK_WIDTH = 80
_OVERLAP = 2.6
"""How many times the room of a step its histogram may rise, so that it covers those behind it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One histogram. ``color`` is an index into the palette of runs."""

    label: str
    color: int
    histogram: Histogram
    dashed: bool = False


class HistogramPlot(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[Shape] = []
        self.ridge = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFont(theme.font(0.88))
        theme.theme().changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 140)

    def show_shapes(self, shapes: Sequence[Shape], *, ridge: bool) -> None:
        """Over each other, or as a ``ridge``, the first one at the back."""
        self.shapes, self.ridge = list(shapes), ridge
        words = ", ".join(shape.label for shape in self.shapes[:8])
        self.setAccessibleName(f"Histograms of {words}")
        self.update()

    def limits(self) -> tuple[float, float]:
        """The values from which to which the histograms reach."""
        low = min((float(each.histogram.edges[0]) for each in self.shapes), default=0.0)
        high = max((float(each.histogram.edges[-1]) for each in self.shapes), default=1.0)
        return (low, high) if low < high else (low - 0.5, high + 0.5)

    # -- painting -------------------------------------------------------------------------------------
    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)
        if self.shapes and area.width() > 20 and area.height() > 20:
            low, high = self.limits()
            self._paint_axis(painter, area, low, high)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.ridge:
                self._paint_ridge(painter, area)
            else:
                self._paint_over(painter, area)
        painter.end()

    def _across(self, values: np.ndarray, area: QRectF) -> np.ndarray:
        low, high = self.limits()
        return area.left() + (values - low) / (high - low) * area.width()

    def _paint_axis(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        colors = theme.colors()
        for value, text in ticks(Scale.NUMBER, low, high, int(area.width() // _TICK_WIDTH)):
            x = float(self._across(np.array([value]), area)[0])
            painter.setPen(QColor(colors.grid))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(QColor(colors.dim))
            box = QRectF(x - 50, area.bottom() + 4, 100, _BOTTOM - 6)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)
        painter.setPen(QColor(colors.outline))
        painter.drawLine(area.bottomLeft(), area.bottomRight())

    def _paint_over(self, painter: QPainter, area: QRectF) -> None:
        tallest = max(float(each.histogram.density.max(initial=0.0)) for each in self.shapes) or 1.0
        self._paint_densities(painter, area, tallest)
        for shape in self.shapes:
            outline = self._outline(shape.histogram, area, area.bottom(), area.height() / tallest)
            tint = theme.run_color(shape.color)
            fill = QColor(tint)
            fill.setAlpha(40 if len(self.shapes) < 8 else 0)
            stroke = Qt.PenStyle.DashLine if shape.dashed else Qt.PenStyle.SolidLine
            painter.setPen(QPen(tint, 1, stroke))
            painter.setBrush(fill)
            painter.drawPolygon(outline)

    def _paint_densities(self, painter: QPainter, area: QRectF, tallest: float) -> None:
        colors = theme.colors()
        for value, text in ticks(Scale.NUMBER, 0.0, tallest, int(area.height() // 46)):
            y = area.bottom() - value / tallest * area.height()
            painter.setPen(QColor(colors.grid))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(colors.dim))
            box = QRectF(0, y - 9, _LEFT - 7, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_ridge(self, painter: QPainter, area: QRectF) -> None:
        """Each in its own room, the latest in front, as tall as its own largest bin."""
        count = len(self.shapes)
        rise = area.height() / (count - 1 + _OVERLAP)
        base, metrics = theme.colors().base, self.fontMetrics()
        every = max(1, int(metrics.height() // max(1.0, rise)) + (rise < metrics.height()))
        for place, shape in enumerate(self.shapes):
            bottom = area.bottom() - (count - 1 - place) * rise
            tallest = float(shape.histogram.density.max(initial=0.0)) or 1.0
            height = min(area.height(), _OVERLAP * rise)
            outline = self._outline(shape.histogram, area, bottom, height / tallest)
            tint = theme.run_color(shape.color)
            age = 0.25 + 0.55 * (place + 1) / count
            painter.setBrush(theme.mixed(tint.name(), base, age * 0.6))
            painter.setPen(theme.mixed(tint.name(), base, min(1.0, age + 0.3)))
            painter.drawPolygon(outline)
            if (count - 1 - place) % every == 0:
                painter.setPen(QColor(theme.colors().dim))
                box = QRectF(0, bottom - metrics.height(), _LEFT - 7, metrics.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, plain.line(shape.label))  # fmt: skip

    def _outline(
        self, histogram: Histogram, area: QRectF, bottom: float, scale: float
    ) -> QPolygonF:
        """Steps from bin to bin."""
        across = self._across(histogram.edges, area)
        up = bottom - histogram.density * scale
        xs = np.repeat(across, 2)
        ys = np.concatenate(([bottom], np.repeat(up, 2), [bottom]))
        return QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])
