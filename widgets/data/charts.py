"""Small charts of a dataset: bars of names with counts, and histograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from widgets import theme
from widgets.plain import line, tip
from widgets.text import short

_ROW, _COUNT = 22, 130
_WIDEST_NAME = 220
_TILE = 104
MOST_BARS = 40


class CountBars(QWidget):
    """A row for each name: a bar, the count and its share of all."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.rows: list[tuple[str, int]] = []
        self._total = 1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_rows(self, rows: Sequence[tuple[str, int]], total: int) -> None:
        """At most `MOST_BARS` of them; the shares are of the total."""
        self.rows, self._total = list(rows[:MOST_BARS]), max(1, total)
        words = "; ".join(f"{name} {count:,}" for name, count in self.rows[:20])
        self.setAccessibleName(f"{self._name}: {words}")
        self.setFixedHeight(max(1, _ROW * len(self.rows)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        largest = max((count for _, count in self.rows), default=1) or 1
        name_width = self._name_width()
        for at, (name, count) in enumerate(self.rows):
            top = at * _ROW
            if event.rect().top() - _ROW <= top <= event.rect().bottom():
                self._paint_row(painter, name, count, top, name_width, largest)
        painter.end()

    def _name_width(self) -> float:
        metrics = QFontMetricsF(self.font())
        widest = max((metrics.horizontalAdvance(line(name)) for name, _ in self.rows), default=0.0)
        return min(widest + 4, _WIDEST_NAME, self.width() * 0.4)

    def _paint_row(
        self, painter: QPainter, name: str, count: int, top: int, name_width: float, largest: int
    ) -> None:
        colors = theme.colors()
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(colors.text))
        words = painter.fontMetrics().elidedText(line(name), Qt.TextElideMode.ElideRight, int(name_width))  # fmt: skip
        painter.drawText(QRectF(0, top, name_width, _ROW), middle, words)
        left = name_width + 8
        room = max(20.0, self.width() - left - _COUNT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.mixed(colors.accent, colors.base, 0.7))
        width = max(1.0 if count else 0.0, room * count / largest)
        painter.drawRoundedRect(QRectF(left, top + 4, width, _ROW - 8), 2, 2)
        painter.setPen(QColor(colors.dim))
        said = f"{count:,}  ·  {count / self._total:.1%}"
        painter.drawText(QRectF(left + width + 8, top, _COUNT, _ROW), middle, said)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            at = event.pos().y() // _ROW
            if 0 <= at < len(self.rows):
                name, count = self.rows[at]
                QToolTip.showText(event.globalPos(), tip(f"{name}: {count:,}"), self)
            return True
        return super().event(event)


class HistogramTile(QWidget):
    """How one column is distributed: equal bins, its range below, its mean and deviation above."""

    def __init__(self, column: Mapping[str, Any]) -> None:
        super().__init__()
        self._name = str(column["name"])
        histogram = column.get("histogram") or {}
        self._counts = [float(count) for count in histogram.get("counts", ())]
        self._low, self._high = histogram.get("from"), histogram.get("to")
        self._said = _said(column)
        self.setAccessibleName(f"{self._name}: {self._said}")
        self.setToolTip(tip(f"{self._name}\n{self._said}"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(180, _TILE)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors, width = theme.colors(), self.width()
        painter.setPen(QColor(colors.text))
        metrics = painter.fontMetrics()
        name = metrics.elidedText(line(self._name), Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(QRectF(0, 0, width, 18), Qt.AlignmentFlag.AlignLeft, name)
        self._paint_bars(painter, QRectF(0, 22, width, _TILE - 40))
        painter.setFont(theme.font(0.86))
        painter.setPen(QColor(colors.dim))
        below = QRectF(0, _TILE - 16, width, 16)
        if self._low is not None and self._high is not None:
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, short(float(self._low)))
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, short(float(self._high)))
        painter.end()

    def _paint_bars(self, painter: QPainter, place: QRectF) -> None:
        colors = theme.colors()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.mixed(colors.accent, colors.base, 0.7))
        most = max(self._counts, default=0.0) or 1.0
        step = place.width() / max(1, len(self._counts))
        for at, count in enumerate(self._counts):
            height = max(1.0 if count else 0.0, place.height() * count / most)
            gap = 1.0 if step > 3 else 0.0
            painter.drawRect(QRectF(at * step, place.bottom() - height, step - gap, height))
        painter.setPen(QColor(colors.border))
        painter.drawLine(place.bottomLeft(), place.bottomRight())


def _said(column: Mapping[str, Any]) -> str:
    """``mean 3.1, deviation 1.2, from 0 to 9; standardised``."""
    parts = []
    if column.get("mean") is not None:
        parts.append(f"mean {short(column['mean'])}, deviation {short(column['std'])}")
    if column.get("min") is not None:
        parts.append(f"from {short(float(column['min']))} to {short(float(column['max']))}")
    if column.get("missing"):
        parts.append(f"{column['missing']:,} are no numbers")
    unit = ", in units of its deviation" if column.get("unit") == "standardised" else ""
    return "; ".join(parts) + unit
