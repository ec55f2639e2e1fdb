"""Where a file goes, and tables as text: into the clipboard or into a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.session import Session


def ask_where(
    parent: QWidget, title: str, file: Path, kinds: str, then: Callable[[Path], None]
) -> None:
    """Ask for a file to write, offering ``file``; ``kinds`` is Qt's filter, as ``CSV (*.csv)``."""
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(file.suffix.removeprefix("."))
    dialog.setNameFilter(kinds)
    if file.parent != Path():
        dialog.setDirectory(str(file.parent))
    dialog.selectFile(file.name)
    dialog.fileSelected.connect(lambda path: then(Path(path)))
    dialog.open()


def copy_table(session: Session, table: str, what: str) -> None:
    """Put text with tabs, which spreadsheets take, into the clipboard."""
    QGuiApplication.clipboard().setText(table)
    session.notice.emit(f"Copied {what}", None)


def save_table(session: Session, path: Path, table: str, what: str) -> None:
    """Write a table off the window's thread, and tell that ``what`` is saved or why not."""
    session.call(
        lambda _: path.write_text(table, encoding="utf-8"),
        lambda _: session.notice.emit(f"Saved {what} to {path}", None),
        lambda error: session.failed.emit(
            f"{what[0].upper()}{what[1:]} could not be saved: {error}"
        ),
    )
