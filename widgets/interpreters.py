"""The Pythons of this machine to choose from, with what each of them has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from runners.protocol import FRAMEWORKS
from widgets.new_run.cell import Cell
from widgets.parts import button, column, label, row, tool_button, while_alive
from widgets.plain import line, tip
from widgets.text import plural
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench
    from workbench.environments import Environment

T = TypeVar("T")
_KINDS = {
    "own": "Twinbench's own",
    "venv": "Environment",
    "conda": "Conda",
    "pyenv": "Version manager",
    "system": "System",
    "chosen": "Chosen by hand",
}
_HEADS = ("Path", "Python", "PyTorch", "TensorFlow", "GPUs", "Kind", "Others")
_SHOWN_BY_COLUMN = ("torch", "tensorflow", "tensorflow-cpu", "tensorflow-macos")


class InterpreterDialog(QDialog):
    """Shows what is known at once, and looks for the Pythons if nothing is. ``near`` are folders of projects."""

    chosen = Signal(str)
    _progressed = Signal(int, int)

    def __init__(self, parent: QWidget, session: Session, near: Sequence[Path] = ()) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Choose a Python")
        self.resize(1040, 460)
        self._session = session
        self._near = tuple(near)
        self._cancelled = Event()
        self._found: list[Environment] = []
        self.table = _table()
        self.said = label("Looking at what is known …", "dim", wrap=True)
        self.look_button = button("Look again", "refresh")
        self.devices_button = button("Ask for GPUs")
        self.devices_button.setToolTip(
            "Let each framework say which GPUs it sees: takes seconds for each"
        )
        self.use_button = button("Use", primary=True)
        self._connect()
        other = button("Another …", "folder-open-outline")
        other.clicked.connect(self._browse)
        cancel = button("Cancel")
        cancel.clicked.connect(self.reject)
        foot = row(self.look_button, self.devices_button, other)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.use_button)
        self.setLayout(column(self.said, self.table, foot, margin=16))
        self._allow(False)
        self._call(_known, self._take_known)

    def done(self, result: int) -> None:
        self._cancelled.set()
        super().done(result)

    def look(self, *, devices: bool = False) -> None:
        """Find the Pythons anew, and ask each what it has."""
        self._allow(False)
        self.said.setText("Looking for Pythons …")

        def work(workbench: Workbench) -> list[Environment]:
            from workbench.environments import look_for_environments

            return look_for_environments(
                workbench.store, self._near, devices=devices, progress=self._report, cancelled=self._cancelled.is_set
            )  # fmt: skip

        self._call(work, self._show)

    def use(self) -> None:
        """Hand on the Python of the current row."""
        place = self.table.currentRow()
        if 0 <= place < len(self._found):
            self.chosen.emit(self._found[place].path)
            self.accept()

    # -- inside -----------------------------------------------------------------------------------
    def _connect(self) -> None:
        self.look_button.clicked.connect(lambda: self.look(devices=False))
        self.devices_button.clicked.connect(lambda: self.look(devices=True))
        self.use_button.clicked.connect(self.use)
        self.table.itemDoubleClicked.connect(lambda _item: self.use())
        self.table.itemSelectionChanged.connect(
            lambda: self.use_button.setEnabled(self.table.currentRow() >= 0)
        )
        self._progressed.connect(
            lambda done, of: self.said.setText(f"Asked {done} of {plural(of, 'Python')} …")
        )

    def _call(self, work: Callable[[Workbench], T], then: Callable[[T], None]) -> None:
        self._session.call(work, while_alive(self, then), while_alive(self, self._failed))

    def _report(self, done: int, of: int) -> None:
        """Called on a worker."""
        with suppress(RuntimeError):  # the dialog was closed
            self._progressed.emit(done, of)

    def _take_known(self, found: list[Environment]) -> None:
        self._show(found) if found else self.look()

    def _show(self, found: list[Environment]) -> None:
        found = sorted(found, key=lambda one: not any(map(one.version, FRAMEWORKS)))
        self._found = found
        self.table.setRowCount(len(found))
        for place, one in enumerate(found):
            for number, text in enumerate(_cells(one)):
                item = QTableWidgetItem(line(text))
                item.setToolTip(tip(text))
                self.table.setItem(place, number, item)
        self.table.resizeColumnsToContents()
        self.said.setText(f"{plural(len(found), 'Python')} on this machine. Twinbench asked each what it has.")  # fmt: skip
        self._allow(True)
        if found:
            self.table.selectRow(0)
            self.table.setFocus()

    def _failed(self, error: Exception) -> None:
        self.said.setText(f"It could not be looked: {error}")
        self._allow(True)

    def _allow(self, allowed: bool) -> None:
        for each in (self.look_button, self.devices_button):
            each.setEnabled(allowed)
        self.use_button.setEnabled(allowed and bool(self._found))

    def _browse(self) -> None:
        dialog = QFileDialog(self, "Choose a Python")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._take_file)
        dialog.open()

    def _take_file(self, path: str) -> None:
        def work(workbench: Workbench) -> Environment | None:
            from workbench.environments import remember

            return remember(workbench.store, path)

        def then(asked: Environment | None) -> None:
            if asked is None:
                self.said.setText(f"{path} does not answer as a Python does.")
                return
            self.chosen.emit(path)
            self.accept()

        self._call(work, then)


class InterpreterCell(Cell):
    """The path of a Python, typed or chosen. Empty, it is the one that the note below tells."""

    def __init__(self, session: Session, title: str, hint: str) -> None:
        self.edit = QLineEdit()
        super().__init__(title, self.edit, hint)
        self._session = session
        self.near: tuple[Path, ...] = ()
        """Folders of projects, in which environments are looked for, too."""
        choose = tool_button("format-list-bulleted", "Choose from the Pythons of this machine")
        choose.clicked.connect(self.choose)
        self.add_beside(choose)

    def choose(self) -> None:
        dialog = InterpreterDialog(self.window(), self._session, self.near)
        dialog.chosen.connect(self.edit.setText)
        dialog.open()


def _known(workbench: Workbench) -> list[Environment]:
    from workbench.environments import known_environments

    return known_environments(workbench.store)


def _cells(one: Environment) -> tuple[str, ...]:
    others = [f"{k} {v}" for k, v in one.packages.items() if k not in _SHOWN_BY_COLUMN]
    gpus = "not asked" if one.devices is None else ", ".join(one.devices) or "none"
    versions = [one.version(framework) or "–" for framework in FRAMEWORKS]
    kind = _KINDS.get(one.kind, one.kind)
    return (one.path, one.python, *versions, gpus, kind, ", ".join(others) or "–")


def _table() -> QTableWidget:
    table = QTableWidget(0, len(_HEADS))
    table.setHorizontalHeaderLabels(list(_HEADS))
    table.setAccessibleName("Pythons of this machine")
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setWordWrap(False)
    head = table.horizontalHeader()
    head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    head.setStretchLastSection(True)
    head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    head.setMaximumSectionSize(340)
    return table
