"""A cell for one declared parameter, whatever its type."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from runners.parameters import Choice, Flag, Integer, Parameter, ParameterError, Real
from runners.protocol import Scalar
from widgets.new_run.cell import Cell
from widgets.new_run.editors import ChoiceBox, IntegerBox, RealEdit
from widgets.text import capital


class ParameterCell(Cell):
    changed = Signal()

    def __init__(self, parameter: Parameter) -> None:
        self._parameter = parameter
        super().__init__(parameter.title, self._make_editor(), parameter.help, parameter.unit)
        default = parameter.format(parameter.default)
        self.editor.setToolTip(
            f"{parameter.help}\n{capital(parameter.range_text)}. Default: {default}"
        )
        self.editor.installEventFilter(self)
        self.set_text(default)
        self._connect()
        self.reset_wanted.connect(self.reset)

    @property
    def name(self) -> str:
        return self._parameter.name

    @property
    def default(self) -> Scalar:
        return self._parameter.default

    @property
    def text(self) -> str:
        """The value as typed; the parameter's `parse` reads it."""
        editor = self.editor
        if isinstance(editor, ChoiceBox):
            return editor.value
        if isinstance(editor, IntegerBox):
            return str(editor.value())
        if isinstance(editor, QCheckBox):
            return self._parameter.format(editor.isChecked())
        assert isinstance(editor, QLineEdit)
        return editor.text()

    def set_text(self, text: str) -> None:
        editor = self.editor
        if isinstance(editor, ChoiceBox):
            editor.set_value(text)
        elif isinstance(editor, IntegerBox):
            editor.setValue(self._integer(text))
        elif isinstance(editor, QCheckBox):
            editor.setChecked(text == "true")
        elif isinstance(editor, QLineEdit):
            editor.setText(text)
        self._show_whether_changed()

    def set_value(self, value: Scalar) -> None:
        self.set_text(self._parameter.format(value))

    def reset(self) -> None:
        self.set_value(self._parameter.default)
        self.editor.setFocus()

    @property
    def is_changed(self) -> bool:
        try:
            return self._parameter.parse(self.text) != self._parameter.default
        except ParameterError:
            return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """While the field has the focus, its range stands below it."""
        if event.type() == QEvent.Type.FocusIn:
            self.set_note(f"{capital(self._parameter.range_text)}.")
        elif event.type() == QEvent.Type.FocusOut:
            self.set_note(self._parameter.help)
        return super().eventFilter(watched, event)

    def _integer(self, text: str) -> int:
        """A remembered text may be no number any more."""
        try:
            return int(text)
        except ValueError:
            default = self._parameter.default
            assert isinstance(default, int)
            return default

    def _make_editor(self) -> QWidget:
        parameter = self._parameter
        if isinstance(parameter, Integer):
            return IntegerBox(parameter.minimum, parameter.maximum)
        if isinstance(parameter, Choice):
            return ChoiceBox({option: option for option in parameter.options})
        if isinstance(parameter, Flag):
            return QCheckBox("On")
        return RealEdit(parameter) if isinstance(parameter, Real) else QLineEdit()

    def _connect(self) -> None:
        editor = self.editor
        if isinstance(editor, ChoiceBox):
            editor.currentIndexChanged.connect(self._tell)
        elif isinstance(editor, IntegerBox):
            editor.valueChanged.connect(self._tell)
        elif isinstance(editor, QCheckBox):
            editor.toggled.connect(self._tell)
        elif isinstance(editor, QLineEdit):
            editor.textChanged.connect(self._tell)

    def _tell(self) -> None:
        self._show_whether_changed()
        self.changed.emit()

    def _show_whether_changed(self) -> None:
        self.show_reset(self.is_changed)
