"""Where on a plot something is dropped, and what that will do, while it hangs over the plot."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from widgets import theme
from widgets.dragged import Dragged

_EDGE = 0.25
_LINE = 4
_OPACITY = 0.85


class Zone(Enum):
    BEFORE = auto()
    INTO = auto()
    BEHIND = auto()


class DropHint(QWidget):
    """In front of its plot; hidden unless something hangs over it."""

    def __init__(self, plot: QWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        self._zone, self._words = Zone.INTO, ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_for(self, what: Dragged, place: QPoint, words: str) -> Zone:
        """A plot is put beside this one at its edges; everything else goes into it."""
        area = self._plot.rect()
        part = place.x() / max(1, area.width())
        self._zone = Zone.INTO
        if what.plot and part < _EDGE:
            self._zone = Zone.BEFORE
        elif what.plot and part > 1 - _EDGE:
            self._zone = Zone.BEHIND
        self._words = words
        self.setGeometry(area)
        self.show()
        self.raise_()
        self.update()
        return self._zone

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.colors()
        accent = QColor(colors.accent)
        if self._zone is not Zone.INTO:
            left = 0 if self._zone is Zone.BEFORE else self.width() - _LINE
            painter.fillRect(QRect(left, 0, _LINE, self.height()), accent)
            return
        veil = QColor(colors.selection)
        veil.setAlphaF(_OPACITY)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QColor(colors.text))
        painter.setFont(theme.font())
        painter.drawText(
            self.rect().adjusted(12, 12, -12, -12),
            Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
            self._words,
        )
