"""Precision, recall, F1 and support of each class, a column a run, the best marked."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from runners.protocol import ArtifactKind
from storage.records import RunRecord
from widgets import plain, theme
from widgets.icons import run_swatch
from widgets.new_run.segments import Segments
from widgets.outputs.page import Page, sort_out
from widgets.parts import row, tool_button
from widgets.saving import ask_where, copy_table, save_table
from widgets.text import what_it_trains
from workbench.artifacts import (
    FIGURES,
    ArtifactCache,
    ArtifactError,
    Confusion,
    parse_confusion,
)
from workbench.session import Session

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_TITLES = {"precision": "Precision", "recall": "Recall", "f1": "F1", "support": "Support"}
_MEAN = "Mean of the classes"
_BEST_MARK = "★ "
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class ClassRow:
    """``values`` stand in the order of the runs; NaN where a run does not know the class."""

    name: str
    values: tuple[float, ...]
    is_mean: bool = False

    @property
    def spread(self) -> float:
        known = [value for value in self.values if not math.isnan(value)]
        return max(known) - min(known) if known else math.nan


def class_rows(matrices: Sequence[Confusion], figure: str) -> list[ClassRow]:
    """A row a class, in the order of the runs' classes, then their mean."""
    by_name = [dict(zip(each.classes, each.per_class, strict=True)) for each in matrices]
    names = list(dict.fromkeys(name for each in matrices for name in each.classes))
    rows = [
        ClassRow(name, tuple(known[name][figure] if name in known else math.nan for known in by_name))
        for name in names
    ]  # fmt: skip
    means = tuple(
        sum(one[figure] for one in each.per_class) / max(1, len(each.per_class))
        for each in matrices
    )
    return [*rows, ClassRow(_MEAN, means, is_mean=True)]


class ClassesModel(QAbstractTableModel):
    """The classes beside their names; a column a run, then how far the runs are apart."""

    def __init__(self) -> None:
        super().__init__()
        self.matrices: list[tuple[RunRecord, Confusion]] = []
        self.rows: list[ClassRow] = []
        self.figure = "f1"
        self._order: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)
        theme.theme().changed.connect(self._repaint)

    def set_matrices(self, matrices: Sequence[tuple[RunRecord, Confusion]]) -> None:
        self.matrices = list(matrices)
        self._make()

    def show_figure(self, figure: str) -> None:
        self.figure = figure
        self._make()

    def _make(self) -> None:
        self.beginResetModel()
        self.rows = class_rows([matrix for _, matrix in self.matrices], self.figure)
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By a column; -1 is as the dataset has its classes. The mean stays last."""
        self._order = column, order
        self._make()

    def _arrange(self) -> None:
        column, order = self._order
        if not 0 <= column < self.columnCount():
            return
        *classes, mean = self.rows
        down = order == Qt.SortOrder.DescendingOrder

        def key(each: ClassRow) -> float:
            value = self._number(each, column)
            return math.inf if math.isnan(value) else -value if down else value

        self.rows = [*sorted(classes, key=key), mean]

    def _number(self, each: ClassRow, column: int) -> float:
        return each.spread if column == len(self.matrices) else each.values[column]

    def _repaint(self) -> None:
        if self.rows and self.columnCount():
            last = self.index(len(self.rows) - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    # -- what Qt asks -----------------------------------------------------------------------------------
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() or not self.matrices else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() or not self.matrices else len(self.matrices) + 1

    def is_best(self, each: ClassRow, column: int) -> bool:
        """Whether the run is the best of several that are not all equal."""
        if column >= len(self.matrices) or self.figure == "support" or not each.spread > 0:
            return False
        known = [value for value in each.values if not math.isnan(value)]
        return each.values[column] == max(known)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        each, column = self.rows[index.row()], index.column()
        best = self.is_best(each, column)
        if role == Role.DisplayRole:
            return (_BEST_MARK if best else "") + self._text(self._number(each, column))
        if role == Role.TextAlignmentRole:
            return _RIGHT
        if role == Role.FontRole and (best or each.is_mean):
            return theme.font(bold=True)
        if role == Role.ForegroundRole and best:
            return QColor(theme.colors().success)
        if role == Role.BackgroundRole and each.is_mean:
            return QColor(theme.colors().window)
        return None

    def _text(self, value: float) -> str:
        if math.isnan(value):
            return "–"
        return f"{value:,.0f}" if self.figure == "support" else f"{value:.4f}"

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical:
            shown = role == Role.DisplayRole and section < len(self.rows)
            return plain.line(self.rows[section].name) if shown else None
        if section >= len(self.matrices):
            tip = plain.tip("The largest less the smallest of the runs")
            return {Role.DisplayRole: "Apart", Role.ToolTipRole: tip}.get(Role(role))
        run = self.matrices[section][0]
        if role == Role.DisplayRole:
            return plain.line(run.name)
        if role == Role.DecorationRole:
            return run_swatch(run.color)
        if role == Role.ToolTipRole:
            return plain.tip(f"#{run.id} {run.name}\n{what_it_trains(run.spec)}")
        return None

    # -- as text ------------------------------------------------------------------------------------
    def as_csv(self, separator: str = ",") -> str:
        """All four figures with every digit, a column a run."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=separator, lineterminator="\n")
        writer.writerow(["figure", "class", *(run.name for run, _ in self.matrices)])
        writer.writerow(["id", "", *(run.id for run, _ in self.matrices)])
        for figure in FIGURES:
            for each in class_rows([matrix for _, matrix in self.matrices], figure):
                values = ["" if math.isnan(value) else repr(value) for value in each.values]
                writer.writerow([figure, each.name, *values])
        return out.getvalue()


class ClassesPage(Page):
    kind = ArtifactKind.CONFUSION_MATRIX

    def __init__(self, session: Session, cache: ArtifactCache) -> None:
        super().__init__(session, cache, "format-list-numbered")
        self.model = ClassesModel()
        self.figure = Segments({name: _TITLES[name] for name in ("f1", "precision", "recall", "support")})  # fmt: skip
        self.figure.setAccessibleName("Figure")
        copy = tool_button("content-copy", "Copy all figures (Ctrl+C in the table)")
        save = tool_button("content-save-outline", "Save all figures as CSV")
        layout = row(self.figure, copy, save)
        layout.setContentsMargins(10, 3, 8, 3)
        layout.addStretch(1)
        self.bar.setLayout(layout)
        self._make_table()
        self.set_content(self.table)
        self.figure.changed.connect(self.model.show_figure)
        copy.clicked.connect(self.copy)
        save.clicked.connect(self._ask_where)

    def _make_table(self) -> None:
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setFont(theme.font())
        self.table.setAccessibleName("Figures of each class")
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        columns, rows = self.table.horizontalHeader(), self.table.verticalHeader()
        columns.setDefaultSectionSize(132)
        columns.setIconSize(QSize(12, 12))
        columns.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        columns.setDefaultAlignment(_RIGHT)
        columns.setSortIndicatorClearable(True)
        columns.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        rows.setDefaultSectionSize(26)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.setSortingEnabled(True)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.copy)

    def show_outputs(self) -> None:
        wanted = self.first_of(ArtifactKind.CONFUSION_MATRIX)
        if not wanted:
            self.say_empty(
                "No figures of classes yet",
                "A run is tested when it has trained. Wait for it, or select runs that are finished.",
            )
            return

        def take(found: list[Confusion | ArtifactError]) -> None:
            read, problems = sort_out(wanted, found)
            if read:
                self.model.set_matrices(read)
                self.show_content()
            else:
                self.say_empty("No figures of classes can be read", "Retry the runs to get new ones.")  # fmt: skip
            self.tell_problems(problems)

        self.read(wanted, parse_confusion, take)

    # -- as text ------------------------------------------------------------------------------------
    def copy(self) -> None:
        copy_table(self.session, self.model.as_csv("\t"), "the figures of the classes")

    def _ask_where(self) -> None:
        ask_where(
            self,
            "Save the figures of the classes as CSV",
            Path("classes.csv"),
            "CSV (*.csv)",
            self.save,
        )

    def save(self, path: Path) -> None:
        save_table(self.session, path, self.model.as_csv(), "the figures")
