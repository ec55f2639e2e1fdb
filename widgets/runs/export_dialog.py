"""Asks where to write the listed runs, and shows how far it is where that takes a while."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QProgressDialog, QWidget

from widgets.parts import while_alive
from widgets.runs.export import Cancelled, write_csv
from widgets.saving import ask_where
from widgets.text import plural
from workbench.session import Session

_SHOWN_AFTER_MS = 500


def ask_and_export(
    parent: QWidget, session: Session, ids: Sequence[int], columns: Sequence[str]
) -> None:
    """Ask for a file, then write into it."""
    ask_where(
        parent,
        "Save the listed runs as CSV",
        Path("runs.csv"),
        "Comma-separated values (*.csv)",
        lambda path: Export(parent, session).start(path, ids, columns),
    )


class Export(QObject):
    """One export, from a click to a file. It goes away when it is done."""

    _written = Signal(int)

    def __init__(self, parent: QWidget, session: Session) -> None:
        super().__init__(parent)
        self._session = session
        self._cancelled = False
        self.dialog = QProgressDialog("Writing the runs …", "Cancel", 0, 0, parent)
        self.dialog.setWindowTitle("Save as CSV")
        self.dialog.setWindowModality(Qt.WindowModality.NonModal)
        self.dialog.setMinimumDuration(_SHOWN_AFTER_MS)
        self.dialog.setAutoReset(False)
        self.dialog.canceled.connect(self._cancel)
        self._written.connect(self.dialog.setValue)

    def start(self, path: Path, ids: Sequence[int], columns: Sequence[str]) -> None:
        self.dialog.setMaximum(len(ids))
        self.dialog.setValue(0)
        self._session.call(
            lambda workbench: write_csv(
                workbench.store, path, ids, columns, self._written.emit, lambda: self._cancelled
            ),
            lambda count: self._end(f"Saved {plural(count, 'run')} to {path.name}"),
            while_alive(self.dialog, self._fail),
        )

    def _cancel(self) -> None:
        self._cancelled = True

    def _fail(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self._end("The export was cancelled; nothing was written")
            return
        self._session.failed.emit(f"The runs could not be saved: {error}")
        self._end("")

    def _end(self, words: str) -> None:
        if words:
            self._session.notice.emit(words, None)
        self.dialog.canceled.disconnect()
        self.dialog.close()
        self.dialog.deleteLater()
        self.deleteLater()
