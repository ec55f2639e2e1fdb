"""The runs as a table, kept sorted and filtered as records arrive; nothing is reset for one change.

Rows stand in a list of sort keys, ascending, so that a run's row is found by bisection and sorting
never asks Qt for data.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from storage.records import RunRecord, main_metric
from widgets.icons import icon_of_run, run_icon
from widgets.plain import tip
from widgets.runs.columns import (
    COLUMNS,
    CREATED,
    DURATION,
    NAME,
    RESULT,
    STATE,
    SortKey,
    now,
    searched_text,
)
from widgets.states import advice, detail, is_stalled
from widgets.text import full_moment
from widgets.theme import colors, state_color

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
RECORD = Role.UserRole
_ROLES = frozenset(
    {
        Role.DisplayRole,
        Role.EditRole,
        Role.DecorationRole,
        Role.ForegroundRole,
        Role.TextAlignmentRole,
        Role.ToolTipRole,
        RECORD,
    }
)
"""Qt asks every cell for a dozen roles at every paint; the others are answered at once."""
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
_NAME_FLAGS = _FLAGS | Qt.ItemFlag.ItemIsEditable
_BULK = 200
"""From this many changes on, a reset costs less than moving rows one by one."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class RunsModel(QAbstractTableModel):
    renamed = Signal(int, str)
    """A person typed a new name for a run."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: dict[int, RunRecord] = {}
        self._rows: list[tuple[SortKey, int]] = []
        self._keys: dict[int, SortKey] = {}
        self._column = CREATED
        self._descending = True
        self._words: list[str] = []
        self._searched: dict[int, tuple[RunRecord, str]] = {}

    # -- what the panel asks for --------------------------------------------------------------
    def update(self, runs: Iterable[RunRecord]) -> None:
        """Take new and changed runs; one with ``trashed`` set leaves."""
        changed = list(runs)
        if len(changed) < _BULK:
            for run in changed:
                self._place(run)
            return
        for run in changed:
            self._runs[run.id] = run
            if run.trashed is not None:
                del self._runs[run.id]
        self._rebuild()

    def set_filter(self, text: str) -> None:
        """Show the runs that have every word of the text."""
        words = text.casefold().split()
        if words != self._words:
            self._words = words
            self._rebuild()

    def run_at(self, row: int) -> RunRecord:
        return self._runs[self._rows[self._position(row)][1]]

    def row_of(self, run_id: int) -> int | None:
        """The row that shows the run, or None if the filter hides it or it is not there."""
        key = self._keys.get(run_id)
        return None if key is None else self._row(bisect_left(self._rows, (key, run_id)))

    @property
    def total(self) -> int:
        """How many runs there are, shown or not."""
        return len(self._runs)

    def tick(self) -> None:
        """Let the durations of active runs grow."""
        for run_id in [run.id for run in self._runs.values() if run.state.active]:
            row = self.row_of(run_id)
            if row is not None:
                index = self.index(row, DURATION)
                self.dataChanged.emit(index, index, [Role.DisplayRole])

    # -- what Qt asks for -----------------------------------------------------------------------
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Role.DisplayRole:
            return column.title
        if role == Role.ToolTipRole:
            return column.tip or None
        if role == Role.TextAlignmentRole:
            return _RIGHT if column.number else _LEFT
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _NAME_FLAGS if index.column() == NAME else _FLAGS

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if role not in _ROLES or not index.isValid():
            return None
        run, column = self.run_at(index.row()), index.column()
        if role in (Role.DisplayRole, Role.EditRole):
            return COLUMNS[column].text(run)
        if role == RECORD:
            return run
        if role == Role.TextAlignmentRole:
            return _RIGHT if COLUMNS[column].number else None
        if role == Role.DecorationRole:
            return _decoration(run, column)
        if role == Role.ForegroundRole:
            return _color(run, column)
        if role == Role.ToolTipRole:
            return _tip(run, column)
        return None

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        """Ask for the new name; it shows when the history has it."""
        name = str(value).strip()
        if role != Role.EditRole or index.column() != NAME or not name:
            return False
        run = self.run_at(index.row())
        if name != run.name:
            self.renamed.emit(run.id, name)
        return True

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        descending = order == Qt.SortOrder.DescendingOrder
        if column < 0 or (column, descending) == (self._column, self._descending):
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self.run_at(index.row()).id for index in before]
        self._column, self._descending = column, descending
        self._compute_rows()
        after = [
            self.index(self.row_of(run_id) or 0, index.column())
            for run_id, index in zip(ids, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    # -- rows -------------------------------------------------------------------------------------
    def _row(self, position: int) -> int:
        return len(self._rows) - 1 - position if self._descending else position

    _position = _row

    def _matches(self, run: RunRecord) -> bool:
        if not self._words:
            return True
        known = self._searched.get(run.id)
        if known is None or known[0] is not run:
            known = self._searched[run.id] = (run, searched_text(run))
        return all(word in known[1] for word in self._words)

    def _compute_rows(self) -> None:
        key_of = COLUMNS[self._column].key
        self._keys = {run.id: key_of(run) for run in self._runs.values() if self._matches(run)}
        self._rows = sorted((key, run_id) for run_id, key in self._keys.items())

    def _rebuild(self) -> None:
        self.beginResetModel()
        self._compute_rows()
        self.endResetModel()

    def _place(self, run: RunRecord) -> None:
        """Put one run where it belongs now, or take it out."""
        there = run.trashed is None
        if run.id in self._keys and not (there and self._matches(run)):
            self._remove(run.id)
        if there:
            self._runs[run.id] = run
        else:
            self._runs.pop(run.id, None)
        if run.id in self._keys:
            self._change(run)
        elif there and self._matches(run):
            self._insert(run)

    def _insert(self, run: RunRecord) -> None:
        entry = (COLUMNS[self._column].key(run), run.id)
        position = bisect_left(self._rows, entry)
        row = len(self._rows) - position if self._descending else position
        self.beginInsertRows(QModelIndex(), row, row)
        self._rows.insert(position, entry)
        self._keys[run.id] = entry[0]
        self.endInsertRows()

    def _remove(self, run_id: int) -> None:
        position = bisect_left(self._rows, (self._keys[run_id], run_id))
        row = self._row(position)
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._rows[position]
        del self._keys[run_id]
        self.endRemoveRows()

    def _change(self, run: RunRecord) -> None:
        key = COLUMNS[self._column].key(run)
        if key != self._keys[run.id]:
            self._move(run.id, key)
        row = self.row_of(run.id)
        if row is not None:
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def _move(self, run_id: int, key: SortKey) -> None:
        old = bisect_left(self._rows, (self._keys[run_id], run_id))
        new = bisect_left(self._rows, (key, run_id))
        new -= new > old
        source, target = self._row(old), self._row(new)
        moving = source != target
        if moving:
            place = target + 1 if target > source else target
            self.beginMoveRows(QModelIndex(), source, source, QModelIndex(), place)
        del self._rows[old]
        self._rows.insert(new, (key, run_id))
        self._keys[run_id] = key
        if moving:
            self.endMoveRows()


def _decoration(run: RunRecord, column: int) -> Any:
    if column == NAME:
        return run_icon(run.color)
    return icon_of_run(run) if column == STATE else None


def _color(run: RunRecord, column: int) -> QColor | None:
    """A result that is not the test's is not yet the last word."""
    if column == STATE:
        return QColor(colors().warning) if is_stalled(run) else state_color(run.state)
    final = (main_metric(run) or "").startswith("test/")
    return QColor(colors().dim) if column == RESULT and not final else None


def _tip(run: RunRecord, column: int) -> str | None:
    if column == STATE:
        return tip("\n".join(filter(None, (detail(run, now()), advice(run))))) or None
    if column == CREATED:
        return full_moment(run.created)
    if column == RESULT:
        return main_metric(run)
    return tip(f"#{run.id} {run.name}") if column == NAME else None
