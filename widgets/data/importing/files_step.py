"""Which files: chosen, typed or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame

from widgets.data.importing.path_line import PathLine
from widgets.data.importing.step import Step
from widgets.dragged import dropped_paths
from widgets.parts import Picture, column, label, row

_KINDS = (
    ("table", "Tables", "CSV, TSV, Parquet, JSON lines, Excel: a row a sample, or a step of a time series"),
    ("image-multiple-outline", "Images", "a folder for each class; a table that names images and labels; images with masks; images alone"),
    ("text-long", "Texts", "text files to continue; a folder of texts for each class; a table with a column of texts"),
    ("grid", "Arrays", "NPY, NPZ, IDX, HDF5: samples, and their targets in a second array"),
)  # fmt: skip


class FilesStep(Step):
    title = "Files"

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.line = PathLine("The path of a file or folder")
        area = QFrame()
        area.setProperty("role", "panel")
        inside = column(margin=18, space=12)
        inside.addWidget(label("Drop a file or a folder here, or choose one", "heading", scale=1.1))
        inside.addWidget(self.line)
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
        self.line.changed.connect(self.changed)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Absolute."""
        return self.line.paths

    def set_paths(self, paths: Sequence[Path | str]) -> None:
        self.line.set_paths(paths)

    def problem(self) -> str:
        return self.line.problem()

    def start(self) -> None:
        self.line.setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.set_paths(dropped_paths(event.mimeData()))
        event.acceptProposedAction()
