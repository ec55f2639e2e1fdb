"""How a run waits for its turn, and which run it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from widgets.flow_grid import FlowGrid
from widgets.interpreters import InterpreterCell
from widgets.new_run.cell import Cell
from widgets.new_run.editors import ChoiceBox, IntegerBox
from widgets.new_run.parameter_form import CELL_WIDTH
from widgets.parts import ElidedLabel, Picture, row, tool_button
from workbench.requests import PRIORITY
from workbench.session import Session

_HELD, _ALONE = "held", "alone"
_USUAL = "Empty: the one that Preferences name."
_USUAL_FOR_SCRIPTS = (
    "Empty: that of an environment beside the script, else the one that Preferences name."
)


class QueueForm(FlowGrid):
    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(CELL_WIDTH, maximum_columns=4)
        self.priority = IntegerBox(int(PRIORITY.minimum), int(PRIORITY.maximum))
        self.start = ChoiceBox({"": "In its turn", _HELD: "When I release it"})
        self.company = ChoiceBox({"": "Beside other runs", _ALONE: "Alone on the machine"})
        self.interpreter = InterpreterCell(session, "Python", _USUAL)
        self.cells = {
            "priority": Cell("Priority", self.priority, "A larger one starts first; most have 0."),
            "held": Cell("Starts", self.start, "A held run waits in the queue until it is released."),
            "alone": Cell("Runs", self.company, "Alone, for measurements: nothing else trains meanwhile."),
            "interpreter": self.interpreter,
        }  # fmt: skip
        self.set_items(list(self.cells.values()))
        self.priority.valueChanged.connect(self.changed)
        self.interpreter.edit.textChanged.connect(self.changed)

    @property
    def held(self) -> bool:
        return self.start.value == _HELD

    @property
    def alone(self) -> bool:
        return self.company.value == _ALONE

    def show_script(self, folder: Path | None) -> None:
        """Say which Python is meant where none is named: that of a script in the folder, or with None of a template."""
        self.interpreter.set_note(_USUAL if folder is None else _USUAL_FOR_SCRIPTS)
        self.interpreter.near = () if folder is None else (folder,)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        for name, cell in self.cells.items():
            cell.set_problem(problems.get(name, ""))

    def set_values(self, priority: int, *, held: bool, alone: bool, interpreter: str = "") -> None:
        self.interpreter.edit.setText(interpreter)
        self.priority.setValue(priority)
        self.start.set_value(_HELD if held else "")
        self.company.set_value(_ALONE if alone else "")


class Lineage(QWidget):
    """Which run the form was filled from, as long as that is so."""

    def __init__(self) -> None:
        super().__init__()
        self.parent_id: int | None = None
        self._words = ElidedLabel("", "dim")
        forget = tool_button("close", "Forget which run this was cloned from")
        forget.clicked.connect(self.forget)
        line = row(Picture("source-branch", "dim", 16), self._words, forget, space=6)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.hide()

    def show_parent(self, run_id: int, name: str) -> None:
        self.parent_id = run_id
        self._words.set_full(f"Cloned from {name}")
        self.show()

    def forget(self) -> None:
        self.parent_id = None
        self.hide()
