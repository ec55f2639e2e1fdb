"""The table of the queue: rows that are dragged, moved by keys and chosen for an action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView

from widgets.queue_devices.queue_model import (
    ALONE,
    DEVICE,
    HELD,
    NAME,
    PLACE,
    PRIORITY,
    TRAINS,
    WAITS,
    QueueModel,
)

_Select = QItemSelectionModel.SelectionFlag
_WIDTHS = {PLACE: 32, NAME: 200, PRIORITY: 40, HELD: 28, ALONE: 28, TRAINS: 190, DEVICE: 64}
_ROOM_FOR_TRAINS, _ROOM_FOR_DEVICE = 760, 520
"""Pixels; in a narrower list what is left unsaid stands in the tip of the run."""


class QueueList(QTreeView):
    move_wanted = Signal(int)
    remove_wanted = Signal()
    menu_wanted = Signal(QPoint)
    picked = Signal(list)
    """list[int]: the runs that a person chose, from top to bottom."""
    opened = Signal(int)

    def __init__(self, model: QueueModel) -> None:
        super().__init__()
        self._queue = model
        self._following = False
        self.setModel(model)
        self._look()
        self.customContextMenuRequested.connect(
            lambda point: self.menu_wanted.emit(self.viewport().mapToGlobal(point))
        )
        self.selectionModel().selectionChanged.connect(self._tell)
        self.doubleClicked.connect(self._open)

    def _look(self) -> None:
        self.setAccessibleName("Queue")
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragDropOverwriteMode(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(24)
        header.setSectionsMovable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for section, width in _WIDTHS.items():
            header.resizeSection(section, width)
        header.setSectionResizeMode(WAITS, QHeaderView.ResizeMode.Stretch)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self.viewport().width()
        self.header().resizeSection(NAME, min(_WIDTHS[NAME], max(90, width // 4)))
        self.setColumnHidden(TRAINS, width < _ROOM_FOR_TRAINS)
        self.setColumnHidden(DEVICE, width < _ROOM_FOR_DEVICE)

    # -- what is chosen -------------------------------------------------------------------------------
    def selected_runs(self) -> list[int]:
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._queue.run(row).id for row in rows]

    @contextmanager
    def changing(self) -> Iterator[None]:
        """While the rows change, and with them what is selected, nobody chooses anything."""
        self._following = True
        try:
            yield
        finally:
            self._following = False

    def show_selection(self, run_ids: Iterable[int]) -> None:
        """Choose those of the runs that wait."""
        wanted = set(run_ids)
        rows = [row for row, run_id in enumerate(self._queue.ids()) if run_id in wanted]
        if [self._queue.run(row).id for row in rows] == self.selected_runs():
            return
        selection = QItemSelection()
        last = self._queue.columnCount() - 1
        for row in rows:
            selection.select(self._queue.index(row, 0), self._queue.index(row, last))
        with self.changing():
            if rows:
                current = self._queue.index(rows[0], NAME)
                self.selectionModel().setCurrentIndex(current, _Select.NoUpdate)
            self.selectionModel().select(selection, _Select.ClearAndSelect)

    def _tell(self) -> None:
        """A click into the empty part of the list leaves what is selected elsewhere."""
        chosen = self.selected_runs()
        if chosen and not self._following:
            self.picked.emit(chosen)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self._queue.run(index.row()).id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        if alt and event.key() in steps:
            self.move_wanted.emit(steps[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Delete:
            self.remove_wanted.emit()
        else:
            super().keyPressEvent(event)
