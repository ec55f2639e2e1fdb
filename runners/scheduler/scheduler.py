"""The loop: what is queued gets started, what is active gets supervised, and the window hears about it."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import psutil

from runners.protocol import Request, State
from runners.scheduler.ending import finish, label
from runners.scheduler.every import Every
from runners.scheduler.home_lock import HomeLock
from runners.scheduler.intake import Intake
from runners.scheduler.launch import LEAVE_SETTING
from runners.scheduler.machine import MachineReadings
from runners.scheduler.queue import plan
from runners.scheduler.roster import Roster
from runners.scheduler.starting import REMOVED, NotNow, Starter, is_removed
from runners.scheduler.stop_ladder import Patience
from runners.scheduler.supervisor import Supervisor
from storage.home import Home
from storage.identity import Identity, file_identity
from storage.records import RunFilter, RunRecord
from storage.store import Store, StoreError, UnknownRun

logger = logging.getLogger(__name__)

TICK_S = 0.05
PAUSE_S = 0.01
"""The least pause between two ticks, however long they take: others want to write the history, too."""
BEAT_S = 1.0
LOOK_S = 0.5
"""How soon at the earliest the store is looked at again: the scheduler's own writes change it all the time."""
RECONCILE_S = 5.0
COMPLAIN_S = 60.0
GONE_S = 3.0
"""How long after a history is back its lock may still be with who put it there."""

QUEUE_HELD_SETTING = "queue.held"
"""True while nothing leaves the queue."""
AFTER_FAILURE_SETTING = "queue.after_failure"
"""``hold`` where the queue is to be held after a run failed, was lost or was killed from outside."""


class Scheduler:
    """Of one home, whose lock the caller took. It leaves after ``idle_s`` seconds with nothing to do.

    It outlives its history: while `history.db` is gone it goes on supervising what it has, and lets go of the lock so that
    the history can be rebuilt. A history that comes back, or another one in its place, is begun with as after a start.
    """

    def __init__(
        self,
        home: Home,
        store: Store,
        lock: HomeLock,
        *,
        idle_s: float = 60.0,
        patience: Patience = Patience(),
    ) -> None:
        self._home, self._store, self._lock = home, store, lock
        self._idle_s = idle_s
        self._machine = MachineReadings(store)
        self._starter = Starter(home, store, patience, self._machine.gpu)
        self._supervisors: dict[int, Supervisor] = {}
        self._intake = Intake(store, self._attempt)
        self._roster = Roster()
        self._waiting: list[RunRecord] = []
        self._ended: list[int] = []
        self._unheard: dict[int, Request] = {}
        self._history: Identity | None = None  # None while it is gone
        self._known: Identity | None = None
        self._gone_at = float("-inf")
        self._version: int | None = None
        self._reconciled_at: float | None = None
        self._beat, self._replan, self._look_again = Every(BEAT_S), Every(BEAT_S), Every(LOOK_S)
        self._complaints: dict[str, Every] = {}
        self._busy_at = time.monotonic()
        self._leaving = False
        self._me = (os.getpid(), psutil.Process().create_time(), socket.gethostname())

    def run(self) -> None:
        """Work until there is nothing to do or somebody asks to leave."""
        logger.info("pid %d begins", self._me[0])
        while not self._leaving:
            began = time.monotonic()
            self.tick()
            time.sleep(max(PAUSE_S, began + TICK_S - time.monotonic()))
            if self._is_idle() and self._may_leave():
                logger.info("leaves: there was nothing to do for %g s", self._idle_s)
                return
        if self._history is not None:
            self._attempt("the history", self._say_goodbye)
        logger.info("leaves; %d runs stay with their trainers", len(self._supervisors))

    def leave(self) -> None:
        """Make `run` return soon. The trainers go on, and a later scheduler takes them over."""
        self._leaving = True

    def tick(self) -> None:
        """Do once all that is due. One run's trouble, or the store's, does not reach the others."""
        now = time.monotonic()
        self._attempt("the home", self._check_home)
        if self._history is not None:
            self._attempt("the history", partial(self._serve, now))
        if self._history is not None and self._history == self._find_history():
            self._intake.take(self._supervisors.values(), now)  # offsets are those of one history
        for run_id, supervisor in list(self._supervisors.items()):
            self._attempt(f"run {run_id}", partial(self._supervise, supervisor, now))

    # -- the home -----------------------------------------------------------------------------------
    def _check_home(self) -> None:
        """See whether the history is still the one that is known, and the lock still ours."""
        history = self._find_history()
        if history is None:
            self._miss_history()
        elif not self._lock.keep():
            self._give_way()
        elif history != self._history:
            self._begin_with(history)

    def _find_history(self) -> Identity | None:
        """Which history is there now; None too where that cannot be seen."""
        with suppress(OSError):
            return file_identity(self._home.database)
        return None

    def _miss_history(self) -> None:
        self._gone_at = time.monotonic()
        if self._history is not None:
            logger.error("%s is gone: supervises on until it is back", self._home.database)
            self._history = None
            self._lock.release()

    def _give_way(self) -> None:
        """Leave to who has the lock; but who has just rebuilt the history is about to let go of it."""
        if self._history is None and time.monotonic() < self._gone_at + GONE_S:
            return
        logger.error("leaves: another process has taken the lock of the home")
        self._history = None
        self.leave()

    def _begin_with(self, history: Identity) -> None:
        """Go on with the history that is there now. Another one is told again how the runs stand and what was asked of them."""
        another = self._known not in (None, history)
        for supervisor in self._supervisors.values() if another else ():
            supervisor.begin_again()
            if supervisor.request:
                self._unheard[supervisor.run_id] = supervisor.request
        logger.info("works with %s", self._home.database)
        self._version = self._reconciled_at = None
        self._history = self._known = history

    # -- the history --------------------------------------------------------------------------------
    def _serve(self, now: float) -> None:
        if self._beat.due(now):
            self._store.beat(*self._me)
        self._reconcile(now)
        self._mind_failures()
        if self._changed(now):
            self._look(now)
        if self._waiting and self._replan.due(now):
            self._start_waiting(now)

    def _reconcile(self, now: float) -> None:
        """Take over every active run that has no supervisor. Until that was done, nothing is started: it may have the device."""
        if self._reconciled_at is None:
            self._store.complete_journals()
        elif now < self._reconciled_at + RECONCILE_S:
            return
        self._reconciled_at = None
        while self._unheard:
            run_id, request = next(iter(self._unheard.items()))
            with suppress(UnknownRun):
                self._store.request([run_id], request)
            del self._unheard[run_id]
        for run in self._active_runs():
            if run.id not in self._supervisors:
                logger.info("takes over %s, which is %s", label(run), run.state.value)
                self._begin(run, run.assigned_device, partial(self._starter.adopt, run))
        self._reconciled_at = now

    def _active_runs(self) -> list[RunRecord]:
        wanted = (
            RunFilter(state=state, trashed=trashed)
            for state in State
            for trashed in (False, True)
            if state.active
        )
        return [run for which in wanted for run in self._store.runs(which)]

    def _changed(self, now: float) -> bool:
        """Whether the history changed since the last look, and it is time for the next."""
        if self._version is not None and not self._look_again.due(now):
            return False
        version, before = self._store.data_version(), self._version
        self._version = version
        return version != before

    def _look(self, now: float) -> None:
        """See what people want."""
        if self._store.setting(LEAVE_SETTING) == list(self._me[:2]):
            self.leave()
            return
        found = {run.id: run for run in self._store.runs_by_id(list(self._supervisors))}
        for run_id, supervisor in list(self._supervisors.items()):
            if run_id in found:
                supervisor.request = found[run_id].request
                self._roster.see(found[run_id], now)
            else:
                self._miss(run_id)
        queue = [run for run in self._store.queue() if run.id not in self._supervisors]
        self._waiting = [heeded for run in queue if (heeded := self._heed(run))]
        for run in self._waiting:  # where a start failed before the store heard of it
            self._roster.remove(run.id)
        self._start_waiting(now)

    def _miss(self, run_id: int) -> None:
        """A supervised run is of another history; its trainer leaves an outcome, should that one come back."""
        if not self._starter.trainers[run_id].lives():
            del self._supervisors[run_id]
            self._let_go(run_id)

    def _heed(self, run: RunRecord) -> RunRecord | None:
        """Do what was asked of a queued run; None if it is queued no more. A pause of it means to hold it."""
        if is_removed(run):
            finish(self._store, run, State.STOPPED, REMOVED)
            return None
        if run.request is not Request.PAUSE:
            return run
        self._store.set_queue_options([run.id], held=True)
        self._store.request([run.id], None)
        return replace(run, options=replace(run.options, held=True), request=None)

    # -- the queue ----------------------------------------------------------------------------------
    def _start_waiting(self, now: float) -> None:
        held = self._store.setting(QUEUE_HELD_SETTING) is True
        active = self._roster.active(now)
        todo = plan(self._waiting, active, self._machine.machine(), held=held)
        for run, device in todo.start:
            logger.info("starts %s on %s", label(run), device)
            self._begin(run, device, partial(self._starter.start, run, device))
        reasons = {run.id: reason for run, reason in todo.waiting}
        for run, reason in todo.waiting:
            if run.reason != reason:
                self._store.set_waiting(run.id, reason)
        self._waiting = [
            replace(run, reason=reasons.get(run.id, run.reason))
            for run in self._waiting
            if run.id not in self._roster
        ]

    def _begin(self, run: RunRecord, device: str, start: Callable[[], Supervisor | None]) -> None:
        """Bring a run under supervision. Its device is taken even if that fails: the next reconciling tries again."""
        self._roster.add(run, device)
        self._attempt(f"run {run.id}", partial(self._keep, run, start))

    def _keep(self, run: RunRecord, start: Callable[[], Supervisor | None]) -> None:
        try:
            supervisor = start()
        except NotNow as reason:
            self._roster.remove(run.id)
            self._store.set_waiting(run.id, str(reason))
            return
        if supervisor is None:
            self._let_go(run.id)
        else:
            self._supervisors[run.id] = supervisor

    def _supervise(self, supervisor: Supervisor, now: float) -> None:
        if supervisor.tick(now):
            del self._supervisors[supervisor.run_id]
            self._let_go(supervisor.run_id)

    def _let_go(self, run_id: int) -> None:
        """Of a run that has ended: somebody may be waiting for its device."""
        self._roster.remove(run_id)
        self._starter.forget(run_id)
        self._machine.expire()
        self._ended.append(run_id)
        self._version = None

    def _mind_failures(self) -> None:
        """Hold the queue after a failure where that is wanted, before anything else is started."""
        while self._ended:
            with suppress(UnknownRun):
                self._mind(self._store.run(self._ended[0]))
            del self._ended[0]

    def _mind(self, run: RunRecord) -> None:
        wanted = self._store.setting(AFTER_FAILURE_SETTING) == "hold"
        if not wanted or not _went_wrong(run) or self._store.setting(QUEUE_HELD_SETTING) is True:
            return
        self._store.set_setting(QUEUE_HELD_SETTING, True)
        what = f"{run.name} {run.state.value}: nothing starts until the queue is released."
        self._store.add_message("warning", f"The queue is held, for {what}", run.id)

    # -- trouble and leaving ----------------------------------------------------------------------
    def _attempt(self, what: str, work: Callable[[], None]) -> None:
        """Do work that is done again at the next tick if it fails; complain about it now and then."""
        try:
            work()
        except Exception as error:
            self._version = None
            if self._complaints.setdefault(what, Every(COMPLAIN_S)).due(time.monotonic()):
                self._complain(what, error)

    def _complain(self, what: str, error: Exception) -> None:
        expected = isinstance(error, StoreError | OSError)
        logger.error("%s: %s", what, error, exc_info=None if expected else error)
        try:
            self._store.add_message("error", f"The scheduler has trouble with {what}: {error}")
        except StoreError:
            logger.error("the history cannot even take a message about it")

    def _is_idle(self) -> bool:
        """Whether there was nothing to do for long enough. Without a history, only living trainers are something to do."""
        if self._history is not None:
            busy = bool(self._roster) or bool(self._waiting) or bool(self._ended)
        else:
            busy = any(trainer.lives() for trainer in self._starter.trainers.values())
        if busy:
            self._busy_at = time.monotonic()
            return False
        return time.monotonic() - self._busy_at >= self._idle_s

    def _may_leave(self) -> bool:
        """Say that nobody lives here, then look once more: whoever queued a run before that saw a live scheduler."""
        if self._history is None:
            return True
        self._beat, self._version = Every(BEAT_S), None
        try:
            self._say_goodbye()
            return not self._store.queue()
        except StoreError as error:
            logger.error("stays, for it cannot see whether there is work: %s", error)
            self._busy_at = time.monotonic()
            return False

    def _say_goodbye(self) -> None:
        self._store.beat(0, 0.0, self._me[2])


def _went_wrong(run: RunRecord) -> bool:
    """Whether the run came to an end that nobody wanted."""
    if run.state is State.KILLED:
        return run.request not in (Request.STOP, Request.KILL)
    return run.state in (State.FAILED, State.LOST)
