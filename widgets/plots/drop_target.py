"""What is dropped on a plot, where, and what that will do, told while it hangs over the plot."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QWidget

from widgets import theme
from widgets.dragged import Dragged, from_mime
from widgets.plain import line
from widgets.text import plural

_EDGE = 0.25
_LINE = 4
_OPACITY = 0.85


class Zone(Enum):
    BEFORE = auto()
    INTO = auto()
    BEHIND = auto()


class DropTarget(QWidget):
    """Takes metrics, runs and other plots. ``dropped_as`` is what is dragged with its own title: with no metric it takes nothing."""

    dropped = Signal(object, object)
    """`Dragged` was dropped in a `Zone` of it."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.dropped_as = Dragged()
        self._hint = _Hint(self)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._hang(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._hang(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        del event
        self._hint.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        zone = self._hang(event)
        self._hint.hide()
        if zone is not None:
            self.dropped.emit(from_mime(event.mimeData()), zone)

    def _hang(self, event: QDropEvent) -> Zone | None:
        what = from_mime(event.mimeData())
        if what is None or not self.dropped_as.metrics or what.plot == self.dropped_as.plot:
            event.ignore()
            return None
        event.acceptProposedAction()
        return self._hint.show_for(what, event.position().toPoint(), _words_for(what, self.title))


def _words_for(what: Dragged, title: str) -> str:
    if what.metrics:
        return f"Show {', '.join(map(line, what.metrics))} in {line(title)} too"
    return f"Add {plural(len(what.runs), 'run')} to {line(title)}"


class _Hint(QWidget):
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
