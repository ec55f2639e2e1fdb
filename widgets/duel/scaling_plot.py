"""How speed or memory follow the size of the batch or the number of threads, on logarithmic axes: a line for each contestant."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import theme
from workbench.duel.figures import Figure
from workbench.duel.results import Results
from workbench.duel.scaling import TITLES, Curve
from workbench.duel.telling import value_words
from workbench.ticks import Scale, Ticks, log_ticks

_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 18, 10, 40
_DOT = 3.0
_MARGIN = 0.06
_TICK, _LABEL = 18, 80


class ScalingPlot(QWidget):
    def __init__(self, results: Results, what: str, figure: Figure, shown: Sequence[Curve]) -> None:
        super().__init__()
        self.curves = list(shown)
        self._what, self._figure = what, figure
        xs = [log10(value) for one in self.curves for value in one.values]
        ys = [log10(value) for one in self.curves for value in one.reached]
        self._x, self._y = _range(xs), _range(ys)
        self._values = sorted({value for one in self.curves for value in one.values})
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFont(theme.font(0.88))
        self.setAccessibleName(f"{figure.title} by {TITLES[what]}")
        said = [f"{results.match.contestants[one.contestant].name}: {self._said(one)}" for one in self.curves]  # fmt: skip
        self.setAccessibleDescription("; ".join(said))
        self.setToolTip("\n".join(said))
        theme.theme().changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 160)

    def _said(self, one: Curve) -> str:
        pairs = zip(one.values, one.reached, strict=True)
        return ", ".join(f"{value:,}: {value_words(self._figure, each)}" for value, each in pairs)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)
        self._paint_axes(painter, area)
        for one in self.curves:
            points = [
                self._point(area, log10(value), log10(each))
                for value, each in zip(one.values, one.reached, strict=True)
            ]
            color = theme.run_color(one.contestant)
            painter.setPen(QPen(color, 1.6))
            painter.setBrush(color)
            painter.drawPolyline(QPolygonF(points))
            for point in points:
                painter.drawEllipse(point, _DOT, _DOT)
        painter.end()

    def _point(self, area: QRectF, x: float, y: float) -> QPointF:
        return QPointF(
            area.left() + _part(self._x, x) * area.width(),
            area.bottom() - _part(self._y, y) * area.height(),
        )

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        colors, flag = theme.colors(), Qt.AlignmentFlag
        scale = Scale.BYTES if self._figure.unit == "bytes" else Scale.NUMBER
        for place, text in log_ticks(*self._y, 5, scale):
            y = self._point(area, 0, place).y()
            painter.setPen(QColor(colors.grid))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(colors.dim))
            painter.drawText(QRectF(0, y - _TICK / 2, _LEFT - 7, _TICK), flag.AlignRight | flag.AlignVCenter, text)  # fmt: skip
        painter.setPen(QColor(colors.dim))
        for place, text in self._x_ticks(area.width()):
            x = self._point(area, place, 0).x()
            painter.drawText(QRectF(x - _LABEL / 2, area.bottom() + 4, _LABEL, _TICK), flag.AlignHCenter, text)  # fmt: skip
        below = QRectF(area.left(), area.bottom() + _TICK + 2, area.width(), _TICK)
        painter.drawText(below, flag.AlignHCenter, TITLES[self._what])

    def _x_ticks(self, width: float) -> Ticks:
        """The values that were tried, as many as there is room for."""
        found: Ticks = []
        for value in self._values:
            place = log10(value)
            room = (_part(self._x, place) - _part(self._x, found[-1][0])) * width if found else width  # fmt: skip
            if room > self.fontMetrics().horizontalAdvance(f"{value:,}") + _TICK:
                found.append((place, f"{value:,}"))
        return found


def _range(logs: Sequence[float]) -> tuple[float, float]:
    low, high = min(logs), max(logs)
    room = _MARGIN * (high - low) or _MARGIN
    return low - room, high + room


def _part(ends: tuple[float, float], place: float) -> float:
    return (place - ends[0]) / (ends[1] - ends[0])
