"""What the colours and the strokes of the curves stand for, in one line below the tools."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import theme
from widgets.plain import line, tip
from widgets.plots.plot_curve import STROKES
from widgets.plots.tints import Tint, scale_gradient
from widgets.text import number
from workbench.coloring import Coloring

_HEIGHT, _MARGIN, _GAP = 22, 10, 14
_BAR, _SAMPLE = 120, 16


class ColorKey(QWidget):
    """Hidden where runs have their own colours."""

    def __init__(self) -> None:
        super().__init__()
        self._color: Coloring | None = None
        self._stroke: Coloring | None = None
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFont(theme.font(0.87))
        self.hide()

    def show_key(self, color: Coloring | None, stroke: Coloring | None) -> None:
        self._color, self._stroke = color, stroke
        self.setVisible(color is not None or stroke is not None)
        words = [f"{each.column}: {', '.join(each.kinds)}" for each in (color, stroke) if each]
        self.setToolTip(tip("\n".join(words)))
        self.setAccessibleName("; ".join(words))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = _MARGIN
        if self._color is not None:
            left = self._paint(painter, left, self._color, strokes=False)
        if self._stroke is not None:
            self._paint(painter, left, self._stroke, strokes=True)

    def _paint(self, painter: QPainter, left: int, key: Coloring, *, strokes: bool) -> int:
        left = self._write(painter, left, f"{line(key.column)}:", theme.colors().dim)
        if key.scale is not None and not strokes:
            return self._paint_bar(painter, left, key)
        kinds = key.kinds or ("lowest", "lower", "higher", "highest")
        for place, words in enumerate(kinds):
            if left > self.width():
                break
            if strokes:
                self._paint_stroke(painter, left, place)
            else:
                painter.fillRect(QRectF(left, _HEIGHT / 2 - 4, 8, 8), Tint(index=place).color())
            left = self._write(painter, left + (_SAMPLE if strokes else 8) + 5, line(words))
        return left + _GAP

    def _paint_stroke(self, painter: QPainter, left: int, place: int) -> None:
        pen = QPen(QColor(theme.colors().text), 2)
        if dashes := STROKES[place % len(STROKES)].dashes:
            pen.setDashPattern([pixels / 2 for pixels in dashes])
        painter.setPen(pen)
        painter.drawLine(QPointF(left, _HEIGHT / 2), QPointF(left + _SAMPLE, _HEIGHT / 2))

    def _paint_bar(self, painter: QPainter, left: int, key: Coloring) -> int:
        assert key.scale is not None
        left = self._write(painter, left, number(key.scale.low)) - _GAP + 5
        painter.fillRect(QRectF(left, _HEIGHT / 2 - 5, _BAR, 10), scale_gradient(left, left + _BAR))
        end = f"{number(key.scale.high)}{' (logarithmic)' if key.scale.logarithmic else ''}"
        return self._write(painter, left + _BAR + 5, end) + _GAP

    def _write(self, painter: QPainter, left: int, words: str, color: str = "") -> int:
        painter.setPen(QColor(color or theme.colors().text))
        width = QFontMetrics(self.font()).horizontalAdvance(words)
        painter.drawText(QRectF(left, 0, width + 2, _HEIGHT), Qt.AlignmentFlag.AlignVCenter, words)
        return left + width + _GAP
