"""Which files or folders: typed, chosen or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from widgets.dragged import dropped_paths
from widgets.parts import button, row

_SEPARATOR = " ; "


class PathLine(QWidget):
    changed = Signal()
    """Other paths stand there, perhaps half typed."""
    chosen = Signal()
    """They are complete: chosen, dropped, or typed to the end."""

    def __init__(self, title: str, placeholder: str = "The path of a file or folder") -> None:
        """``title`` names it to who cannot see it, and the dialogs."""
        super().__init__()
        self._title = title
        self.setAcceptDrops(True)
        self.edit = QLineEdit()
        self.edit.setAcceptDrops(False)  # so that files come here
        self.edit.setPlaceholderText(placeholder)
        self.edit.setAccessibleName(title)
        self.file = button("File …", "file-outline")
        self.folder = button("Folder …", "folder-outline")
        for each in (self.file, self.folder):
            each.setAutoDefault(False)
        self.file.clicked.connect(lambda: self._ask(QFileDialog.FileMode.ExistingFiles))
        self.folder.clicked.connect(lambda: self._ask(QFileDialog.FileMode.Directory))
        line = row(self.edit, self.file, self.folder)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.setFocusProxy(self.edit)
        self.edit.textChanged.connect(self.changed)
        self.edit.editingFinished.connect(self.chosen)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Absolute."""
        texts = (text.strip().strip('"') for text in self.edit.text().split(_SEPARATOR))
        return tuple(Path(text).expanduser().absolute() for text in texts if text)

    def set_paths(self, paths: Sequence[Path | str]) -> None:
        self.edit.setText(_SEPARATOR.join(map(str, paths)))

    def offer(self, *, files: bool, folders: bool) -> None:
        """Which of them make sense."""
        self.file.setVisible(files)
        self.folder.setVisible(folders)

    def problem(self) -> str:
        missing = [str(path) for path in self.paths if not path.exists()]
        return f"{missing[0]} is not there: choose another file" if missing else ""

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self._choose(dropped_paths(event.mimeData()))
        event.acceptProposedAction()

    def _ask(self, mode: QFileDialog.FileMode) -> None:
        dialog = QFileDialog(self, self._title)
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self._choose)
        dialog.open()

    def _choose(self, paths: Sequence[Path | str]) -> None:
        self.set_paths(paths)
        self.chosen.emit()
