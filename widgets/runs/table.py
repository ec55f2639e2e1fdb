"""The table of runs, with the one selection that all views share."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView

from widgets.runs.columns import COLUMNS, CREATED, NAME, PROGRESS
from widgets.runs.model import RunsModel
from widgets.runs.progress import ProgressDelegate

_Select = QItemSelectionModel.SelectionFlag


class RunsTable(QTableView):
    picked = Signal(tuple)
    """tuple[int, ...]: the runs that a person selected, the current one first."""
    opened = Signal(int)
    """A run was double-clicked, or Enter was pressed on it."""

    def __init__(self, model: RunsModel) -> None:
        super().__init__()
        self._runs = model
        self._following = False
        self.setModel(model)
        self._progress = ProgressDelegate(self)
        self.setItemDelegateForColumn(PROGRESS, self._progress)
        self._look()
        self.selectionModel().selectionChanged.connect(self._tell)
        self.doubleClicked.connect(self._open_index)

    def _look(self) -> None:
        self.setAccessibleName("Runs")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 12)
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        digit = self.fontMetrics().averageCharWidth()
        for place, column in enumerate(COLUMNS):
            header.resizeSection(place, column.width * digit + 12)
        header.setSortIndicator(CREATED, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)

    def selected_runs(self) -> tuple[int, ...]:
        """The selected runs, the current one first, the others from top to bottom."""
        chosen = self.selectionModel().selection()
        parts = [chosen.at(place) for place in range(chosen.count())]
        rows = sorted({row for part in parts for row in range(part.top(), part.bottom() + 1)})
        current = self.currentIndex().row()
        if current in rows:
            rows.remove(current)
            rows.insert(0, current)
        return tuple(self._runs.run_at(row).id for row in rows)

    def show_selection(self, run_ids: tuple[int, ...]) -> None:
        """Select what another view selected."""
        if set(run_ids) == set(self.selected_runs()):
            return
        self._following = True
        self.select_runs(run_ids)
        self._following = False

    def select_runs(self, run_ids: tuple[int, ...]) -> None:
        rows = [row for run_id in run_ids if (row := self._runs.row_of(run_id)) is not None]
        selection = QItemSelection()
        last = len(COLUMNS) - 1
        for row in rows:
            selection.select(self._runs.index(row, 0), self._runs.index(row, last))
        model = self.selectionModel()
        if rows:
            current = self._runs.index(rows[0], NAME)
            model.setCurrentIndex(current, _Select.NoUpdate)
            self.scrollTo(current)
        model.select(selection, _Select.ClearAndSelect)

    def edit_name(self) -> None:
        index = self.currentIndex()
        if index.isValid():
            self.edit(self._runs.index(index.row(), NAME))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        editing = self.state() == QAbstractItemView.State.EditingState
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not editing:
            self._open_index(self.currentIndex())
        elif event.key() == Qt.Key.Key_F2:
            self.edit_name()
        else:
            super().keyPressEvent(event)

    def _tell(self) -> None:
        if not self._following:
            self.picked.emit(self.selected_runs())

    def _open_index(self, index: QModelIndex) -> None:
        if index.isValid() and index.column() >= 0:
            self.opened.emit(self._runs.run_at(index.row()).id)
