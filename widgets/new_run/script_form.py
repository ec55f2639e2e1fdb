"""A script of the user's: which file, what it is given, where it runs. Its options become fields."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from runners.devices import Device
from runners.parameters import Parameter
from widgets import theme
from widgets.flow_grid import FlowGrid
from widgets.new_run.cell import Cell
from widgets.new_run.editors import ChoiceBox
from widgets.new_run.parameter_form import CELL_WIDTH, ParameterForm
from widgets.parts import label, tool_button
from widgets.plain import line
from widgets.text import plural
from workbench.script_requests import ScriptFile, ScriptRequest, argument_line, read_script_file

_HINT = "A Python file that trains, with any framework. It is run as it is."


class ScriptForm(QWidget):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.file, self.arguments, self.folder = QLineEdit(), QLineEdit(), QLineEdit()
        self.file.setPlaceholderText("train.py")
        self.folder.setPlaceholderText("the folder of the script")
        self.device = ChoiceBox({"auto": "Automatic", "cpu": "CPU"})
        self.parameters = ParameterForm()
        self.cells = {
            "script": Cell("Script", self.file, _HINT),
            "arguments": Cell("Arguments", self.arguments, "What follows the options, as in a terminal."),
            "folder": Cell("Started in", self.folder, "Where relative paths begin, and curves are looked for."),
            "device": Cell("Device", self.device, "The script sees this one only."),
        }  # fmt: skip
        self._declared: tuple[Parameter, ...] = ()
        self._add_browsing("script", "Choose a script", QFileDialog.FileMode.ExistingFile)
        self._add_browsing("folder", "Choose a folder", QFileDialog.FileMode.Directory)
        grid = FlowGrid(CELL_WIDTH, maximum_columns=3)
        grid.set_items([self.cells[name] for name in ("arguments", "folder", "device")])
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE)
        layout.addWidget(label("Choose a script", "heading", scale=1.15))
        for part in (self.cells["script"], grid, self.parameters):
            layout.addWidget(part)
        for edit in (self.file, self.arguments, self.folder):
            edit.textChanged.connect(self.changed)
        self.file.textChanged.connect(self.read)
        self.device.currentIndexChanged.connect(self.changed)
        self.parameters.changed.connect(self.changed)

    def request(self) -> ScriptRequest:
        """What the form says, without what the other forms say."""
        return ScriptRequest(
            script=self.file.text(),
            arguments=self.arguments.text(),
            parameters=self.parameters.texts(),
            folder=self.folder.text(),
            device=self.device.value,
        )

    def load(self, request: ScriptRequest) -> None:
        self.file.setText(request.script)
        given = request.arguments
        self.arguments.setText(given if isinstance(given, str) else argument_line(given))
        self.folder.setText(request.folder)
        self.device.set_value(request.device)
        self.read()
        formats = {parameter.name: parameter.format for parameter in self._declared}
        values = request.parameters.items()
        self.parameters.set_texts(
            {k: v if isinstance(v, str) else formats[k](v) for k, v in values if k in formats}  # type: ignore[arg-type]
        )

    def load_texts(self, texts: Mapping[str, str], options: Mapping[str, str]) -> None:
        """Fill in what was remembered."""
        self.file.setText(texts["script"])
        self.arguments.setText(texts["arguments"])
        self.folder.setText(texts["folder"])
        self.device.set_value(texts["device"])
        self.parameters.set_texts(options)

    def read(self) -> None:
        """Make fields of the options that the script has now."""
        try:
            found: ScriptFile | None = read_script_file(self.file.text())
        except ValueError:
            found = None
        declared = found.facts.parameters if found else ()
        if declared != self._declared:
            self._declared = declared
            self.parameters.show_parameters(declared)
        self.cells["script"].set_note(_told(found) if found else _HINT)

    @property
    def path(self) -> Path | None:
        """The script, where one is named."""
        text = self.file.text().strip()
        return Path(text).expanduser().absolute() if text else None

    def titles(self) -> dict[str, str]:
        """What the fields are called."""
        titles = {"script": "Script", "arguments": "Arguments", "folder": "Started in", "device": "Device"}  # fmt: skip
        return titles | {parameter.name: parameter.title for parameter in self._declared}

    def show_problems(self, problems: Mapping[str, str]) -> None:
        for name, cell in self.cells.items():
            cell.set_problem(problems.get(name, ""))
        self.parameters.show_problems(problems)

    def show_devices(self, devices: list[Device]) -> None:
        """Offer the devices that this machine has."""
        others = {each.id: line(f"{each.id} · {each.name}") for each in devices if each.id != "cpu"}
        self.device.set_options({"auto": "Automatic", "cpu": "CPU", **others})

    def texts(self) -> dict[str, str]:
        """What is remembered of the form."""
        return {
            "script": self.file.text(),
            "arguments": self.arguments.text(),
            "folder": self.folder.text(),
            "device": self.device.value,
        }

    def _add_browsing(self, name: str, title: str, mode: QFileDialog.FileMode) -> None:
        browse = tool_button("folder-open-outline", title)
        browse.clicked.connect(lambda: self._browse(name, title, mode))
        self.cells[name].add_beside(browse)

    def _browse(self, name: str, title: str, mode: QFileDialog.FileMode) -> None:
        edit = self.cells[name].editor
        assert isinstance(edit, QLineEdit)
        dialog = QFileDialog(self, title)
        dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.ExistingFile:
            dialog.setNameFilters(["Python scripts (*.py)", "All files (*)"])
        if self.path is not None:
            dialog.setDirectory(str(self.path.parent))
        dialog.fileSelected.connect(edit.setText)
        dialog.fileSelected.connect(dialog.deleteLater)
        dialog.open()


def _told(found: ScriptFile) -> str:
    """What was read from the script's text."""
    if found.problem:
        return f"Its options cannot be read ({found.problem}); type them as arguments."
    framework = found.facts.framework
    trains = "No framework that is known" if framework == "other" else framework.display_name
    options = len(found.facts.options)
    fields = plural(options, "option") if options else "no options that can be read; type arguments"
    return (
        f"{trains}, {fields}. Its curves come from TensorBoard's event files or twinbench_reporter."
    )
