"""What is new in the history and on the machine since the last look. Lives on the session's watching thread."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from storage.blocks import BLOCK_POINTS
from storage.errors import StoreError, UnknownRun
from storage.points import CurveKey, CurvePart, CurveRequest
from storage.records import Message, RunRecord, SchedulerRecord
from workbench.health import Health
from workbench.keeper import SchedulerKeeper, is_going

if TYPE_CHECKING:
    from runners.devices import Device
    from workbench.bench import Workbench

SLOW_POLL_S = 1.0
"""How often the machine is looked at, and the history even if nothing seems to have changed."""
RUNS_S = 0.25
"""How often runs that go on changing are read: their points come at once."""
PAGE = 500
"""So many of the runs that were there before are read at once."""
READ_POINTS = 1 << 20
"""So many points are read at once, or one series of more."""


@dataclass(frozen=True, slots=True)
class Machine:
    scheduler: SchedulerRecord | None
    devices: list[Device]
    health: Health


@dataclass(frozen=True, slots=True)
class News:
    """``runs`` has those that left the history too, as trashed ones. ``problem`` says why the history could not be read, or is "".

    ``more`` says that there is more to be read at once, ``exports`` that the list of exports is another one.
    """

    runs: list[RunRecord]
    messages: list[Message]
    curves: Mapping[CurveKey, CurvePart]
    machine: Machine | None = None
    problem: str = ""
    more: bool = False
    exports: bool = False


class Watch:
    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._store = workbench.store
        self._keeper = SchedulerKeeper(workbench.home)
        self._runs: dict[int, RunRecord] = {}
        self._going: set[int] = set()
        self._canary: int | None = None
        self._canary_stirred = False
        self._waiting: dict[int, None] = {}
        self._expected: dict[CurveKey, int] = {}
        self._identity: tuple[int, int] | None = None
        self._seen_version: int | None = None
        self._settled_version: int | None = None
        self._seen_exports: tuple[int, int] | None = None
        self._seen_message_version: int | None = None
        self._seen_revision: int | None = None
        self._seen_message = self._seen_message_time = 0
        self._slow_due = self._runs_due = 0.0

    def look(self, requests: Mapping[CurveKey, CurveRequest]) -> News:
        """The news since the last look. ``requests`` has how far each watched curve is known."""
        slow = monotonic() >= self._slow_due
        try:
            news = self._read(requests, slow=slow)
        except StoreError as error:
            news = News([], [], {}, problem=str(error))
        return replace(news, machine=self._machine()) if slow else news

    def _read(self, requests: Mapping[CurveKey, CurveRequest], *, slow: bool) -> News:
        left = self._runs_of_another_history()
        version = self._store.data_version()
        if slow or left or version != self._seen_version:
            self._find_changed()
            self._seen_version = version
        exports = False
        if slow or (version != self._settled_version and monotonic() >= self._runs_due):
            left += self._runs_that_left(slow=slow)
            exports = self._exports_changed()
            self._settled_version = version
        runs, messages = self._changed_runs()
        due, more = self._due(requests)
        curves = self._read_curves(due)
        more = more or len(runs) == PAGE
        return News([*left, *runs], messages, curves, more=more, exports=exports)

    def _exports_changed(self) -> bool:
        before, self._seen_exports = self._seen_exports, self._store.exports.state()
        return before != self._seen_exports

    # -- runs and messages --------------------------------------------------------------------------
    def _runs_of_another_history(self) -> list[RunRecord]:
        """Begin anew where the history was replaced, as a rebuilding does; returns the runs that it has no more."""
        stat = os.stat(self._workbench.home.database) if self._is_there() else None
        identity = (stat.st_dev, stat.st_ino) if stat else None
        before = self._identity
        self._identity = identity or before
        if before is None or identity in (None, before):
            return []
        known, self._runs = self._runs, {}
        self._going, self._expected, self._waiting = set(), {}, {}
        self._seen_revision, self._seen_message, self._runs_due = None, 0, 0.0
        there = set(self._store.run_ids())
        return [replace(run, trashed=run.created) for run in known.values() if run.id not in there]

    def _is_there(self) -> bool:
        return self._workbench.home.database.exists()

    def _find_changed(self) -> None:
        """Note which runs are to be read, and whose curves may have grown.

        At first these are all: those that have not ended, then the newest.
        """
        changed = self._store.changed_ids(self._seen_revision or 0)
        first = self._seen_revision is None
        self._seen_revision = max([self._seen_revision or 0, *changed.values()])
        newest = self._store.run_ids() if first else sorted(changed, reverse=True)
        self._waiting = {**dict.fromkeys(newest), **self._waiting}
        self._expected = {key: at for key, at in self._expected.items() if key[0] not in changed}
        self._canary_stirred = self._canary_stirred or self._canary in changed

    def _changed_runs(self) -> tuple[list[RunRecord], list[Message]]:
        """Read what changed of runs, a page at a time. What changes all the time comes now and then: its points are what is urgent."""
        if monotonic() < self._runs_due:
            return [], []
        page = list(self._waiting)[:PAGE]
        if not page and self._seen_message_version == self._seen_version:
            return [], []
        runs = self._store.runs_by_id(page) if page else []
        for run_id in page:
            del self._waiting[run_id]
        for run in runs:
            self._runs[run.id] = run
            (self._going.add if is_going(run) else self._going.discard)(run.id)
        if not self._waiting:
            self._runs_due = monotonic() + RUNS_S
        self._seen_message_version = self._seen_version
        return runs, self._new_messages()

    def _runs_that_left(self, *, slow: bool) -> list[RunRecord]:
        """The known runs that a history written anew has no more, as trashed ones.

        Writing it anew gives every run that stays a new revision. So one that has not changed for long tells of it: it
        changes, or is gone.
        """
        stirred, self._canary_stirred = self._canary_stirred, False
        if not stirred and not (slow and self._is_gone(self._canary)):
            return []
        left = []
        if self._runs:
            there = set(self._store.run_ids())
            left = [run for run in self._runs.values() if run.id not in there]
        for run in left:
            del self._runs[run.id]
            self._going.discard(run.id)
        oldest = min(self._runs.values(), key=lambda run: run.revision, default=None)
        self._canary = oldest.id if oldest else None
        return [replace(run, trashed=run.created) for run in left]

    def _is_gone(self, run_id: int | None) -> bool:
        if run_id is None:
            return True
        try:
            self._store.run(run_id)
        except UnknownRun:
            return True
        return False

    def _new_messages(self) -> list[Message]:
        """Those told already do not come again with another history: it may hold the same ones."""
        messages = self._store.messages(after=self._seen_message)
        new = [one for one in messages if one.time > self._seen_message_time or self._seen_message]
        if messages:
            self._seen_message = messages[-1].id
            self._seen_message_time = max(self._seen_message_time, messages[-1].time)
        return new

    # -- curves -------------------------------------------------------------------------------------
    def _due(
        self, requests: Mapping[CurveKey, CurveRequest]
    ) -> tuple[dict[CurveKey, CurveRequest], bool]:
        """What to read now, and whether there is more: a look ends soon, however much is new.

        A curve is read if its run changed since it was last read, or parts of it are asked for.
        """
        self._expected = {key: size for key, size in self._expected.items() if key in requests}
        due: dict[CurveKey, CurveRequest] = {}
        room = READ_POINTS
        for key, request in requests.items():
            if self._expected.get(key) == request.length and not request.ranges:
                continue
            if room <= 0:
                return due, True
            due[key] = request
            room -= self._size(key, request)
        return due, False

    def _read_curves(self, due: Mapping[CurveKey, CurveRequest]) -> dict[CurveKey, CurvePart]:
        """The parts that have something new."""
        found = self._store.read_curves(due) if due else {}
        new = {}
        for key, part in found.items():
            self._expected[key] = _length(part)
            if part.start != due[key].length or not part.is_empty:
                new[key] = part
        return new

    def _size(self, key: CurveKey, request: CurveRequest) -> int:
        """About how many points there are to read."""
        asked = sum(stop - start for start, stop in request.ranges)
        run = self._runs.get(key[0])
        if run is None or key[1] not in run.summary or (request.blocks and not request.length):
            return asked
        return asked + max(0, run.summary[key[1]].count - request.length)

    # -- the machine ----------------------------------------------------------------------------------
    def _machine(self) -> Machine:
        from runners.devices import FOUND_DEVICES_SETTING, read_devices
        from runners.scheduler.launch import scheduler_alive

        self._slow_due = monotonic() + SLOW_POLL_S
        health = self._workbench.health()
        try:
            alive = scheduler_alive(self._store)
            found = self._store.setting(FOUND_DEVICES_SETTING)
        except StoreError:
            return Machine(None, read_devices(), health)
        problem = self._keeper.keep(alive, wanted=bool(self._going))
        health = replace(health, problem=health.problem or problem)
        return Machine(alive, read_devices(found), health)


def _length(part: CurvePart) -> int:
    """How long the curve is with it."""
    return part.start + len(part.blocks) * BLOCK_POINTS + len(part.series.steps)
