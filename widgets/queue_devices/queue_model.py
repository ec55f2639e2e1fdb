"""The queue as a table, in the order the runs will start. Dropping a row asks for another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)

from storage.records import RunRecord
from widgets.icons import run_icon
from widgets.text import what_it_trains

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
MIME_TYPE = "application/x-twinbench-queued-run"
_ROW_HEIGHT = 24
TITLES = ("", "Run", "Trains", "Device")


class QueueModel(QAbstractTableModel):
    moved = Signal(int, object)
    """A run was dropped: its id, and the id of the run it goes before, or None for last."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[RunRecord] = []

    def show_queue(self, runs: Sequence[RunRecord]) -> None:
        if [run.id for run in runs] == [run.id for run in self._runs]:
            self._runs = list(runs)
            if runs:
                self.dataChanged.emit(self.index(0, 0), self.index(len(runs) - 1, len(TITLES) - 1))
            return
        self.beginResetModel()
        self._runs = list(runs)
        self.endResetModel()

    def run(self, row: int) -> RunRecord:
        return self._runs[row]

    def ids(self) -> list[int]:
        return [run.id for run in self._runs]

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._runs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        horizontal = orientation == Qt.Orientation.Horizontal
        return TITLES[section] if horizontal and role == Role.DisplayRole else None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        run, column = self._runs[index.row()], index.column()
        if role == Role.DisplayRole:
            return (str(index.row() + 1), run.name, what_it_trains(run.spec), run.spec.device)[
                column
            ]
        if role == Role.DecorationRole and column == 1:
            return run_icon(run.color)
        if role == Role.SizeHintRole and column == 0:
            return QSize(0, _ROW_HEIGHT)
        if role == Role.TextAlignmentRole and column == 0:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    # -- dragging ---------------------------------------------------------------------------------
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsDragEnabled
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME_TYPE]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setData(MIME_TYPE, str(self._runs[indexes[0].row()].id).encode())
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, _column: int, parent: Index
    ) -> bool:
        """Only asks: the rows move when the history has the new order."""
        if action != Qt.DropAction.MoveAction or not data.hasFormat(MIME_TYPE):
            return False
        dropped = int(bytes(data.data(MIME_TYPE).data()))
        place = row if row >= 0 else parent.row() if parent.isValid() else len(self._runs)
        before = self._runs[place].id if place < len(self._runs) else None
        if dropped != before:
            self.moved.emit(dropped, before)
        return False
