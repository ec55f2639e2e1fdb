"""The session: the one object the views talk to. It holds what the window shows and does the store's work off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from runners.devices import Device
from storage.records import Message, RunRecord, SchedulerRecord
from workbench.bench import Workbench
from workbench.curve import Curve
from workbench.requests import RunRequest

T = TypeVar("T")


class Session(QObject):
    """All methods are called on the GUI thread, return at once, and raise nothing; what goes wrong comes by `failed`."""

    ready = Signal()
    """The history is open and `runs` is filled."""
    runs_changed = Signal(list)
    """list[RunRecord]: new and changed runs; a run with ``trashed`` set has left `runs`."""
    selection_changed = Signal(tuple)
    """tuple[int, ...]: the ids of the selected runs, the current one first."""
    points_arrived = Signal(int, str)
    """A watched curve (run id, metric) grew."""
    devices_changed = Signal(list)
    """list[Device], about once a second."""
    scheduler_changed = Signal(object)
    """SchedulerRecord while one lives, else None."""
    messages_arrived = Signal(list)
    """list[Message], oldest first."""
    notice = Signal(str, object)
    """A text for the status line, and a callable that undoes what it tells of, or None."""
    failed = Signal(str)
    """Something went wrong, in words for the user."""

    runs: Mapping[int, RunRecord]
    selection: tuple[int, ...]
    devices: list[Device]
    scheduler: SchedulerRecord | None

    def select(self, run_ids: Iterable[int]) -> None: ...
    def watch(self, owner: QObject, curves: Iterable[tuple[int, str]]) -> None:
        """Keep these curves (run id, metric) read and growing for the owner, instead of those it named before."""
    def curve(self, run_id: int, metric: str) -> Curve:
        """The curve as far as it is read; empty at first."""
    def call(
        self,
        work: Callable[[Workbench], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Do work on the worker thread, then hand its result back on the GUI thread."""

    def queue_runs(self, requests: list[RunRequest], then: Callable[[list[RunRecord]], None], failed: Callable[[Exception], None], progress: Callable[[str, float], None]) -> None: ...
    def stop_runs(self, run_ids: Iterable[int], *, kill: bool = False) -> None: ...
    def rename_run(self, run_id: int, name: str) -> None: ...
    def set_tags(self, run_ids: Iterable[int], tags: Iterable[str]) -> None: ...
    def delete_runs(self, run_ids: Iterable[int]) -> None:
        """To the trash; `notice` offers the undo."""
    def move_in_queue(self, run_id: int, before: int | None) -> None: ...
