"""The output of a run as it comes, with search. It follows the end until it is scrolled up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QKeyEvent,
    QShowEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from storage.records import RunRecord
from widgets import text, theme
from widgets.live.log_text import LogLines, Piece, read_piece
from widgets.parts import label, tool_button
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

KEPT_LINES = 20_000
_POLL_MS = 250
_SEARCH_MS = 150
_SEARCH_WIDTH = 190


class LogView(QWidget):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._run: RunRecord | None = None
        self._lines = LogLines()
        self._offset: int | None = None
        self._reading = False
        self._skipped = 0
        self._generation = 0
        self._unfinished = False
        self._poll = QTimer(self, singleShot=True, interval=_POLL_MS)
        self._poll.timeout.connect(self._read)
        self._make_text()
        self._search = SearchBar(self._text)
        self._note = label("", "dim")
        self._note.hide()
        self._follow = tool_button("arrow-collapse-down", "Follow the end of the log")
        self._follow.setCheckable(True)
        self._follow.setChecked(True)
        self._follow.toggled.connect(self._follow_toggled)
        self.bar = QWidget()
        """Belongs beside the log's title; whoever shows the log puts it there."""
        bar = QHBoxLayout(self.bar)
        bar.setContentsMargins(0, 3, 6, 3)
        bar.setSpacing(4)
        bar.addStretch(1)
        bar.addWidget(self._note)
        bar.addWidget(self._search)
        bar.addWidget(self._follow)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._text, 1)

    def _make_text(self) -> None:
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setUndoRedoEnabled(False)
        self._text.setMaximumBlockCount(KEPT_LINES)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(theme.fixed_font())
        self._text.setPlaceholderText("Nothing was written yet.")
        self._text.setAccessibleName("Log of the run")
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._text.document().setDocumentMargin(8)
        self._text.verticalScrollBar().valueChanged.connect(self._scrolled)

    # -- what is shown --------------------------------------------------------------------------
    def show_run(self, run: RunRecord) -> None:
        """Show this run's log, and go on reading it while the run goes on."""
        other = self._run is None or self._run.id != run.id
        self._run = run
        if other:
            self._begin()
        self._schedule()

    @property
    def shown_text(self) -> str:
        return self._text.toPlainText()

    @property
    def following(self) -> bool:
        return self._follow.isChecked()

    def _begin(self) -> None:
        self._generation += 1
        self._lines, self._offset = LogLines(), None
        self._reading = self._unfinished = False
        self._skipped = 0
        self._text.clear()
        self._note.hide()
        self._follow.setChecked(True)

    # -- reading ----------------------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._schedule(at_once=True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._poll.stop()

    def _schedule(self, *, at_once: bool = False) -> None:
        if self._run is not None and self.isVisible() and not self._reading:
            if at_once or self._offset is None:
                self._poll.stop()
                self._read()
            elif not self._poll.isActive():
                self._poll.start()

    def _read(self) -> None:
        run = self._run
        if run is None:
            return
        self._reading = True
        run_id, offset = run.id, self._offset

        def work(workbench: Workbench) -> Piece:
            return read_piece(workbench.home.run_folder(run_id).log, offset)

        self._session.call(
            work, partial(self._take, self._generation), partial(self._failed, self._generation)
        )

    def _take(self, generation: int, piece: Piece) -> None:
        if generation != self._generation or self._run is None:
            return
        self._reading = False
        self._offset = piece.offset
        self._skipped = piece.skipped or self._skipped
        self._note.setText(f"the first {text.size(self._skipped)} are not shown")
        self._note.setVisible(bool(self._skipped))
        if piece.data:
            self._append(*self._lines.feed(piece.data))
        if piece.more or not self._run.state.final:
            self._schedule(at_once=piece.more)

    def _failed(self, generation: int, error: Exception) -> None:
        if generation != self._generation or self._run is None:
            return
        self._reading = False
        self._note.setText(f"the log cannot be read: {error}")
        self._note.show()
        if not self._run.state.final:
            self._schedule()

    def _append(self, lines: list[str], unfinished: str) -> None:
        """Put lines in the place of the last, unfinished one."""
        bar, follows = self._text.verticalScrollBar(), self.following
        value, blocks = bar.value(), self._text.blockCount()
        cursor = QTextCursor(self._text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if self._unfinished:
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            alone = cursor.selectionStart() == 0
            cursor.removeSelectedText()
            if not alone:
                cursor.insertBlock()
        cursor.insertText("\n".join([*lines, unfinished]))
        self._unfinished = bool(unfinished)
        gone = blocks + len(lines) - self._text.blockCount()
        bar.setValue(bar.maximum() if follows else value - max(0, gone))
        if self._follow.isChecked() != follows:
            self._follow.setChecked(follows)
        self._search.count_again()

    # -- following the end --------------------------------------------------------------------------
    def _scrolled(self, value: int) -> None:
        at_end = value >= self._text.verticalScrollBar().maximum() - 1
        if self._text.verticalScrollBar().isVisible() or at_end:
            self._follow.blockSignals(True)
            self._follow.setChecked(at_end)
            self._follow.blockSignals(False)

    def _follow_toggled(self, on: bool) -> None:
        if on:
            bar = self._text.verticalScrollBar()
            bar.setValue(bar.maximum())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Slash:
            self._search.setFocus()
        else:
            super().keyPressEvent(event)


class SearchBar(QWidget):
    """Marks every place of a text, and goes from one to the next. Capitals do not matter."""

    def __init__(self, view: QPlainTextEdit) -> None:
        super().__init__()
        self._view = view
        self._marker = _Marker(view.document())
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search the log  ( / )")
        self.field.setClearButtonEnabled(True)
        self.field.setMinimumWidth(_SEARCH_WIDTH)
        self.field.setAccessibleName("Search the log")
        self.found = label("", "dim")
        self.previous = tool_button("chevron-up", "Previous (Shift+Return)")
        self.next = tool_button("chevron-down", "Next (Return)")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.found)
        layout.addWidget(self.field, 1)
        layout.addWidget(self.previous)
        layout.addWidget(self.next)
        self.setFocusProxy(self.field)
        self._delay = QTimer(self, singleShot=True, interval=_SEARCH_MS)
        self._delay.timeout.connect(self._mark)
        self.field.textChanged.connect(self.count_again)
        self.previous.clicked.connect(lambda: self.go(back=True))
        self.next.clicked.connect(lambda: self.go(back=False))
        theme.theme().changed.connect(self._marker.rehighlight)

    @property
    def count(self) -> int:
        """How often the text occurs."""
        term = self.field.text().lower()
        return self._view.toPlainText().lower().count(term) if term else 0

    def count_again(self) -> None:
        """Soon; the last of several calls counts."""
        self._delay.start()

    def _mark(self) -> None:
        self._marker.mark(self.field.text())
        self.found.setText(f"{self.count:,} found" if self.field.text() else "")

    def go(self, *, back: bool) -> None:
        """Select the next or the previous place, round the end."""
        term = self.field.text()
        if not term:
            return
        flag = QTextDocument.FindFlag.FindBackward if back else QTextDocument.FindFlag(0)
        if not self._view.find(term, flag):
            cursor = QTextCursor(self._view.document())
            if back:
                cursor.movePosition(QTextCursor.MoveOperation.End)
            self._view.setTextCursor(cursor)
            self._view.find(term, flag)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.go(back=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif event.key() == Qt.Key.Key_Escape:
            self.field.clear()
            self._view.setFocus()
        else:
            super().keyPressEvent(event)


class _Marker(QSyntaxHighlighter):
    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._term = ""

    def mark(self, term: str) -> None:
        if term.lower() != self._term:
            self._term = term.lower()
            self.rehighlight()

    def highlightBlock(self, block: str) -> None:
        if not self._term:
            return
        shape = QTextCharFormat()
        shape.setBackground(_mark_color())
        lowered = block.lower()
        place = lowered.find(self._term)
        while place >= 0:
            self.setFormat(place, len(self._term), shape)
            place = lowered.find(self._term, place + len(self._term))


def _mark_color() -> QColor:
    colors = theme.colors()
    return theme.mixed(colors.warning, colors.base, 0.4)
