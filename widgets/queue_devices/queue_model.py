"""The queue as a table, in the order the runs will start. Dropping rows asks for another order."""

from __future__ import annotations

import json
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
from PySide6.QtGui import QColor

from storage.records import RunRecord
from widgets.icons import HELD_GLYPH, icon, run_icon
from widgets.plain import line, tip
from widgets.runs.columns import now
from widgets.states import detail
from widgets.text import what_it_trains
from widgets.theme import colors

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
MIME_TYPE = "application/x-twinbench-queued-runs"
_ROW_HEIGHT = 24
_BULK = 200
"""From this many changes on, a reset costs less than moving rows one by one."""
PLACE, NAME, PRIORITY, HELD, ALONE, WAITS, TRAINS, DEVICE = range(8)
TITLES = ("", "Run", "Priority", "Held", "Alone", "Waits for", "Trains", "Device")
ALONE_GLYPH = "target"
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class QueueModel(QAbstractTableModel):
    moved = Signal(list, object)
    """Runs were dropped: their ids in order, and the id of the run they go before, or None for last."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[RunRecord] = []

    def show_queue(self, runs: Sequence[RunRecord]) -> None:
        """Show these, in this order. What is selected stays so, wherever it stands now."""
        wanted, before = {run.id for run in runs}, {run.id for run in self._runs}
        if len(wanted ^ before) > _BULK:
            self.beginResetModel()
            self._runs = list(runs)
            self.endResetModel()
            return
        self._drop(before - wanted)
        self._add([run for run in runs if run.id not in before])
        self._order(list(runs))
        if runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(runs) - 1, len(TITLES) - 1))

    def _drop(self, gone: set[int]) -> None:
        for row in reversed([row for row, run in enumerate(self._runs) if run.id in gone]):
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._runs[row]
            self.endRemoveRows()

    def _add(self, new: list[RunRecord]) -> None:
        if new:
            first = len(self._runs)
            self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
            self._runs.extend(new)
            self.endInsertRows()

    def _order(self, runs: list[RunRecord]) -> None:
        if [run.id for run in runs] == self.ids():
            self._runs = runs
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self._runs[index.row()].id for index in before]
        self._runs = runs
        places = {run.id: row for row, run in enumerate(runs)}
        after = [
            self.index(places[run_id], index.column())
            for run_id, index in zip(ids, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def run(self, row: int) -> RunRecord:
        return self._runs[row]

    def ids(self) -> list[int]:
        return [run.id for run in self._runs]

    # -- what Qt asks for ---------------------------------------------------------------------------
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._runs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        glyphs = {PRIORITY: "chevron-double-up", HELD: HELD_GLYPH, ALONE: ALONE_GLYPH}
        if role == Role.DecorationRole and section in glyphs:
            return icon(glyphs[section], "dim")
        if role in (Role.ToolTipRole, Role.AccessibleTextRole):
            return TITLES[section] or "Place in the queue"
        return TITLES[section] if role == Role.DisplayRole and section not in glyphs else None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        run, column = self._runs[index.row()], index.column()
        if role == Role.DisplayRole:
            return _text(run, column, index.row())
        if role == Role.DecorationRole:
            return _decoration(run, column)
        if role == Role.ToolTipRole:
            return _tip(run, column)
        if role == Role.AccessibleTextRole:
            return _spoken(run, column)
        if role == Role.SizeHintRole and column == PLACE:
            return QSize(0, _ROW_HEIGHT)
        if role == Role.TextAlignmentRole:
            return _RIGHT if column in (PLACE, PRIORITY) else _LEFT
        if role == Role.ForegroundRole and (column == PLACE or run.options.held):
            return QColor(colors().dim)
        return None

    # -- dragging ---------------------------------------------------------------------------------
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return _FLAGS | Qt.ItemFlag.ItemIsDragEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME_TYPE]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        rows = sorted({index.row() for index in indexes})
        data = QMimeData()
        data.setData(MIME_TYPE, json.dumps([self._runs[row].id for row in rows]).encode())
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, _column: int, parent: Index
    ) -> bool:
        """Only asks: the rows move when the history has the new order."""
        if action != Qt.DropAction.MoveAction or not data.hasFormat(MIME_TYPE):
            return False
        there = self.ids()
        dropped = json.loads(bytes(data.data(MIME_TYPE).data()))
        place = row if row >= 0 else parent.row() if parent.isValid() else len(there)
        below = [each for each in there[place:] if each not in dropped]
        self.moved.emit(dropped, below[0] if below else None)
        return False


def _text(run: RunRecord, column: int, row: int) -> str | None:
    match column:
        case 0:
            return str(row + 1)
        case 1:
            return line(run.name)
        case 2:
            return f"{run.options.priority:+d}" if run.options.priority else ""
        case 5:
            return line(detail(run, now())).removeprefix("waits for ")
        case 6:
            return what_it_trains(run.spec)
        case 7:
            return run.spec.device
    return None


def _decoration(run: RunRecord, column: int) -> Any:
    if column == NAME:
        return run_icon(run.color)
    if column == HELD and run.options.held:
        return icon(HELD_GLYPH, "warning")
    return icon(ALONE_GLYPH, "accent") if column == ALONE and run.options.alone else None


def _tip(run: RunRecord, column: int) -> str | None:
    if column in (PRIORITY, HELD, ALONE):
        return _spoken(run, column)
    if column == NAME:
        return tip(f"#{run.id} {run.name}\n{what_it_trains(run.spec)}")
    return tip(detail(run, now())) or None if column == WAITS else None


def _spoken(run: RunRecord, column: int) -> str | None:
    """What an icon or a bare number says."""
    options = run.options
    if column == PRIORITY:
        return f"Priority {options.priority}" + ("" if options.priority else ", as most have it")
    if column == HELD:
        return "Held: it waits until it is released" if options.held else "Not held"
    if column == ALONE:
        return "Runs while nothing else trains" if options.alone else "Runs beside others"
    return None
