"""Preferences: the settings of this home and the window's colours. Nothing changes before Save."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QVBoxLayout, QWidget

from widgets import theme
from widgets.interpreters import InterpreterDialog
from widgets.new_run.cell import Cell
from widgets.new_run.editors import ChoiceBox
from widgets.parts import button, column, label, row, tool_button, while_alive
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

T = TypeVar("T")
_TITLES = {
    "cpu_lanes": "Runs on the CPU at once",
    "queue.after_failure": "After a failure",
    "interpreter.pytorch": "Python for PyTorch",
    "interpreter.tensorflow": "Python for TensorFlow",
    "source.fashion-mnist": "Folder of Fashion-MNIST",
}
_CHOICES = {
    "queue.after_failure": {
        "": "Go on with the queue",
        "hold": "Hold the queue, so that I can look first",
    }
}
"""By setting: what can be chosen, with "" for the default."""
_ELSEWHERE = ("queue.held", "found_devices")
"""Settings that are no preferences: the queue has a button, and what was found is not chosen."""
_PYTHONS, _FOLDERS = "interpreter.", "source."


class Known(NamedTuple):
    """A setting as it stands, and what it is when nothing is set, as texts."""

    name: str
    help: str
    text: str
    default: str


class Preferences(QDialog):
    theme_chosen = Signal(str)
    saved = Signal()

    def __init__(self, parent: QWidget, session: Session) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Preferences")
        self.setMinimumWidth(520)
        self._session = session
        self._known: dict[str, Known] = {}
        self.cells: dict[str, Cell] = {}
        self.edits: dict[str, QLineEdit | ChoiceBox] = {}
        self.theme = ChoiceBox({"system": "As the system has it", "light": "Light", "dark": "Dark"})
        self.theme.set_value(theme.theme().choice)
        self._settings = QVBoxLayout()
        self._settings.setSpacing(theme.SPACE)
        self.save_button = button("Save", primary=True)
        self.save_button.setEnabled(False)
        cancel = button("Cancel")
        cancel.clicked.connect(self.reject)
        self.save_button.clicked.connect(self.save)
        foot = row()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.save_button)
        self.setLayout(
            column(
                label("Preferences", "heading", scale=1.2),
                Cell("Colours", self.theme, "Of the window, for this home."),
                self._settings,
                foot,
                margin=16,
            )
        )
        gpus = [device.id for device in session.devices if device.id != "cpu"]
        self._call(partial(read_settings, gpus), self._show)

    def save(self) -> None:
        """Keep what was changed; what cannot be is told beside its field."""
        self.theme_chosen.emit(self.theme.value)
        texts = {name: _text(edit) for name, edit in self.edits.items()}
        changed = {name: text for name, text in texts.items() if text != self._known[name].text}
        self._call(lambda workbench: keep_settings(workbench, changed), self._kept)

    def _call(self, work: Callable[[Workbench], T], then: Callable[[T], None]) -> None:
        self._session.call(work, while_alive(self, then), while_alive(self, self._failed))

    def _show(self, known: list[Known]) -> None:
        for each in known:
            self._known[each.name] = each
            self._settings.addWidget(self._make_cell(each))
        self.save_button.setEnabled(True)
        self._center()

    def _center(self) -> None:
        """Over the window again, now that it is taller: else its foot may be below the screen's."""
        self.adjustSize()
        if window := self.parentWidget():
            self.move(window.frameGeometry().center() - self.rect().center())

    def _make_cell(self, known: Known) -> Cell:
        edit = self._make_edit(known)
        self.edits[known.name] = edit
        cell = Cell(_title(known.name), edit, known.help)
        if known.name.startswith(_PYTHONS):
            choose = tool_button("format-list-bulleted", "Choose from the Pythons of this machine")
            choose.clicked.connect(lambda: self._choose_python(known.name))
            cell.add_beside(choose)
        elif known.name.startswith(_FOLDERS):
            browse = tool_button("folder-open-outline", "Browse")
            browse.clicked.connect(lambda: self._browse(known.name))
            cell.add_beside(browse)
        self.cells[known.name] = cell
        return cell

    def _make_edit(self, known: Known) -> QLineEdit | ChoiceBox:
        if known.name in _CHOICES:
            box = ChoiceBox(_CHOICES[known.name])
            box.set_value(known.text)
            return box
        edit = QLineEdit(known.text)
        edit.setPlaceholderText(known.default)
        edit.returnPressed.connect(self.save)
        return edit

    def _choose_python(self, name: str) -> None:
        edit = self.edits[name]
        assert isinstance(edit, QLineEdit)
        dialog = InterpreterDialog(self, self._session)
        dialog.chosen.connect(edit.setText)
        dialog.open()

    def _browse(self, name: str) -> None:
        dialog = QFileDialog(self, _title(name))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        edit = self.edits[name]
        assert isinstance(edit, QLineEdit)
        dialog.fileSelected.connect(edit.setText)
        dialog.open()

    def _kept(self, problems: dict[str, str]) -> None:
        for name, cell in self.cells.items():
            cell.set_problem(problems.get(name, ""))
        if not problems:
            self.saved.emit()
            self.accept()

    def _failed(self, error: Exception) -> None:
        self._session.failed.emit(str(error))
        self.reject()


def _text(edit: QLineEdit | ChoiceBox) -> str:
    return edit.value if isinstance(edit, ChoiceBox) else edit.text().strip()


def _title(name: str) -> str:
    limited = name.removeprefix("limit.")
    return f"Runs on {limited} at once" if limited != name else _TITLES.get(name, name)


def read_settings(gpus: Sequence[str], workbench: Workbench) -> list[Known]:
    """Every setting of the home that is a preference, with a limit for each GPU. Called on a worker."""
    from workbench.settings import SETTINGS, SettingError, get_setting

    wanted = [setting for setting in SETTINGS if setting.name not in _ELSEWHERE]
    for gpu in gpus:
        with suppress(SettingError):
            wanted.append(get_setting(f"limit.{gpu}"))
    found = []
    for setting in wanted:
        kept = workbench.store.setting(setting.name)
        text = "" if kept is None else str(kept)
        found.append(Known(setting.name, setting.help, text, str(setting.default or "not set")))
    return found


def keep_settings(workbench: Workbench, texts: Mapping[str, str]) -> dict[str, str]:
    """Keep these; an empty text goes back to the default. A message per one that cannot be kept."""
    from workbench.settings import SettingError, change_setting, reset_setting

    problems = {}
    for name, text in texts.items():
        try:
            if text:
                change_setting(workbench.store, name, text)
            else:
                reset_setting(workbench.store, name)
        except SettingError as error:
            problems[name] = str(error)
    return problems
