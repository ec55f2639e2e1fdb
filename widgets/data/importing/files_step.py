"""Which files: chosen, typed or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QLineEdit

from widgets.data.importing.step import Step
from widgets.dragged import dropped_paths
from widgets.parts import Picture, button, column, label, row

_SEPARATOR = " ; "
_KINDS = (
    ("table", "Tables", "CSV, TSV, Parquet, JSON lines, Excel: a row a sample, or a step of a time series"),
    ("image-multiple-outline", "Images", "a folder for each class; a table that names images and labels; images with masks"),
    ("text-long", "Texts", "text files to continue; a folder of texts for each class; a table with a column of texts"),
    ("grid", "Arrays", "NPY, NPZ, IDX, HDF5: samples, and their targets in a second array"),
)  # fmt: skip


class FilesStep(Step):
    title = "Files"

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.path = QLineEdit()
        self.path.setPlaceholderText("The path of a file or folder")
        self.path.setAccessibleName("The path of a file or folder")
        self.file, self.folder = (
            button("File …", "file-outline"),
            button("Folder …", "folder-outline"),
        )
        for each in (self.file, self.folder):
            each.setAutoDefault(False)
        self.file.clicked.connect(lambda: self._ask(QFileDialog.FileMode.ExistingFiles))
        self.folder.clicked.connect(lambda: self._ask(QFileDialog.FileMode.Directory))
        line = row(self.path, self.file, self.folder)
        line.setStretch(0, 1)
        area = QFrame()
        area.setProperty("role", "panel")
        inside = column(margin=18, space=12)
        inside.addWidget(label("Drop a file or a folder here, or choose one", "heading", scale=1.1))
        inside.addLayout(line)
        area.setLayout(inside)
        layout = column(area, label("What can be imported", "heading"), space=12)
        for glyph, name, more in _KINDS:
            words = column(label(name, "heading"), label(more, "dim", wrap=True), space=1)
            kind = row(Picture(glyph, "accent", 22), words, space=12)
            kind.setStretch(1, 1)
            layout.addLayout(kind)
        note = label("Your files are only read. Nothing is written before the last step.", "dim")
        layout.addWidget(note)
        layout.addStretch(1)
        self.setLayout(layout)
        self.path.textChanged.connect(self.changed)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Absolute."""
        texts = (text.strip().strip('"') for text in self.path.text().split(_SEPARATOR))
        return tuple(Path(text).expanduser().absolute() for text in texts if text)

    def set_paths(self, paths: Sequence[Path | str]) -> None:
        self.path.setText(_SEPARATOR.join(map(str, paths)))

    def problem(self) -> str:
        if not self.paths:
            return ""
        missing = [str(path) for path in self.paths if not path.exists()]
        return f"{missing[0]} is not there: choose another file" if missing else ""

    def start(self) -> None:
        self.path.setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.set_paths(dropped_paths(event.mimeData()))
        event.acceptProposedAction()

    def _ask(self, mode: QFileDialog.FileMode) -> None:
        dialog = QFileDialog(self, "Import")
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self.set_paths)
        dialog.open()
