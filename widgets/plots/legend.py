"""Names of curves in their colours, in as many lines as are allowed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from widgets import theme
from widgets.plain import tip
from widgets.plots.plot_curve import Look, PlotCurve

_LINE = 16
_SAMPLE = 16
_PEN = 2
_GAP = 14
_LONGEST_NAME = 170


class Legend(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._curves: Sequence[PlotCurve] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFont(theme.font(0.87))
        self.setFixedHeight(_LINE + 2)
        self.setAttribute(Qt.WidgetAttribute.WA_AlwaysShowToolTips)

    def show_curves(self, curves: Sequence[PlotCurve]) -> None:
        self._curves = curves
        self.setAccessibleName("Curves: " + ", ".join(curve.label for curve in curves))
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(20, _LINE + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        self.draw(painter)

    def draw(self, painter: QPainter) -> None:
        """Draw it, with the painter's origin at its top left corner."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        placed, hidden = self._layout()
        for curve, area, name in placed:
            self._paint(painter, curve, area, name)
        if hidden:
            right = placed[-1][1].right() + _GAP if placed else 0
            painter.setPen(QColor(theme.colors().dim))
            painter.drawText(
                QRect(right, 0, 200, _LINE), Qt.AlignmentFlag.AlignVCenter, f"+ {hidden:,}"
            )

    def _paint(self, painter: QPainter, curve: PlotCurve, area: QRect, name: str) -> None:
        pen = QPen(curve.color(), _PEN)
        if curve.look.dashes:
            pen.setDashPattern([pixels / _PEN for pixels in curve.look.dashes])
        painter.setPen(pen)
        middle = area.center().y() + 0.5
        painter.drawLine(QPointF(area.left(), middle), QPointF(area.left() + _SAMPLE, middle))
        if curve.look is Look.FAINT:
            painter.setPen(QColor(theme.colors().dim))
        text = area.adjusted(_SAMPLE + 5, 0, 0, 0)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, name)

    def _layout(self) -> tuple[list[tuple[PlotCurve, QRect, str]], int]:
        """Each curve that fits with its place and its name, and how many do not fit."""
        metrics = QFontMetrics(self.font())
        left = 0
        placed: list[tuple[PlotCurve, QRect, str]] = []
        for number, curve in enumerate(self._curves, start=1):
            name = metrics.elidedText(curve.label, Qt.TextElideMode.ElideMiddle, _LONGEST_NAME)
            width = _SAMPLE + 5 + metrics.horizontalAdvance(name) + 2
            rest = len(self._curves) - number
            if placed and left + width + (36 if rest else 0) > self.width():
                return placed, rest + 1
            placed.append((curve, QRect(left, 0, width, _LINE), name))
            left += width + _GAP
        return placed, 0

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent):
            QToolTip.showText(
                event.globalPos(), tip("\n".join(curve.label for curve in self._curves[:40])), self
            )
            return True
        return super().event(event)  # type: ignore[arg-type]
