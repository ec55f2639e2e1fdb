"""The confusion matrix of a run as a heat map, with what follows from it for each class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from widgets import plain, theme
from widgets.outputs.cells import cell_tip, share_color
from widgets.parts import ElidedLabel
from workbench.artifacts import FIGURES, Confusion

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_FIGURE_TITLES = ("Precision", "Recall", "F1", "Support")
_CELL_WIDTH = 42
_FIGURE_WIDTH = 66


class ConfusionModel(QAbstractTableModel):
    """A row a true class; a column a given class, then a column a figure."""

    def __init__(self) -> None:
        super().__init__()
        self._matrix: Confusion | None = None
        self._shares: NDArray[np.float64] = np.zeros((0, 0))
        self._percent = False
        theme.theme().changed.connect(self._repaint)

    def set_matrix(self, matrix: Confusion | None) -> None:
        self.beginResetModel()
        self._matrix = matrix
        self._shares = matrix.shares if matrix is not None else np.zeros((0, 0))
        self.endResetModel()

    def show_percent(self, percent: bool) -> None:
        self._percent = percent
        self._repaint()

    def _repaint(self) -> None:
        if self.rowCount():
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    @property
    def class_count(self) -> int:
        return len(self._matrix.classes) if self._matrix is not None else 0

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else self.class_count

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        if parent.isValid() or not self.class_count:
            return 0
        return self.class_count + len(FIGURES)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if self._matrix is None or not index.isValid():
            return None
        row, given = index.row(), index.column()
        if given >= self.class_count:
            return self._figure(row, FIGURES[given - self.class_count], role)
        return self._cell(self._matrix, row, given, role)

    def _cell(self, matrix: Confusion, row: int, given: int, role: int) -> Any:
        count, share = int(matrix.counts[row, given]), float(self._shares[row, given])
        if role == Role.DisplayRole:
            if not count:
                return "·"
            return f"{100 * share:.1f}" if self._percent else f"{count:,}"
        if role == Role.ToolTipRole:
            true, taken = matrix.classes[row], matrix.classes[given]
            return plain.tip(cell_tip(true, taken, count, share))
        if role == Role.BackgroundRole and count:
            return share_color(share, right=row == given)
        if role == Role.ForegroundRole:
            return QColor(theme.colors().text if count else theme.colors().dim)
        if role == Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        return None

    def _figure(self, row: int, name: str, role: int) -> Any:
        assert self._matrix is not None
        value = self._matrix.per_class[row][name]
        if role == Role.DisplayRole:
            return f"{value:,.0f}" if name == "support" else f"{value:.4f}"
        if role == Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if self._matrix is None or role not in (Role.DisplayRole, Role.ToolTipRole):
            return None
        if section < self.class_count:
            name = self._matrix.classes[section]
            if role == Role.DisplayRole:
                return plain.line(name)
            vertical = orientation == Qt.Orientation.Vertical
            return plain.tip(f"{name}, the truth" if vertical else f"Taken for {name}")
        return _FIGURE_TITLES[section - self.class_count]


class ConfusionView(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.model = ConfusionModel()
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setShowGrid(False)
        self.table.setFont(theme.font())
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.table.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setAccessibleName("Confusion matrix")
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(27)
        self.table.verticalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._counts, self._percent = QPushButton("Counts"), QPushButton("Percent of row")
        group = QButtonGroup(self)
        for each, place in ((self._counts, "first"), (self._percent, "last")):
            each.setCheckable(True)
            each.setProperty("segment", place)
            group.addButton(each)
        self._counts.setChecked(True)
        self._percent.toggled.connect(self.model.show_percent)
        self.bar = QWidget()
        """Belongs beside the title; whoever shows the matrix puts it there."""
        bar = QHBoxLayout(self.bar)
        bar.setContentsMargins(10, 3, 8, 3)
        bar.setSpacing(0)
        explanation = ElidedLabel("Rows are the truth, columns what the model said", "dim")
        bar.addWidget(explanation, 1)
        bar.addSpacing(8)
        bar.addWidget(self._counts)
        bar.addWidget(self._percent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.table, 1)

    def set_matrix(self, matrix: Confusion | None) -> None:
        self.model.set_matrix(matrix)
        classes = self.model.class_count
        metrics = self.table.horizontalHeader().fontMetrics()
        longest = max(
            (metrics.horizontalAdvance(name) for name in matrix.classes) if matrix else (),
            default=0,
        )
        width = max(_CELL_WIDTH, min(longest + 16, 2 * _CELL_WIDTH))
        for place in range(self.model.columnCount()):
            self.table.setColumnWidth(place, width if place < classes else _FIGURE_WIDTH)
