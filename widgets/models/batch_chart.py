"""Samples a second, or latency, over the size of the batch: a line for each export, named at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from widgets import theme
from widgets.models.chart import Axis, Chart, spread
from widgets.plain import line, tip
from workbench.ticks import Ticks

_NAMES, _DOT, _OUT = 128, 2.8, 10
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """``dash`` tells lines of one colour apart. ``values`` are pairs of a batch size and what was reached."""

    label: str
    color: int
    dash: int
    values: tuple[tuple[int, float], ...]
    said: str


class BatchChart(Chart):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.lines: list[Line] = []

    @property
    def is_empty(self) -> bool:
        return not self.lines

    def area(self) -> QRectF:
        """The names stand at the right of it."""
        return super().area().adjusted(0, 0, -_NAMES, 0)

    def show_lines(self, lines: Sequence[Line], title: str) -> None:
        self.lines = list(lines)
        self.across = Axis.around("Batch size", self._sizes, logarithmic=True, room=0.04)
        self.up = Axis.around(title, (value for one in lines for _, value in one.values), logarithmic=True)  # fmt: skip
        self.setAccessibleDescription("; ".join(one.said for one in self.lines))
        self.setToolTip(tip("\n".join(one.said for one in self.lines)))
        self.update()

    @property
    def _sizes(self) -> list[int]:
        return sorted({size for one in self.lines for size, _ in one.values})

    def x_ticks(self, most: int) -> Ticks:
        """The sizes that were measured, as many as there is room for."""
        found: Ticks = []
        least = 1 / most / 1.6
        for size in self._sizes:
            part = self.across.part(size)
            if not found or part - found[-1][0] >= least:
                found.append((part, f"{size:,}"))
        return found

    def paint_inside(self, painter: QPainter) -> None:
        ends = []
        for one in self.lines:
            places = [self.at(size, value) for size, value in one.values]
            color = theme.run_color(one.color)
            painter.setPen(QPen(color, 1.6, _DASHES[one.dash % len(_DASHES)]))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(places))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            for place in places:
                painter.drawEllipse(place, _DOT, _DOT)
            ends.append(places[-1])
        self._paint_names(painter, ends)

    def _paint_names(self, painter: QPainter, ends: Sequence[QPointF]) -> None:
        area, metrics = self.area(), painter.fontMetrics()
        if metrics.height() * len(ends) > area.height() + metrics.height():
            return  # so many names would lie over each other; the tip has them
        heights = spread([end.y() for end in ends], metrics.height(), area.top(), area.bottom())
        left = area.right() + _OUT
        for one, end, y in zip(self.lines, ends, heights, strict=True):
            painter.setPen(QPen(QColor(theme.colors().border), 1))
            painter.drawLine(end + QPointF(_DOT + 1, 0), QPointF(left - 2, y))
            painter.setPen(QColor(theme.colors().text))
            text = metrics.elidedText(line(one.label), Qt.TextElideMode.ElideRight, _NAMES - _OUT + 8)  # fmt: skip
            painter.drawText(QRectF(left, y - 9, _NAMES, 18), Qt.AlignmentFlag.AlignVCenter, text)
