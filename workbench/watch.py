"""What is new in the history and on the machine since the last look. Lives on the session's watching thread."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from storage.errors import StoreError, UnknownRun
from storage.records import Message, RunRecord, SchedulerRecord
from workbench.health import Health
from workbench.keeper import SchedulerKeeper, is_going

if TYPE_CHECKING:
    from runners.devices import Device
    from storage.store import Series
    from workbench.bench import Workbench

CurveKey = tuple[int, str]
"""Run id and metric."""
SLOW_POLL_S = 1.0
"""How often the machine is looked at, and the history even if nothing seems to have changed."""


@dataclass(frozen=True, slots=True)
class Tail:
    """What is known of a curve: how many points, and the step and the time of the last one."""

    length: int
    step: int = 0
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a curve from index ``start`` on: where it ended before, or 0 where its points are others now."""

    start: int
    series: Series


@dataclass(frozen=True, slots=True)
class Machine:
    scheduler: SchedulerRecord | None
    devices: list[Device]
    health: Health


@dataclass(frozen=True, slots=True)
class News:
    """``runs`` has those that left the history too, as trashed ones. ``problem`` says why the history could not be read, or is ""."""

    runs: list[RunRecord]
    messages: list[Message]
    points: Mapping[CurveKey, Points]
    machine: Machine | None = None
    problem: str = ""


class Watch:
    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._store = workbench.store
        self._keeper = SchedulerKeeper(workbench.home)
        self._runs: dict[int, RunRecord] = {}
        self._going: set[int] = set()
        self._canary: int | None = None
        self._checked: dict[CurveKey, tuple[int, int]] = {}
        self._identity: tuple[int, int] | None = None
        self._seen_version: int | None = None
        self._seen_revision = 0
        self._seen_message = self._seen_message_time = 0
        self._slow_due = 0.0

    def look(self, tails: Mapping[CurveKey, Tail]) -> News:
        """The news since the last look. ``tails`` has how far each watched curve is known."""
        slow = monotonic() >= self._slow_due
        try:
            news = self._read(tails, slow=slow)
        except StoreError as error:
            news = News([], [], {}, problem=str(error))
        return replace(news, machine=self._machine()) if slow else news

    def _read(self, tails: Mapping[CurveKey, Tail], *, slow: bool) -> News:
        runs = self._runs_of_another_history()
        messages: list[Message] = []
        version = self._store.data_version()
        if slow or runs or version != self._seen_version:
            changed = self._changed_runs()
            runs = [*runs, *changed, *self._runs_that_left(changed, slow=slow)]
            messages = self._new_messages()
            self._seen_version = version
        self._checked = {key: mark for key, mark in self._checked.items() if key in tails}
        found = {key: self._new_points(key, tail) for key, tail in tails.items()}
        return News(runs, messages, {key: new for key, new in found.items() if new})

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
        self._going, self._checked, self._seen_revision, self._seen_message = set(), {}, 0, 0
        there = {run.id for run in self._store.changed_runs(0)}
        return [replace(run, trashed=run.created) for run in known.values() if run.id not in there]

    def _is_there(self) -> bool:
        return self._workbench.home.database.exists()

    def _changed_runs(self) -> list[RunRecord]:
        runs = self._store.changed_runs(self._seen_revision)
        for run in runs:
            self._seen_revision = max(self._seen_revision, run.revision)
            self._runs[run.id] = run
            (self._going.add if is_going(run) else self._going.discard)(run.id)
        return runs

    def _runs_that_left(self, changed: list[RunRecord], *, slow: bool) -> list[RunRecord]:
        """The known runs that a history written anew has no more, as trashed ones.

        Writing it anew gives every run that stays a new revision. So one that has not changed for long tells of it: it
        changes, or is gone.
        """
        ids = {run.id for run in changed}
        if self._canary not in ids and not (slow and self._is_gone(self._canary)):
            return []
        left = []
        if len(ids) < len(self._runs):
            there = {run.id for run in self._store.changed_runs(0)}
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
    def _new_points(self, key: CurveKey, tail: Tail) -> Points | None:
        """What to add to a curve, or all of it where it was cut since: a run went on from a checkpoint.

        Whether it was cut shows at the last point that is known: it stands where it stood, logged at the same moment,
        or else the curve became shorter, however far it may have grown again.
        """
        run = self._runs.get(key[0])
        if run is None:
            return None
        mark = (run.revision, tail.length)
        if self._checked.get(key) == mark:
            return None
        self._checked[key] = mark
        count = run.summary[key[1]].count if key[1] in run.summary else 0
        if not run.rewinds and count == tail.length:
            return None
        return self._read_points(key, tail)

    def _read_points(self, key: CurveKey, tail: Tail) -> Points | None:
        if not tail.length:
            series = self._store.series(*key)
            return Points(0, series) if len(series.steps) else None
        series = self._store.series(*key, start=tail.length - 1)
        if not len(series.steps) or (series.steps[0], series.times[0]) != (tail.step, tail.time):
            return Points(0, self._store.series(*key))
        new = series._replace(
            steps=series.steps[1:], times=series.times[1:], values=series.values[1:]
        )
        return Points(tail.length, new) if len(new.steps) else None

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
