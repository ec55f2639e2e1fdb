"""A note in Markdown: read as it is meant, written where it stands."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from widgets.keys import claims
from widgets.markdown import MarkdownView
from widgets.parts import button, column, label, row
from widgets.theme import font

_KEYS = "Ctrl+Enter saves, Esc cancels. Markdown: **bold**, *italic*, - list, [text](https://…)"
_CHANGED = "The note was changed elsewhere meanwhile; saving replaces it."
_LINES = (5, 16)
"""Fewest and most lines that the editor is tall."""


class Note(QWidget):
    """Shows one note at a time. What is being written is saved when another one is shown, or when it is hidden."""

    saved = Signal(object, str)
    """Whose note it is, as given to `show_note`, and its new text."""

    def __init__(self, invitation: str) -> None:
        super().__init__()
        self._whose: Hashable = None
        self._text = ""
        self._begun_from = ""
        self._sent: dict[Hashable, tuple[str, str]] = {}
        """Of notes whose change did not come back yet, the text before and the new one."""
        self.view = MarkdownView()
        self.editor = _Editor()
        self.editor.setAccessibleName("Note")
        self.add = button(invitation, "note-plus-outline", flat=True)
        self.save, self.cancel = button("Save", primary=True), button("Cancel", flat=True)
        self._hint = label(_KEYS, "dim", wrap=True, scale=0.9)
        self._invitation, self._writing = self._make_invitation(), self._make_editor()
        self.setLayout(column(self._invitation, self.view, self._writing))
        self._show()
        self.add.clicked.connect(self.edit)
        self.view.edit_wanted.connect(self.edit)
        self.save.clicked.connect(self.commit)
        self.editor.finished.connect(self.commit)
        self.cancel.clicked.connect(self.leave)
        self.editor.cancelled.connect(self.leave)

    def _make_invitation(self) -> QWidget:
        page = QWidget()
        layout = row(self.add)
        layout.addStretch(1)
        page.setLayout(layout)
        return page

    def _make_editor(self) -> QWidget:
        page = QWidget()
        foot = row(self.save, self.cancel)
        foot.addStretch(1)
        page.setLayout(column(self.editor, self._hint, foot, space=4))
        return page

    @property
    def whose(self) -> Hashable:
        return self._whose

    @property
    def editing(self) -> bool:
        return not self._writing.isHidden()

    def show_note(self, whose: Hashable, text: str) -> None:
        """Show this note; if the same one is being written, go on with that.

        Until its change comes back, a note that was written is shown as it was written.
        """
        before, written = self._sent.get(whose, (None, ""))
        if text == before:
            text = written
        else:
            self._sent.pop(whose, None)
        if whose != self._whose:
            self.commit()
        elif self.editing:
            self._text = text
            self._hint.setText(_KEYS if text == self._begun_from else _CHANGED)
            return
        self._whose, self._text = whose, text
        self._show()

    def edit(self) -> None:
        """Let the note be written."""
        if not self.editing:
            self._begun_from = self._text
            self._hint.setText(_KEYS)
            self.editor.setPlainText(self._text)
            self._turn_to(self._writing, self.editor)

    def commit(self) -> None:
        """End the writing and hand on what was written, if it is another text."""
        if self.editing:
            written = self.editor.toPlainText().rstrip()
            before, self._text = self._text, written
            self._show()
            if written != before:
                self._sent[self._whose] = (before, written)
                self.saved.emit(self._whose, written)

    def leave(self) -> None:
        """End the writing and keep the note as it was."""
        if self.editing:
            self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self.commit()

    def _show(self) -> None:
        self.view.show_markdown(self._text)
        if self._text.strip():
            self._turn_to(self.view, self.view)
        else:
            self._turn_to(self._invitation, self.add)

    def _turn_to(self, wanted: QWidget, part: QWidget) -> None:
        """The part takes over the keyboard from what is hidden, else Qt would give it to something far away."""
        wanted.show()
        focus = QApplication.focusWidget()
        if part is self.editor or (focus is not None and self.isAncestorOf(focus)):
            part.setFocus(Qt.FocusReason.OtherFocusReason)
        for page in (self._invitation, self.view, self._writing):
            page.setVisible(page is wanted)


class _Editor(QPlainTextEdit):
    """As tall as its text, within limits. The keys that end it are its own, whatever the window does with them."""

    finished = Signal()
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "field")
        self.setFont(font())
        self.setTabChangesFocus(True)
        self.document().contentsChanged.connect(self._fit)
        self._fit()

    def event(self, event: QEvent) -> bool:
        return claims(event, _ends) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _finishes(event):
            self.finished.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        fewest, most = _LINES
        lines = max(fewest, min(most, int(self.document().size().height()) + 1))
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 12)


def _ends(event: QKeyEvent) -> bool:
    return _finishes(event) or event.key() == Qt.Key.Key_Escape


def _finishes(event: QKeyEvent) -> bool:
    enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
    control = Qt.KeyboardModifier.ControlModifier
    return enter and bool(event.modifiers() & control)
