"""A row: a field for each feature, in its own unit."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QWidget

from runners.export.facts import Facts
from widgets.parts import button, column, restyle, row, scrolled
from widgets.plain import line, tip
from widgets.trying.source import Source
from workbench.errors import WorkbenchError
from workbench.session import Session
from workbench.trying.files import Given
from workbench.trying.rows import Field, fields, given_of, number, row_input


class RowSource(Source):
    kinds = "Tables (*.csv *.txt)"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.editors: dict[str, QLineEdit | QComboBox] = {}
        self._filling = False
        self.open = button("Open a CSV …", "folder-open-outline")
        self.reset = button("Typical values", "restore")
        self.reset.setToolTip("The means of the training part")
        self._form = QFormLayout()
        self._form.setContentsMargins(2, 2, 8, 2)
        holder = QWidget()
        holder.setProperty("page", True)
        holder.setLayout(self._form)
        tools = row(self.reset, self.open)
        tools.addStretch(1)
        self.setLayout(column(scrolled(holder), tools))
        self.open.clicked.connect(self.ask_for_file)
        self.reset.clicked.connect(self._typical)

    def suit(self, facts: Facts) -> None:
        super().suit(facts)
        while self._form.rowCount():
            self._form.removeRow(0)
        self.editors = {}
        for field in fields(facts):
            editor = self._editor(field)
            editor.setAccessibleName(field.name)
            self.editors[field.name] = editor
            self._form.addRow(line(field.name), editor)
        self._fill_typical()

    def _editor(self, field: Field) -> QLineEdit | QComboBox:
        if field.choices:
            chooser = QComboBox()
            chooser.addItems([line(choice) for choice in field.choices])
            chooser.currentIndexChanged.connect(self._typed)
            return chooser
        editor = QLineEdit()
        editor.textEdited.connect(self._typed)
        low, high = (field.scale.mean + times * 2 * field.scale.std for times in (-1, 1))
        editor.setToolTip(tip(f"{field.name}: mostly from {low:.4g} to {high:.4g}"))
        return editor

    def show_sample(self, x: NDArray[Any]) -> None:
        if self.facts is not None:
            self._fill(given_of(self.facts, x))

    def _typical(self) -> None:
        self._fill_typical()
        self._typed()

    def _fill_typical(self) -> None:
        if self.facts is not None:
            given = {field.name: field.choices[0] if field.choices else f"{field.scale.mean:.6g}" for field in fields(self.facts)}  # fmt: skip
            self._fill(given)

    def _fill(self, given: dict[str, str]) -> None:
        self._filling = True
        for name, editor in self.editors.items():
            if isinstance(editor, QComboBox):
                editor.setCurrentIndex(max(0, editor.findText(line(given[name]))))
            else:
                editor.setText(given[name])
                _mark(editor, wrong=False)
        self._filling = False

    def _typed(self) -> None:
        if self._filling or self.facts is None:
            return
        self.forget_made()
        typed = {name: self._text(name, editor) for name, editor in self.editors.items()}
        problem = ""
        for name, editor in self.editors.items():
            if isinstance(editor, QLineEdit):
                problem = self._check(name, editor) or problem
        if problem:
            self.failed.emit(problem)
        else:
            self.given.emit(Given("Your row", row_input(self.facts, typed)))

    def _text(self, name: str, editor: QLineEdit | QComboBox) -> str:
        if isinstance(editor, QLineEdit):
            return editor.text()
        field = next(each for each in fields(self.facts) if each.name == name)  # type: ignore[arg-type]
        return field.choices[max(0, editor.currentIndex())]

    def _check(self, name: str, editor: QLineEdit) -> str:
        try:
            number(editor.text(), name)
        except WorkbenchError as error:
            _mark(editor, wrong=True)
            return str(error)
        _mark(editor, wrong=False)
        return ""


def _mark(editor: QLineEdit, *, wrong: bool) -> None:
    if bool(editor.property("wrong")) != wrong:
        editor.setProperty("wrong", wrong)
        restyle(editor)
