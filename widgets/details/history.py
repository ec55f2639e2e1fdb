"""The journal of a run: what happened to it and when, newest last."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from storage.records import JournalEntry, RunRecord
from widgets import theme
from widgets.parts import label, while_alive
from widgets.plain import tip
from widgets.text import capital, full_moment, moment
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

_AGAIN_MS = 500
_MOST = 200
_LONGEST = 400
_TOP = Qt.AlignmentFlag.AlignTop


class History(QWidget):
    """Read again, at most twice a second, while its run changes and it is in sight."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._run_id: int | None = None
        self._revision = -1
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._earlier = label("", "dim", scale=0.9)
        self._earlier.hide()
        self._grid.addWidget(self._earlier, 0, 0, 1, 2)
        self._soon = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._soon.timeout.connect(self._read)

    def show_run(self, run: RunRecord) -> None:
        if run.id != self._run_id:
            self._run_id, self._revision = run.id, run.revision
            self._show([])
            self._read()
        elif run.revision != self._revision:
            self._revision = run.revision
            if not self._soon.isActive():
                self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read()

    @property
    def texts(self) -> list[str]:
        """What it says, oldest first."""
        return [words.text() for _, words in self._rows]

    def _read(self) -> None:
        if self._run_id is not None and self.isVisible():
            show = while_alive(self, partial(self._take, self._run_id))
            self._session.call(partial(_journal, self._run_id), show, lambda _error: None)

    def _take(self, run_id: int, entries: Sequence[JournalEntry]) -> None:
        if run_id == self._run_id:
            self._show(entries)

    def _show(self, entries: Sequence[JournalEntry]) -> None:
        left_out = len(entries) - _MOST
        self._earlier.setVisible(left_out > 0)
        self._earlier.setText(f"Earlier entries: {left_out:,}, in journal.jsonl")
        shown = entries[-_MOST:]
        while len(self._rows) > len(shown):
            for each in self._rows.pop():
                self._grid.removeWidget(each)
                each.deleteLater()
        while len(self._rows) < len(shown):
            self._add_row()
        for (when, words), entry in zip(self._rows, shown, strict=True):
            _fill(when, words, entry)

    def _add_row(self) -> None:
        place = len(self._rows) + 1
        when, words = label("", "dim"), label("", wrap=True)
        words.setMinimumWidth(20)
        for each in (when, words):
            each.setFont(theme.font(0.95))
            each.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(when, place, 0, _TOP)
        self._grid.addWidget(words, place, 1, _TOP)
        self._rows.append((when, words))


def _fill(when: QLabel, words: QLabel, entry: JournalEntry) -> None:
    text = capital(entry.text)
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
    if words.text() != cut:
        words.setText(cut)
        words.setToolTip(tip(text) if cut != text else "")
    when.setText(moment(entry.time))
    when.setToolTip(tip(full_moment(entry.time)))


def _journal(run_id: int, workbench: Workbench) -> list[JournalEntry]:
    return workbench.store.journal(run_id)
