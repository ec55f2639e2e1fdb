"""Names of curves in their colours, in one line that is scrolled; only what is seen of it is laid out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from widgets import theme
from widgets.dragged import Dragged, drag, far_enough
from widgets.plain import tip
from widgets.plots.plot_curve import Look, PlotCurve

_LINE = 16
_SAMPLE = 16
_PEN = 2
_GAP = 14
_LONGEST_NAME = 170
_ROOM_FOR_COUNT = 44
_WHEEL_STEP = 120
Key = tuple[int, str]


class Legend(QWidget):
    """Hover: the curve stands out. Click: hide it or show it again; with Ctrl: all others. Drag: take it to another plot."""

    marked = Signal(object)
    """The key of the curve under the pointer, or None."""
    toggled = Signal(object)
    alone = Signal(object)
    """The key of the only curve to show; all are to be shown if it is that already."""

    def __init__(self) -> None:
        super().__init__()
        self._curves: Sequence[PlotCurve] = ()
        self._hidden: Collection[Key] = ()
        self._first = 0
        self._wheel = 0
        self._pressed: QPoint | None = None
        self._marked: Key | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFont(theme.font(0.87))
        self.setFixedHeight(_LINE + 2)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_AlwaysShowToolTips)

    def show_curves(self, curves: Sequence[PlotCurve], hidden: Collection[Key] = ()) -> None:
        self._curves, self._hidden = curves, hidden
        self._first = min(self._first, max(0, len(curves) - 1))
        named = ", ".join(curve.label for curve in curves[:40])
        self.setAccessibleName(f"{len(curves)} curves: {named}")
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(20, _LINE + 2)

    # -- drawing ----------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        self.draw_picture(painter)

    def draw_picture(self, painter: QPainter) -> None:
        """Draw it, with the painter's origin at its top left corner."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        placed, more = self._layout()
        for curve, area, name in placed:
            self._paint(painter, curve, area, name)
        if more is not None:
            painter.setPen(QColor(theme.colors().dim))
            painter.drawText(more, Qt.AlignmentFlag.AlignVCenter, self._count_text(len(placed)))

    def _count_text(self, shown: int) -> str:
        behind = len(self._curves) - self._first - shown
        return f"+ {behind:,}" if behind else f"‹ {self._first:,}"

    def _paint(self, painter: QPainter, curve: PlotCurve, area: QRect, name: str) -> None:
        colors = theme.colors()
        hidden = curve.key in self._hidden
        pen = QPen(QColor(colors.disabled) if hidden else curve.color(), _PEN + curve.strong)
        if curve.look.dashes:
            pen.setDashPattern([pixels / _PEN for pixels in curve.look.dashes])
        painter.setPen(pen)
        middle = area.center().y() + 0.5
        painter.drawLine(QPointF(area.left(), middle), QPointF(area.left() + _SAMPLE, middle))
        if curve.key == self._marked:
            painter.setPen(QColor(colors.text))
        elif hidden:
            painter.setPen(QColor(colors.disabled))
        elif curve.look is Look.FAINT:
            painter.setPen(QColor(colors.dim))
        font = painter.font()
        font.setStrikeOut(hidden)
        painter.setFont(font)
        text = area.adjusted(_SAMPLE + 5, 0, 0, 0)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, name)

    def _layout(self) -> tuple[list[tuple[PlotCurve, QRect, str]], QRect | None]:
        """Each curve that is seen with its place and its name, and where the number of the others stands."""
        metrics = QFontMetrics(self.font())
        left = 0
        placed: list[tuple[PlotCurve, QRect, str]] = []
        for place in range(self._first, len(self._curves)):
            curve = self._curves[place]
            name = metrics.elidedText(curve.label, Qt.TextElideMode.ElideMiddle, _LONGEST_NAME)
            width = _SAMPLE + 5 + metrics.horizontalAdvance(name) + 2
            rest = place + 1 < len(self._curves) or self._first > 0
            if placed and left + width + (_ROOM_FOR_COUNT if rest else 0) > self.width():
                break
            placed.append((curve, QRect(left, 0, width, _LINE), name))
            left += width + _GAP
        if len(placed) == len(self._curves):
            return placed, None
        return placed, QRect(left, 0, _ROOM_FOR_COUNT, _LINE)

    # -- what a person does -----------------------------------------------------------------------
    def _at(self, place: QPoint) -> PlotCurve | None:
        placed, _ = self._layout()
        return next((curve for curve, area, _ in placed if area.contains(place)), None)

    def _mark(self, key: Key | None) -> None:
        if key != self._marked:
            self._marked = key
            self.update()
            self.marked.emit(key)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if self._pressed is not None and far_enough(self._pressed, place):
            curve, self._pressed = self._at(self._pressed), None
            if curve is not None:
                drag(self, Dragged((curve.run.id,), (curve.metric,)))
            return
        under = self._at(place)
        self.setCursor(Qt.CursorShape.PointingHandCursor if under else Qt.CursorShape.ArrowCursor)
        self._mark(under.key if under else None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            return
        curve = self._at(event.position().toPoint())
        if curve is not None:
            alone = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            (self.alone if alone else self.toggled).emit(curve.key)
        elif (more := self._layout()[1]) is not None and more.contains(pressed):
            self._scroll(max(1, len(self._layout()[0])))

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        self._wheel -= turned
        steps = int(self._wheel / _WHEEL_STEP)
        self._wheel -= steps * _WHEEL_STEP
        self._scroll(steps)
        event.accept()

    def _scroll(self, steps: int) -> None:
        """By so many curves; from the end it begins anew."""
        placed, more = self._layout()
        if more is None:
            return
        at_end = self._first + len(placed) >= len(self._curves)
        first = 0 if at_end and steps > 1 else self._first + steps
        if not (at_end and steps == 1):
            self._first = min(max(0, first), len(self._curves) - 1)
        self._mark(None)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._mark(None)

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent):
            curve = self._at(event.pos())
            words = "Scroll to see the others" if curve is None else _tip(curve)
            QToolTip.showText(event.globalPos(), tip(words), self)
            return True
        return super().event(event)  # type: ignore[arg-type]


def _tip(curve: PlotCurve) -> str:
    return (
        f"{curve.label}\n{curve.metric}\n"
        "Click: hide or show. Ctrl and click: only this one. Drag: into another plot."
    )
