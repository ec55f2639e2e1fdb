"""The queue, whose order is changed by dragging, by buttons or by Alt+Up and Alt+Down."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from runners.protocol import State
from storage.records import RunRecord
from widgets.parts import EmptyState, column, label, row, tool_button
from widgets.queue_devices.hold_bar import HoldBar
from widgets.queue_devices.queue_list import QueueList
from widgets.queue_devices.queue_model import QueueModel
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench


class QueueView(QWidget):
    """Its selection is the session's, as far as the selected runs wait."""

    opened = Signal(int)
    menu_wanted = Signal(QPoint)
    held_changed = Signal(bool)
    """Whether the whole queue is held."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.model = QueueModel()
        self.list = QueueList(self.model)
        self.hold_bar = HoldBar(session)
        self._title = label("Queue", "heading")
        self.up = tool_button("arrow-up", "Start these runs earlier (Alt+Up)")
        self.down = tool_button("arrow-down", "Start these runs later (Alt+Down)")
        self.hold_all = tool_button("pause-box-outline", "Hold the queue (Ctrl+Shift+H)")
        self.remove = tool_button("close", "Take these runs out of the queue (Del)")
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
        for each in (self.up, self.down, self.hold_all, self.remove):
            head.addWidget(each)
        self.setLayout(column(head, self.hold_bar, self._pages, space=0))
        self._connect()
        self._show()

    def _connect(self) -> None:
        session = self._session
        self.model.moved.connect(self._place)
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.hold_all.clicked.connect(self.toggle_hold)
        self.hold_bar.changed.connect(self._show_held)
        self.remove.clicked.connect(self._remove)
        self.list.move_wanted.connect(self._move)
        self.list.remove_wanted.connect(self._remove)
        self.list.menu_wanted.connect(self.menu_wanted)
        self.list.picked.connect(session.select)
        self.list.opened.connect(self.opened)
        session.runs_changed.connect(self._take)
        session.selection_changed.connect(self._show_selection)

    @property
    def held(self) -> bool:
        """Whether the whole queue is held."""
        return self.hold_bar.held

    def toggle_hold(self) -> None:
        """Hold the whole queue, or release it."""
        self.hold_bar.toggle()

    def _show_held(self, held: bool) -> None:
        self.hold_all.setVisible(not held)
        self.held_changed.emit(held)

    # -- what is shown ------------------------------------------------------------------------------
    def _take(self, runs: list[RunRecord]) -> None:
        shown = set(self.model.ids())
        if any(run.state == State.QUEUED or run.id in shown for run in runs):
            self._show()

    def _show(self) -> None:
        waiting = [run for run in self._session.going.values() if run.state == State.QUEUED]
        waiting.sort(key=lambda run: (-run.options.priority, run.position, run.id))
        with self.list.changing():
            self.model.show_queue(waiting)
        self._title.setText(f"Queue ({len(waiting):,})" if waiting else "Queue")
        self._pages.setCurrentIndex(1 if waiting else 0)
        self._show_selection()

    def _show_selection(self) -> None:
        self.list.show_selection(self._session.selection)
        self._allow()

    def _allow(self) -> None:
        ids, chosen = self.model.ids(), self.list.selected_runs()
        self.up.setEnabled(bool(chosen) and ids[: len(chosen)] != chosen)
        self.down.setEnabled(bool(chosen) and ids[-len(chosen) :] != chosen)
        self.remove.setEnabled(bool(chosen))

    # -- what is asked for ----------------------------------------------------------------------------
    def _move(self, step: int) -> None:
        """Ask for the chosen runs to start one place earlier (-1) or later (1), one after the other."""
        ids, chosen = self.model.ids(), self.list.selected_runs()
        if not chosen:
            return
        first, last = ids.index(chosen[0]), ids.index(chosen[-1])
        together = last - first + 1 == len(chosen)
        if step < 0:
            place = max(0, first - 1 if together else first)
        else:
            place = last + 2 if together else last + 1
        below = [each for each in ids[place:] if each not in chosen]
        self._place(chosen, below[0] if below else None)

    def _place(self, run_ids: list[int], before: int | None) -> None:
        """Ask for these runs to stand before another one, or last.

        A larger priority starts first whatever the order, so that a run gets one that fits to its new place.
        """
        others = [run_id for run_id in self.model.ids() if run_id not in run_ids]
        place = others.index(before) if before in others else len(others)
        lowest = self._priority(others[place]) if place < len(others) else None
        highest = self._priority(others[place - 1]) if place else None
        priorities = {}
        for run_id in run_ids:
            now = self._priority(run_id)
            wanted = now if lowest is None else max(now, lowest)
            wanted = wanted if highest is None else min(wanted, highest)
            if wanted != now:
                priorities[run_id] = wanted
        self._session.call(partial(_reorder, run_ids, before, priorities))

    def _priority(self, run_id: int) -> int:
        return self._session.runs[run_id].options.priority

    def _remove(self) -> None:
        chosen = self.list.selected_runs()
        if chosen:
            self._session.control.stop_runs(chosen)


def _reorder(
    run_ids: list[int], before: int | None, priorities: dict[int, int], workbench: Workbench
) -> None:
    for run_id, priority in priorities.items():
        workbench.store.set_queue_options([run_id], priority=priority)
    for run_id in run_ids:
        workbench.store.move_in_queue(run_id, before)
