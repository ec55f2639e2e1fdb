"""One figure of a duel: a bar for each contestant, a dot for each seed, and the 95 % interval of the mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import plain, theme
from widgets.plain import line
from workbench.duel.comparing import mean_interval
from workbench.duel.figures import Figure
from workbench.duel.results import Results
from workbench.duel.rows import entries
from workbench.duel.telling import value_words

_TOP, _ROW, _BOTTOM, _PAD = 26, 30, 22, 10
_NAMES = 0.34
_GAP = 8
_DOT, _BAR = 2.6, 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A contestant in a figure. ``color`` is an index into the palette of runs; ``values`` has one for each seed."""

    name: str
    color: int
    values: tuple[float, ...]
    mean: float
    low: float
    high: float


def bars(figure: Figure, results: Results) -> list[Bar]:
    """Those contestants of which the figure is known, in the order of the match."""
    names = [contestant.name for contestant in results.match.contestants]
    return [
        Bar(one.name, names.index(one.name), values, *mean_interval(figure, values))
        for one in entries(results, figure.name)
        for values in [tuple(one.values.values())]
    ]


def paired_bars(figure: Figure, one: Results, other: Results) -> list[Bar]:
    """Two for each contestant of which both duels know the figure; the colour tells which duel it is."""
    first, second = ({bar.name: bar for bar in bars(figure, each)} for each in (one, other))
    return [
        replace(found[name], name=f"{name}, {which}", color=color)
        for name in first
        if name in second
        for color, (which, found) in enumerate((("1st", first), ("2nd", second)))
    ]


class FigureChart(QWidget):
    def __init__(self, figure: Figure, shown: Sequence[Bar]) -> None:
        super().__init__()
        self.figure, self.bars = figure, list(shown)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(figure.title)
        said = (f"{bar.name} {value_words(figure, bar.mean)}" for bar in self.bars)
        self.setAccessibleDescription("; ".join(said))
        self.setToolTip(plain.tip(self._all_values()))
        theme.theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(300, _TOP + _ROW * len(self.bars) + _BOTTOM)

    def _all_values(self) -> str:
        lines = [self.figure.title]
        for bar in self.bars:
            values = ", ".join(value_words(self.figure, each) for each in bar.values)
            lines.append(f"{bar.name}: {values}")
        return "\n".join(lines)

    # -- painting -------------------------------------------------------------------------------------
    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors, flag = theme.colors(), Qt.AlignmentFlag
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(colors.border)))
        painter.setBrush(QColor(colors.base))
        painter.drawRoundedRect(frame, 6, 6)
        painter.setFont(theme.font(0.95, bold=True))
        painter.setPen(QColor(colors.text))
        head = QRectF(_PAD, 4, self.width() - 2 * _PAD, _TOP - 4)
        painter.drawText(head, flag.AlignVCenter, self._elided(painter, self.figure.title, head.width()))  # fmt: skip
        self._paint_foot(painter)
        low, high = self._limits()
        area = self._area()

        def x(number: float) -> float:
            part = (number - low) / ((high - low) or 1.0)
            return area.left() + min(1.0, max(0.0, part)) * area.width()

        for at, bar in enumerate(self.bars):
            self._paint_bar(painter, bar, area.top() + at * _ROW, x)
        painter.end()

    def _area(self) -> QRectF:
        """Where the bars are: between the names and the values."""
        metrics = QFontMetricsF(theme.font(0.9))
        words = (value_words(self.figure, bar.mean) for bar in self.bars)
        values = max(map(metrics.horizontalAdvance, words), default=0.0)
        wanted = max((metrics.horizontalAdvance(line(bar.name)) for bar in self.bars), default=0.0)
        names = min(wanted + 2, _NAMES * self.width())
        left = _PAD + names + _GAP
        width = max(20.0, self.width() - _PAD - values - _GAP - left)
        return QRectF(left, _TOP, width, _ROW * len(self.bars))

    def _limits(self) -> tuple[float, float]:
        """From zero where ratios are compared, so that a bar twice as long is twice as much."""
        ends = [end for bar in self.bars for end in (*bar.values, bar.mean, bar.low, bar.high) if math.isfinite(end)]  # fmt: skip
        low, high = min(ends), max(ends)
        if self.figure.ratio and low >= 0:
            return 0.0, 1.04 * high or 1.0
        room = 0.12 * (high - low) or max(abs(high) * 0.05, 1e-9)
        return low - room, high + room

    def _paint_bar(self, painter: QPainter, bar: Bar, top: float, x: Callable[[float], float]) -> None:  # fmt: skip
        colors, flag, area = theme.colors(), Qt.AlignmentFlag, self._area()
        middle = top + _ROW / 2
        painter.setFont(theme.font(0.9))
        painter.setPen(QColor(colors.text))
        names = QRectF(_PAD, top, area.left() - _PAD - _GAP, _ROW)
        painter.drawText(names, flag.AlignVCenter, self._elided(painter, bar.name, names.width()))
        values = QRectF(area.right() + 4, top, self.width() - _PAD - area.right() - 4, _ROW)
        painter.drawText(values, flag.AlignVCenter | flag.AlignRight, value_words(self.figure, bar.mean))  # fmt: skip
        tint = theme.run_color(bar.color)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.figure.ratio:
            painter.setBrush(theme.mixed(tint.name(), colors.base, 0.32))
            painter.drawRect(QRectF(area.left(), middle - _BAR / 2, x(bar.mean) - area.left(), _BAR))  # fmt: skip
        painter.setBrush(tint)
        for each in bar.values:
            painter.drawEllipse(QPointF(x(each), middle), _DOT, _DOT)
        if math.isfinite(bar.low) and math.isfinite(bar.high):
            painter.setPen(QPen(QColor(colors.text), 1.4))
            painter.drawLine(QPointF(x(bar.low), middle), QPointF(x(bar.high), middle))
            for end in (bar.low, bar.high):
                painter.drawLine(QPointF(x(end), middle - 4), QPointF(x(end), middle + 4))
        painter.setPen(QPen(tint.darker(110), 2.2))
        painter.drawLine(QPointF(x(bar.mean), middle - 7), QPointF(x(bar.mean), middle + 7))

    def _paint_foot(self, painter: QPainter) -> None:
        painter.setFont(theme.font(0.84))
        painter.setPen(QColor(theme.colors().dim))
        better = "more is better" if self.figure.higher_is_better else "less is better"
        foot = QRectF(_PAD, self.height() - _BOTTOM, self.width() - 2 * _PAD, _BOTTOM - 3)
        painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, better)

    @staticmethod
    def _elided(painter: QPainter, text: str, room: float) -> str:
        return painter.fontMetrics().elidedText(line(text), Qt.TextElideMode.ElideRight, int(room))
