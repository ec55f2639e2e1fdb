"""The differences of runs as a table: sections, facts below them, a column a run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor

from storage.records import RunRecord
from widgets import theme
from widgets.plain import line, tip
from workbench.explain.difference import Difference, Section
from workbench.replicates import words

Index = QModelIndex | QPersistentModelIndex
_WASH = 0.16


class DifferenceModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.runs: Sequence[RunRecord] = ()
        self.rows: list[Section | Difference] = []
        self.base = 0

    def show_rows(self, runs: Sequence[RunRecord], found: Sequence[Difference], base: int) -> None:
        self.beginResetModel()
        self.runs, self.base, self.rows = runs, base, []
        for section, rows in groupby(found, key=lambda row: row.section):
            self.rows += [section, *rows]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.runs)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal:
            return self._run_header(section, role)
        row = self.rows[section]
        heading = isinstance(row, Section)
        if role == Qt.ItemDataRole.DisplayRole:
            return row.value if isinstance(row, Section) else line(row.name)
        if role == Qt.ItemDataRole.FontRole:
            return theme.font(bold=heading)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QBrush(QColor(theme.colors().text if heading else theme.colors().dim))
        return None

    def _run_header(self, place: int, role: int) -> Any:
        run = self.runs[place]
        if role == Qt.ItemDataRole.DisplayRole:
            return ("base: " if place == self.base else "") + line(run.name)
        if role == Qt.ItemDataRole.DecorationRole:
            return theme.run_color(run.color)
        return tip(run.name) if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, place = self.rows[index.row()], index.column()
        if isinstance(row, Section):
            wash = theme.colors().window
            return QBrush(QColor(wash)) if role == Qt.ItemDataRole.BackgroundRole else None
        value = row.values[place]
        if role == Qt.ItemDataRole.DisplayRole:
            return "–" if value is None else line(words(value))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip("it has none" if value is None else words(value))
        if role == Qt.ItemDataRole.BackgroundRole and row.change(place) != "same":
            return QBrush(theme.mixed(_color(row.change(place)), theme.colors().base, _WASH))
        if role == Qt.ItemDataRole.ForegroundRole and row.change(place) == "same" and place != self.base:  # fmt: skip
            return QBrush(QColor(theme.colors().dim))
        return None

    def as_text(self) -> str:
        """With tabs, which spreadsheets take."""
        lines = ["\t".join(["", "", *(line(run.name) for run in self.runs)])]
        for row in self.rows:
            if isinstance(row, Difference):
                values = ("" if each is None else line(words(each)) for each in row.values)
                lines.append("\t".join([row.section.value, line(row.name), *values]))
        return "\n".join(lines) + "\n"


def _color(change: str) -> str:
    colors = theme.colors()
    return {"added": colors.success, "removed": colors.error}.get(change, colors.warning)
