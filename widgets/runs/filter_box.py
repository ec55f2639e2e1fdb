"""The line that filters the list of runs: the filter language with completion, its errors marked at their place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QAction, QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit, QMenu

from storage.errors import QueryError
from storage.records import Fields
from widgets.icons import icon
from widgets.keys import claims
from widgets.plain import caption, tip
from widgets.runs.completions import Completions
from widgets.theme import colors

_MOST_RECENT = 15
_WAVE = 2.0
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FilterBox(QLineEdit):
    """Esc clears it; Enter or Down goes on to the list, Up offers what was filtered before.

    While completions are open, Tab or Enter takes one and Esc closes them. Ctrl+Space opens them.
    """

    left_for_list = Signal()
    help_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.fields = Fields()
        self.recent: list[str] = []
        """Filters that were used, the last one first."""
        self._error: QueryError | None = None
        self.setPlaceholderText("Filter: words, lr < 1e-3 …")
        self.setAccessibleName("Filter runs")
        self.setToolTip(
            tip(
                "Words, or conditions such as state = failed. Press ? for help, Up for earlier filters"
            )
        )
        self.setClearButtonEnabled(True)
        history = QAction(icon("magnify", "dim"), "Earlier filters", self)
        history.triggered.connect(self.show_recent)
        self.addAction(history, QLineEdit.ActionPosition.LeadingPosition)
        about = QAction(icon("help-circle-outline", "dim"), "What a filter can say (?)", self)
        about.triggered.connect(self.help_wanted)
        self.addAction(about, QLineEdit.ActionPosition.TrailingPosition)
        self.completions = Completions(self)
        self.completions.taken.connect(self._take)
        self.textEdited.connect(self._complete)

    # -- errors -------------------------------------------------------------------------------------
    def show_error(self, error: QueryError | None) -> None:
        """Underline where the text is wrong, or nothing."""
        self._error = error
        self.update()

    @property
    def wrong(self) -> tuple[int, int] | None:
        """From where to where the text is underlined."""
        if self._error is None:
            return None
        length = len(self.text())
        start = max(0, min(self._error.start, length))
        return start, max(start, min(self._error.stop, length))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.wrong is not None:
            left, right = (self._x(place) for place in self.wrong)
            self._underline(left, max(right, left + 3 * _WAVE))

    def _x(self, place: int) -> float:
        """Where a character begins, in pixels of the widget."""
        measure, text = self.fontMetrics(), self.text()
        before = measure.horizontalAdvance(text[: self.cursorPosition()])
        return self.cursorRect().center().x() + measure.horizontalAdvance(text[:place]) - before

    def _underline(self, left: float, right: float) -> None:
        inside = self.contentsRect().adjusted(26, 0, -6, 0)
        left, right = max(left, inside.left()), min(right, inside.right())
        bottom = self.rect().center().y() + self.fontMetrics().height() / 2 + 1
        count = max(0, int((right - left) / _WAVE))
        painter = QPainter(self)
        painter.setPen(QPen(QColor(colors().error), 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPolyline(
            [QPointF(left + each * _WAVE, bottom + each % 2 * _WAVE) for each in range(count + 1)]
        )
        painter.end()

    # -- completion ---------------------------------------------------------------------------------
    def _complete(self, *, asked: bool = False) -> None:
        """Offer ways to go on with what stands before the cursor."""
        from storage.query import complete

        place = self.cursorPosition()
        found = complete(self.text(), place, self.fields)
        typed = [self.text()[each.start : each.stop].strip() for each in found]
        finished = any(each.text.strip() == there for each, there in zip(found, typed, strict=True))
        if asked or (any(typed) and not (finished and len(found) == 1)):
            start = min((each.start for each in found), default=place)
            self.completions.offer(found, round(self._x(start)))
        else:
            self.completions.hide()

    def _take(self, text: str, start: int, stop: int) -> None:
        before, after = self.text()[:start], self.text()[stop:]
        space = "" if text.endswith((" ", "(")) or after.startswith((" ", ")", ",")) else " "
        self.setText(before + text + space + after)
        self.setCursorPosition(len(before) + len(text) + len(space))
        self.textEdited.emit(self.text())

    # -- what was filtered before ---------------------------------------------------------------------
    def keep(self, text: str) -> None:
        """Put a filter that was used first among the recent ones."""
        kept = text.strip()
        if kept:
            rest = [each for each in self.recent if each != kept]
            self.recent = [kept, *rest][:_MOST_RECENT]

    def show_recent(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if not self.recent:
            menu.addAction("No earlier filters yet").setEnabled(False)
        for text in self.recent:
            menu.addAction(caption(text)).triggered.connect(
                lambda _checked, text=text: self.setText(text)
            )
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))
        if menu.actions()[0].isEnabled():
            menu.setActiveAction(menu.actions()[0])

    # -- keys ---------------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        """Qt moves the focus by Tab before it asks the line."""
        tab = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab
        if event.type() == QEvent.Type.KeyPress and tab and self.completions.take(first=True):
            return True
        return claims(event, lambda key: key.key() in _ENTER) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, control = event.key(), event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if key == Qt.Key.Key_Space and control:
            self._complete(asked=True)
        elif key == Qt.Key.Key_Escape and (self.completions.visible or self.text()):
            self.completions.hide() if self.completions.visible else self.clear()
        elif key in _ENTER:
            if not self.completions.take():
                self._leave()
        elif key == Qt.Key.Key_Down:
            self._leave()
        elif key == Qt.Key.Key_Up:
            self.show_recent()
        elif event.text() == "?" and not self.text():
            self.help_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _leave(self) -> None:
        self.completions.hide()
        self.left_for_list.emit()
