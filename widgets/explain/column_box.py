"""A box in which a column is chosen from a list, or typed as a term of the filter language."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter

from storage.query import check_column
from storage.records import Fields
from widgets.parts import restyle
from widgets.plain import tip

_CHARACTERS = 10


class ColumnBox(QComboBox):
    chosen = Signal(str)
    """Another column that the runs have, or "" where none is allowed."""

    def __init__(self, name: str, empty: str | None = None) -> None:
        """``empty`` stands there for no column, where there may be none."""
        super().__init__()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setAccessibleName(name)
        self.setMaxVisibleItems(24)
        self.setMinimumContentsLength(_CHARACTERS)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._name, self._empty = name, empty
        self._fields = Fields()
        self.column = ""
        edit, completer = self.lineEdit(), self.completer()
        assert edit is not None
        assert completer is not None
        edit.setPlaceholderText(empty or "")
        edit.editingFinished.connect(self._take)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.activated.connect(self._take)
        self._say("")

    def offer(self, fields: Fields, columns: Sequence[str]) -> None:
        """Columns to choose from, of runs that have these fields."""
        self._fields = fields
        with QSignalBlocker(self):
            self.clear()
            self.addItems([*([""] if self._empty is not None else []), *columns])
            view = self.view()
            view.setMinimumWidth(min(360, view.sizeHintForColumn(0) + 28))
            self.setCurrentText(self.column)

    def show_column(self, column: str) -> None:
        """Show what is chosen, without telling of it."""
        self.column = column
        with QSignalBlocker(self):
            self.setCurrentText(column)
        self._say("")

    def _take(self) -> None:
        column = self.currentText().strip()
        if not column and self._empty is None:
            self.show_column(self.column)
            return
        problem = check_column(column, self._fields) if column else None
        self._say(str(problem or ""))
        if problem is None and column != self.column:
            self.column = column
            self.chosen.emit(column)

    def _say(self, problem: str) -> None:
        self.setToolTip(tip(problem or self.column or self._name))
        if self.property("wrong") != bool(problem):
            self.setProperty("wrong", bool(problem))
            restyle(self)
        edit = self.lineEdit()
        if edit is not None and not self.hasFocus():
            edit.setCursorPosition(0)
