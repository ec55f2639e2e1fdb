"""What the charts of exports have in common: two axes with their titles, and places on them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import theme
from workbench.ticks import Scale, Ticks, log_ticks, ticks

_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 16, 10, 42
_TICK, _LABEL = 18, 90
_X_SPACING, _Y_SPACING = 84, 40


@dataclass(frozen=True, slots=True)
class Axis:
    """``low`` and ``high`` are exponents of ten where it is logarithmic."""

    title: str
    low: float
    high: float
    scale: Scale = Scale.NUMBER
    logarithmic: bool = False

    @classmethod
    def around(
        cls,
        title: str,
        values: Iterable[float],
        scale: Scale = Scale.NUMBER,
        *,
        logarithmic: bool = False,
        room: float = 0.08,
    ) -> Axis:
        """From a little below the least of the values to a little above the largest."""
        places = [math.log10(value) if logarithmic else value for value in values]
        low, high = min(places, default=0.0), max(places, default=1.0)
        more = room * (high - low) or (0.15 if logarithmic else abs(high) * 0.02 or 0.5)
        return cls(title, low - more, high + more, scale, logarithmic)

    def part(self, value: float) -> float:
        """Where a value is: 0 at the beginning of the axis, 1 at its end."""
        place = math.log10(value) if self.logarithmic else value
        return (place - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> Ticks:
        """Places as `part` says, with their labels."""
        make = log_ticks(self.low, self.high, most, self.scale) if self.logarithmic else ticks(self.scale, self.low, self.high, most)  # fmt: skip
        return [((place - self.low) / (self.high - self.low), text) for place, text in make]


class Chart(QWidget):
    """Others paint what is in it in `paint_inside`."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.across, self.up = Axis("", 0, 1), Axis("", 0, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFont(theme.font(0.88))
        self.setAccessibleName(name)
        theme.theme().changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 160)

    def area(self) -> QRectF:
        """Where the values are on the widget."""
        return QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)

    def at(self, x: float, y: float) -> QPointF:
        """The place of a value on the widget."""
        area = self.area()
        right, high = self.across.part(x), self.up.part(y)
        return QPointF(area.left() + right * area.width(), area.bottom() - high * area.height())

    @property
    def is_empty(self) -> bool:
        return False

    def paint_inside(self, painter: QPainter) -> None:
        raise NotImplementedError

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.is_empty:
            self._paint_axes(painter)
            self.paint_inside(painter)
        painter.end()

    def _paint_axes(self, painter: QPainter) -> None:
        colors, flag, area = theme.colors(), Qt.AlignmentFlag, self.area()
        grid, words = QColor(colors.grid), QColor(colors.dim)
        for part, text in self.up.ticks(max(2, int(area.height() / _Y_SPACING))):
            y = area.bottom() - part * area.height()
            painter.setPen(grid)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(words)
            painter.drawText(QRectF(16, y - _TICK / 2, _LEFT - 23, _TICK), flag.AlignRight | flag.AlignVCenter, text)  # fmt: skip
        for part, text in self.x_ticks(max(2, int(area.width() / _X_SPACING))):
            x = area.left() + part * area.width()
            painter.setPen(grid)
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(words)
            painter.drawText(QRectF(x - _LABEL / 2, area.bottom() + 4, _LABEL, _TICK), flag.AlignHCenter, text)  # fmt: skip
        painter.setPen(words)
        below = QRectF(area.left(), area.bottom() + _TICK + 3, area.width(), _TICK)
        painter.drawText(below, flag.AlignHCenter, self.across.title)
        painter.save()
        painter.translate(9, area.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-area.height() / 2, -9, area.height(), 18), flag.AlignCenter, self.up.title)  # fmt: skip
        painter.restore()

    def x_ticks(self, most: int) -> Ticks:
        return self.across.ticks(most)


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Heights near those that are wanted, in their order, at least ``apart`` from each other where there is room for that."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    step = min(apart, (high - low) / max(1, len(wanted) - 1))
    placed = [0.0] * len(wanted)
    at = low - step
    for place in order:
        at = placed[place] = max(wanted[place], at + step)
    at = high + step
    for place in reversed(order):
        at = placed[place] = min(placed[place], at - step)
    return placed
