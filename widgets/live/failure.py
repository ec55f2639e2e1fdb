"""Why a run failed, where it is seen at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from runners.protocol import RunFolder
from storage.records import RunRecord
from widgets import theme
from widgets.icons import state_icon
from widgets.live.log_text import LogLines, read_piece
from widgets.parts import column, label, row, say_shortly
from widgets.plain import shown
from widgets.states import BAD
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

_LAST_LINES = 12
_SHOWN_LINES = 4


class FailureBox(QFrame):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: tuple[int, int, str] | None = None
        self.setProperty("role", "banner")
        self._icon = label()
        self.reason = label("", "error", wrap=True)
        self.reason.setFont(theme.font(1.0, bold=True))
        self.reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.trace = QPlainTextEdit(readOnly=True)
        self.trace.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.trace.setFont(theme.fixed_font())
        self.trace.setAccessibleName("The last lines of the traceback")
        line_height = self.trace.fontMetrics().lineSpacing()
        self.trace.setFixedHeight(_SHOWN_LINES * line_height + 14)
        head = row(self._icon, self.reason)
        head.setStretch(1, 1)
        self.setLayout(column(head, self.trace, margin=10, space=6))
        self.hide()

    def show_run(self, run: RunRecord) -> None:
        """Show why it ended badly, or nothing if it did not."""
        self.setVisible(run.state in BAD)
        if run.state not in BAD:
            self._shown = None
        elif self._shown != (run.id, run.attempt, run.reason):
            self._shown = (run.id, run.attempt, run.reason)
            self._icon.setPixmap(state_icon(run.state).pixmap(16, 16))
            say_shortly(self.reason, run.reason or f"The run ended as {run.state}.")
            self.trace.clear()
            self.trace.hide()
            self._session.call(partial(_last_words, run.id), partial(self._take, run.id))

    def _take(self, run_id: int, words: str) -> None:
        if self._shown and run_id == self._shown[0] and words:
            self.trace.setPlainText(shown(words))
            self.trace.show()
            bar = self.trace.verticalScrollBar()
            bar.setValue(bar.maximum())


def _last_words(run_id: int, workbench: Workbench) -> str:
    """The end of the traceback or, if the trainer could not say how it ended, of the log.

    Nothing where the reason says it all.
    """
    folder: RunFolder = workbench.home.run_folder(run_id)
    outcome = folder.read_outcome()
    if outcome is not None:
        lines = outcome.traceback.rstrip().splitlines()
    else:
        whole, rest = LogLines().feed(_end_of_log(folder))
        lines = [line for line in (*whole, rest) if line.strip()]
    return "\n".join(lines[-_LAST_LINES:])


def _end_of_log(folder: RunFolder) -> bytes:
    try:
        piece = read_piece(folder.log, None)
        while piece.more:
            piece = read_piece(folder.log, piece.offset)
    except OSError:
        return b""
    return piece.data
