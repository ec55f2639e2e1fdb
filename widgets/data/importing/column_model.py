"""The columns of a table, or the arrays of a file: what each is for, editable, with what was found in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from runners.datasets.importing import Column, ColumnFacts, Missing, Preview, Role, Type
from widgets import theme
from widgets.plain import line, tip
from widgets.text import short

NAME, ROLE, TYPE, WITHOUT, MISSING, VALUES = range(6)
_TITLES = ("Column", "Role", "Type", "Missing", "If missing", "Values")
CHOICES: dict[int, type[StrEnum]] = {ROLE: Role, TYPE: Type, MISSING: Missing}
_FIELDS = {ROLE: "role", TYPE: "type", MISSING: "missing"}
_Index = QModelIndex | QPersistentModelIndex


class ColumnModel(QAbstractTableModel):
    edited = Signal(object)
    """The Column as it is now."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: list[Column] = []
        self._facts: dict[str, ColumnFacts] = {}
        self._rows: Sequence[Sequence[str]] = ()
        self._places: dict[str, int] = {}
        self._noted: dict[str, str] = {}
        self._looked_at = 0

    def show_columns(self, preview: Preview, columns: Sequence[Column]) -> None:
        self.beginResetModel()
        self.columns = list(columns)
        self._facts = {each.name: each for each in preview.columns}
        self._rows = preview.rows
        self._places = {name: at for at, name in enumerate(preview.names)}
        self._looked_at = preview.looked_at
        self._noted = {each.column: each.text for each in preview.notices if each.column}
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # fmt: skip
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() in CHOICES else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        column = self.columns[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._text(column, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(self._noted.get(column.name, "") or self._values(column.name))
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._color(column, index.column())
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or index.column() not in CHOICES:
            return False
        chosen = CHOICES[index.column()](value)
        before = self.columns[index.row()]
        changes: dict[str, Any] = {_FIELDS[index.column()]: chosen}
        if before == (after := replace(before, **changes)):
            return False
        self.columns[index.row()] = after
        if chosen is Role.TARGET:
            self._leave_one_target(index.row())
        self.dataChanged.emit(self.index(0, 0), self.index(len(self.columns) - 1, VALUES))
        self.edited.emit(after)
        return True

    def _leave_one_target(self, row: int) -> None:
        """Several numbers can be targets; a class is one, and so the one before becomes a feature."""
        if self.columns[row].type is Type.NUMBER:
            return
        for at, each in enumerate(self.columns):
            if at != row and each.role is Role.TARGET:
                self.columns[at] = replace(each, role=Role.FEATURE)

    def _text(self, column: Column, place: int) -> str:
        match place:
            case 0:
                return line(column.name)
            case 1:
                return column.role
            case 2:
                return column.type
            case 3:
                return self._missing(column.name)
            case 4:
                return column.missing if column.role is Role.FEATURE else ""
        return line(self._values(column.name))

    def _missing(self, name: str) -> str:
        facts = self._facts.get(name)
        if facts is None or not facts.missing:
            return "–"
        return f"{facts.missing / max(1, self._looked_at):.1%}"

    def _values(self, name: str) -> str:
        """``4.3 to 7.9, mean 5.843; 5.1, 4.9, 4.7 …``."""
        facts = self._facts.get(name)
        parts = []
        if facts is not None and facts.low is not None and facts.high is not None:
            parts.append(f"{short(facts.low)} to {short(facts.high)}")
        if facts is not None and facts.distinct:
            parts.append(f"{facts.distinct:,} different")
        place = self._places.get(name)
        if place is not None and facts is not None and facts.distinct:
            parts.append(", ".join(row[place] or "–" for row in self._rows[:6]) + " …")
        elif self._rows and place is None:
            parts += [" ".join(row[1:]) for row in self._rows if row[0] == name]
        return ";  ".join(parts)

    def _color(self, column: Column, place: int) -> QColor | None:
        colors = theme.colors()
        if column.name in self._noted and place in (NAME, VALUES):
            return QColor(colors.warning)
        if column.role is Role.IGNORED:
            return QColor(colors.dim)
        if column.role is not Role.FEATURE and place in (NAME, ROLE):
            return QColor(colors.accent)
        return None
