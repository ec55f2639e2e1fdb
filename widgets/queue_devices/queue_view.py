"""The queue, whose order is changed by dragging, by buttons or by Alt+Up and Alt+Down."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStackedWidget, QTreeView, QWidget

from runners.protocol import State
from storage.records import RunRecord
from widgets.parts import EmptyState, column, label, row, tool_button
from widgets.queue_devices.queue_model import QueueModel
from workbench.session import Session


class QueueView(QWidget):
    opened = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.model = QueueModel()
        self.list = _QueueList(self.model)
        self._title = label("Queue", "heading")
        self.up = tool_button("arrow-up", "Start this run earlier (Alt+Up)")
        self.down = tool_button("arrow-down", "Start this run later (Alt+Down)")
        self.remove = tool_button("close", "Take this run out of the queue (Del)")
        self._pages = QStackedWidget()
        self._pages.addWidget(
            EmptyState(
                "timer-sand-empty",
                "Nothing waits",
                "A run waits here until a device is free for it.",
            )
        )
        self._pages.addWidget(self.list)
        head = row(self._title, space=2)
        head.setContentsMargins(8, 4, 6, 4)
        head.addStretch(1)
        for each in (self.up, self.down, self.remove):
            head.addWidget(each)
        self.setLayout(column(head, self._pages, space=0))
        self._connect()
        self._show()

    def _connect(self) -> None:
        self.model.moved.connect(self._session.move_in_queue)
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.remove.clicked.connect(self._remove)
        self.list.move_wanted.connect(self._move)
        self.list.remove_wanted.connect(self._remove)
        self.list.doubleClicked.connect(
            lambda index: self.opened.emit(self.model.run(index.row()).id)
        )
        self.list.selectionModel().selectionChanged.connect(self._allow)
        self._session.runs_changed.connect(self._take)

    def _take(self, runs: list[RunRecord]) -> None:
        shown = set(self.model.ids())
        if any(run.state == State.QUEUED or run.id in shown for run in runs):
            self._show()

    def _show(self) -> None:
        waiting = [run for run in self._session.runs.values() if run.state == State.QUEUED]
        waiting.sort(key=lambda run: (run.position, run.id))
        chosen = self._chosen()
        self.model.show_queue(waiting)
        self._choose(chosen)
        self._title.setText(f"Queue ({len(waiting):,})" if waiting else "Queue")
        self._pages.setCurrentIndex(1 if waiting else 0)
        self._allow()

    def _chosen(self) -> int | None:
        rows = self.list.selectionModel().selectedRows()
        return self.model.run(rows[0].row()).id if rows else None

    def _choose(self, run_id: int | None) -> None:
        ids = self.model.ids()
        if run_id in ids:
            self.list.setCurrentIndex(self.model.index(ids.index(run_id), 0))

    def _allow(self) -> None:
        ids, chosen = self.model.ids(), self._chosen()
        self.up.setEnabled(chosen is not None and ids[0] != chosen)
        self.down.setEnabled(chosen is not None and ids[-1] != chosen)
        self.remove.setEnabled(chosen is not None)

    def _move(self, step: int) -> None:
        """Ask for the chosen run to start one place earlier (-1) or later (1)."""
        ids, chosen = self.model.ids(), self._chosen()
        if chosen is None:
            return
        place = ids.index(chosen) + step
        if 0 <= place < len(ids):
            others = [each for each in ids if each != chosen]
            self._session.move_in_queue(chosen, others[place] if place < len(others) else None)

    def _remove(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._session.stop_runs([chosen])


class _QueueList(QTreeView):
    move_wanted = Signal(int)
    remove_wanted = Signal()

    def __init__(self, model: QueueModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName("Queue")
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragDropOverwriteMode(False)
        self.setHeaderHidden(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(24)
        header.resizeSection(0, 30)
        header.setResizeContentsPrecision(50)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(3, 64)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if alt and event.key() in steps:
            self.move_wanted.emit(steps[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Delete:
            self.remove_wanted.emit()
        else:
            super().keyPressEvent(event)
