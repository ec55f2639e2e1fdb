"""Where a person is in the table of runs while its rows become others: what is selected, current and in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel

if TYPE_CHECKING:
    from widgets.runs.table import RunsTable


class Standing:
    """`keep` before a change, `restore` after it. At the top of the list one stays at the top."""

    def __init__(self, table: RunsTable) -> None:
        self._table = table
        self._selected: tuple[int, ...] = ()
        self._current: int | None = None
        self._column = 0
        self._anchor: tuple[int, int] | None = None
        self._sideways = 0

    def keep(self) -> None:
        table, model = self._table, self._table.runs
        self._selected = table.selected_runs()
        current = table.currentIndex()
        self._current = model.key_at(current.row())
        self._column = current.column()
        self._sideways = table.horizontalScrollBar().value()
        self._anchor = None
        if table.verticalScrollBar().value() > 0 and (top := table.rowAt(0)) >= 0:
            key = model.key_at(top)
            self._anchor = None if key is None else (key, table.rowViewportPosition(top))

    def restore(self) -> None:
        table, model = self._table, self._table.runs
        if set(table.selected_runs()) != set(self._selected):
            table.select_runs(self._selected, scroll=False)
        row = None if self._current is None else model.row_of_key(self._current)
        if row is not None and table.currentIndex().row() != row:
            index = model.index(row, max(0, min(self._column, model.columnCount() - 1)))
            flag = QItemSelectionModel.SelectionFlag.NoUpdate
            table.selectionModel().setCurrentIndex(index, flag)
        self._scroll_back()

    def _scroll_back(self) -> None:
        """Let the row at the top stand where it stood; setting a current row may have scrolled."""
        table = self._table
        table.horizontalScrollBar().setValue(self._sideways)
        bar = table.verticalScrollBar()
        if self._anchor is None:
            bar.setValue(0)
            return
        key, was = self._anchor
        row = table.runs.row_of_key(key)
        if row is not None:
            bar.setValue(bar.value() + table.rowViewportPosition(row) - was)
