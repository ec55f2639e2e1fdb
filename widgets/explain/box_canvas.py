"""Boxes or violins of groups of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
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
from PySide6.QtWidgets import QWidget

from widgets import theme
from widgets.plain import line
from workbench.explain.distribution import Box
from workbench.explain.scales import ColumnScale, Floats

_LEFT, _TOP, _RIGHT, _BOTTOM = 78, 12, 12, 70
_FEW = 60
"""Points of a group are shown where it has no more."""
_MOST_MARKED = 2_000
_WIDEST = 90.0


@dataclass(frozen=True)
class Spread:
    """Boxes with the values of their runs, in the order of the table, and the axis of the metric."""

    boxes: tuple[Box, ...]
    values: Floats
    scale: ColumnScale
    by: str


class BoxCanvas(QWidget):
    picked = Signal(object)
    """The rows of the runs of a group that was clicked, or None."""
    hovered = Signal(int)
    """The group under the mouse, or -1."""

    def __init__(self) -> None:
        super().__init__()
        self.spread: Spread | None = None
        self.violins = False
        self._marked: NDArray[np.bool_] = np.zeros(0, bool)
        self._current = -1
        self.setMinimumSize(QSize(240, 160))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFont(theme.font(0.87))
        self.setAccessibleName("Distribution by groups")
        theme.theme().changed.connect(self.update)

    def show_spread(self, spread: Spread, marked: NDArray[np.bool_], *, violins: bool) -> None:
        self.spread, self._marked, self.violins = spread, marked, violins
        words = (f"{box.label}: {box.n} runs, median {box.median:.4g}" for box in spread.boxes)
        self.setAccessibleDescription("; ".join(words))
        self.update()

    def show_marked(self, marked: NDArray[np.bool_]) -> None:
        self._marked = marked
        self.update()

    # -- places -----------------------------------------------------------------------------------
    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)

    def _slot(self) -> float:
        count = len(self.spread.boxes) if self.spread else 1
        return self._area().width() / max(1, count)

    def _x(self, at: int) -> float:
        return self._area().left() + (at + 0.5) * self._slot()

    def _ys(self, values: Sequence[float] | Floats) -> Floats:
        assert self.spread is not None
        scale, area = self.spread.scale, self._area()
        raw = scale.raw(np.array(values, np.float64))
        raw = np.where(np.isnan(raw), scale.low, raw)
        return area.bottom() - (raw - scale.low) / (scale.high - scale.low) * area.height()

    # -- painting ---------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.colors().base))
        if self.spread is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_axes(painter, self.spread)
            for at, box in enumerate(self.spread.boxes):
                self._paint_group(painter, at, box)
        painter.end()

    def _paint_axes(self, painter: QPainter, spread: Spread) -> None:
        area, colors, metrics = self._area(), theme.colors(), QFontMetricsF(self.font())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for place, text in spread.scale.ticks(max(2, int(area.height() / 44))):
            y = area.bottom() - place * area.height()
            painter.setPen(QColor(colors.grid))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(colors.dim))
            painter.drawText(QRectF(20, y - 10, _LEFT - 25, 20), right, text)
        center = Qt.AlignmentFlag.AlignHCenter
        for at, box in enumerate(spread.boxes):
            slot = self._slot() - 4
            painter.setPen(QColor(colors.text))
            below = QRectF(self._x(at) - slot / 2, area.bottom() + 4, slot, 16)
            for words in self._lines(box.label, metrics, slot):
                painter.drawText(below, center, words)
                below.translate(0, 14)
            painter.setPen(QColor(colors.dim))
            count = metrics.elidedText(f"n = {box.n:,}", Qt.TextElideMode.ElideRight, slot)
            painter.drawText(below, center, count)
        painter.setPen(QColor(colors.text))
        painter.drawText(QRectF(area.left(), self.height() - 20, area.width(), 18), center, line(spread.by))  # fmt: skip
        painter.save()
        painter.translate(11, area.center().y())
        painter.rotate(-90)
        name = line(spread.scale.column) + " (logarithmic)" * spread.scale.logarithmic
        painter.drawText(QRectF(-area.height() / 2, -9, area.height(), 18), Qt.AlignmentFlag.AlignCenter, name)  # fmt: skip
        painter.restore()

    def _lines(self, label: str, metrics: QFontMetricsF, room: float) -> list[str]:
        """The label, a range in two lines where one is too short."""
        parts = [line(label)]
        if metrics.horizontalAdvance(parts[0]) > room and " – " in label:
            low, high = label.split(" – ", 1)
            parts = [f"{low} –", high]
        return [metrics.elidedText(each, Qt.TextElideMode.ElideMiddle, room) for each in parts]

    def _paint_group(self, painter: QPainter, at: int, box: Box) -> None:
        x, wide = self._x(at), min(_WIDEST, self._slot() * 0.62)
        color = theme.run_color(at) if len(self.spread.boxes if self.spread else ()) <= 10 else QColor(theme.colors().accent)  # fmt: skip
        fill = QColor(color)
        fill.setAlpha(130 if at == self._current else 70)
        painter.setPen(QPen(color, 1.5))
        painter.setBrush(fill)
        if self.violins and len(box.places):
            self._paint_violin(painter, box, x, wide)
        else:
            self._paint_box(painter, box, x, wide)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._paint_points(painter, box, x, wide, color)

    def _paint_box(self, painter: QPainter, box: Box, x: float, wide: float) -> None:
        ends = (box.low_whisker, box.low_quartile, box.median, box.high_quartile, box.high_whisker)
        low, bottom, middle, top, high = map(float, self._ys(ends))
        painter.drawLine(QPointF(x, low), QPointF(x, bottom))
        painter.drawLine(QPointF(x, top), QPointF(x, high))
        for y in (low, high):
            painter.drawLine(QPointF(x - wide / 4, y), QPointF(x + wide / 4, y))
        painter.drawRect(QRectF(x - wide / 2, top, wide, max(1.0, bottom - top)))
        painter.setPen(QPen(QColor(theme.colors().text), 2))
        painter.drawLine(QPointF(x - wide / 2, middle), QPointF(x + wide / 2, middle))

    def _paint_violin(self, painter: QPainter, box: Box, x: float, wide: float) -> None:
        y = self._ys(box.places)
        half = box.density / box.density.max() * wide / 2
        side = [QPointF(x + a, b) for a, b in zip(half, y, strict=True)]
        other = [QPointF(x - a, b) for a, b in zip(half, y, strict=True)]
        painter.drawPolygon(QPolygonF([*side, *reversed(other)]))
        bottom, middle, top = map(float, self._ys((box.low_quartile, box.median, box.high_quartile)))  # fmt: skip
        painter.setPen(QPen(QColor(theme.colors().text), 3))
        painter.drawLine(QPointF(x, bottom), QPointF(x, top))
        painter.setPen(QPen(QColor(theme.colors().text), 2))
        painter.drawLine(QPointF(x - wide / 6, middle), QPointF(x + wide / 6, middle))

    def _paint_points(self, painter: QPainter, box: Box, x: float, wide: float, color: QColor) -> None:  # fmt: skip
        assert self.spread is not None
        runs = np.array(box.runs, np.intp)
        values = self.spread.values[runs]
        aside = x + np.random.default_rng(0).uniform(-0.35, 0.35, len(runs)) * wide
        if box.n <= _FEW:
            shown = np.ones(len(runs), bool)
        else:
            shown = np.zeros(len(runs), bool) if self.violins else (values < box.low_whisker) | (values > box.high_whisker)  # fmt: skip
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        for a, b in zip(aside[shown][:_MOST_MARKED], self._ys(values[shown]), strict=False):
            painter.drawEllipse(QPointF(a, b), 2.2, 2.2)
        marked = self._marked[runs] if len(self._marked) == len(self.spread.values) else shown[:0]
        if not len(marked) or self._marked.all():
            return
        painter.setPen(QPen(QColor(theme.colors().base), 1))
        painter.setBrush(QColor(theme.colors().text))
        for a, b in zip(aside[marked][:_MOST_MARKED], self._ys(values[marked]), strict=False):
            painter.drawEllipse(QPointF(a, b), 3, 3)

    # -- mouse and keyboard -----------------------------------------------------------------------
    def _group_at(self, point: QPointF) -> int:
        area = self._area()
        if self.spread is None or not area.left() <= point.x() < area.right():
            return -1
        return min(int((point.x() - area.left()) / self._slot()), len(self.spread.boxes) - 1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go_to(self._group_at(event.position()))

    def leaveEvent(self, event: object) -> None:
        del event
        self._go_to(-1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pick(self._group_at(event.position()))

    def _pick(self, at: int) -> None:
        runs = self.spread.boxes[at].runs if self.spread and at >= 0 else None
        self.picked.emit(runs)

    def _go_to(self, at: int) -> None:
        if at != self._current:
            self._current = at
            self.hovered.emit(at)
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count = len(self.spread.boxes) if self.spread else 0
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and count:
            self._go_to((self._current + (1 if event.key() == Qt.Key.Key_Right else -1)) % count)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._pick(self._current)
        elif event.key() == Qt.Key.Key_Escape:
            self._pick(-1)
        else:
            super().keyPressEvent(event)
