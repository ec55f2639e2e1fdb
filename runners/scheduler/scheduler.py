"""The loop: what is queued gets started, what is active gets supervised, and the window hears about it."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable
from functools import partial

import psutil

from runners.devices import Device, read_devices
from runners.protocol import State
from runners.scheduler.ending import finish
from runners.scheduler.every import Every
from runners.scheduler.intake import Intake
from runners.scheduler.launch import LEAVE_SETTING
from runners.scheduler.queue import CPU, plan
from runners.scheduler.starting import REMOVED, Starter, is_removed
from runners.scheduler.stop_ladder import Patience
from runners.scheduler.supervisor import Supervisor
from storage.home import Home
from storage.records import RunFilter, RunRecord
from storage.store import Store, StoreError

logger = logging.getLogger(__name__)

TICK_S = 0.05
PAUSE_S = 0.01
"""The least pause between two ticks, however long they take: others want to write the history, too."""
BEAT_S = 1.0
LOOK_S = 0.5
"""How soon at the earliest the store is looked at again: the scheduler's own writes change it all the time."""
RECONCILE_S = 5.0
COMPLAIN_S = 60.0
CPU_LANES_SETTING = "cpu_lanes"


class GpuReadings:
    """The GPUs of this machine, read at most once a second."""

    def __init__(self) -> None:
        self._read_at = float("-inf")
        self._gpus: list[Device] = []

    def all(self) -> list[Device]:
        if time.monotonic() - self._read_at >= 1.0:
            self._gpus = [device for device in read_devices() if device.id != CPU]
            self._read_at = time.monotonic()
        return self._gpus

    def one(self, device_id: str) -> Device | None:
        return next((gpu for gpu in self.all() if gpu.id == device_id), None)


class Scheduler:
    """Of one home, whose lock the caller holds. It leaves after ``idle_s`` seconds with nothing to do."""

    def __init__(
        self, home: Home, store: Store, *, idle_s: float = 60.0, patience: Patience = Patience()
    ) -> None:
        self._store = store
        self._idle_s = idle_s
        self._gpus = GpuReadings()
        self._starter = Starter(home, store, patience, self._gpus.one)
        self._supervisors: dict[int, Supervisor] = {}
        self._intake = Intake(store, self._attempt)
        self._devices: dict[int, str] = {}
        self._waiting: list[RunRecord] = []
        self._version: int | None = None
        self._beat, self._look_again = Every(BEAT_S), Every(LOOK_S)
        self._reconcile, self._replan = Every(RECONCILE_S), Every(BEAT_S)
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
        self._say_goodbye()
        logger.info("leaves: it was asked to; %d trainers go on", len(self._supervisors))

    def leave(self) -> None:
        """Make `run` return soon. The trainers go on, and a later scheduler takes them over."""
        self._leaving = True

    def tick(self) -> None:
        """Do once all that is due. One run's trouble, or the store's, does not reach the others."""
        now = time.monotonic()
        self._attempt("the history", partial(self._serve, now))
        self._intake.take(self._supervisors.values(), now)
        for run_id, supervisor in list(self._supervisors.items()):
            self._attempt(f"run {run_id}", partial(self._supervise, supervisor, now))

    # -- the parts of a tick ------------------------------------------------------------------------
    def _serve(self, now: float) -> None:
        if self._beat.due(now):
            self._store.beat(*self._me)
        if self._reconcile.due(now):
            self._adopt_all()
        if self._changed(now):
            self._look()
        if self._waiting and self._replan.due(now):
            self._start_waiting()

    def _supervise(self, supervisor: Supervisor, now: float) -> None:
        if supervisor.tick(now):
            del self._supervisors[supervisor.run_id]
            self._free_device(supervisor.run_id)

    def _adopt_all(self) -> None:
        """Take over every active run that has no supervisor; after a start, those of the last scheduler."""
        for state in State:
            for trashed in (False, True) if state.active else ():
                for run in self._store.runs(RunFilter(state=state, trashed=trashed)):
                    if run.id not in self._supervisors:
                        logger.info("takes over run %d, which is %s", run.id, state.value)
                        self._begin(run.id, run.assigned_device, partial(self._starter.adopt, run))

    def _changed(self, now: float) -> bool:
        """Whether the history changed since the last look, and it is time for the next."""
        if self._version is not None and not self._look_again.due(now):
            return False
        version, before = self._store.data_version(), self._version
        self._version = version
        return version != before

    def _look(self) -> None:
        """See what people want."""
        if self._store.setting(LEAVE_SETTING) == list(self._me[:2]):
            self.leave()
            return
        for run_id, supervisor in self._supervisors.items():
            supervisor.request = self._store.run(run_id).request
        queue = self._store.queue()
        for run in filter(is_removed, queue):
            finish(self._store, run, State.STOPPED, REMOVED)
        self._waiting = [run for run in queue if not is_removed(run)]
        self._start_waiting()

    def _start_waiting(self) -> None:
        wishes = {run.spec.device for run in self._waiting}
        gpus = self._gpus.all() if wishes - {CPU} else []
        waiting = {run.id for run in self._waiting}
        assigned = [device for run_id, device in self._devices.items() if run_id not in waiting]
        todo = plan(self._waiting, assigned, gpus, self._cpu_lanes())
        for run, reason in todo.impossible:
            self._waiting.remove(run)
            finish(self._store, run, State.FAILED, reason)
        for run, device in todo.start:
            self._waiting.remove(run)
            logger.info("starts run %d (%s) on %s", run.id, run.name, device)
            self._begin(run.id, device, partial(self._starter.start, run, device))

    def _begin(self, run_id: int, device: str, start: Callable[[], Supervisor | None]) -> None:
        """Bring a run under supervision. Its device is taken even if that fails: the next reconciling tries again."""
        self._devices[run_id] = device
        self._attempt(f"run {run_id}", partial(self._keep, run_id, start))

    def _keep(self, run_id: int, start: Callable[[], Supervisor | None]) -> None:
        supervisor = start()
        if supervisor is None:
            self._free_device(run_id)
        else:
            self._supervisors[run_id] = supervisor

    def _free_device(self, run_id: int) -> None:
        del self._devices[run_id]
        self._version = None  # somebody may be waiting for it

    def _cpu_lanes(self) -> int:
        lanes = self._store.setting(CPU_LANES_SETTING, 1)
        return lanes if isinstance(lanes, int) and lanes > 0 else 1

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
        if self._devices or self._waiting:
            self._busy_at = time.monotonic()
            return False
        return time.monotonic() - self._busy_at >= self._idle_s

    def _may_leave(self) -> bool:
        """Say that nobody lives here, then look once more: whoever queued a run before that saw a live scheduler."""
        self._say_goodbye()
        try:
            return not self._store.queue()
        except StoreError:
            return False
        finally:
            self._beat = Every(BEAT_S)
            self._version = None

    def _say_goodbye(self) -> None:
        try:
            self._store.beat(0, 0.0, self._me[2])
        except StoreError as error:
            logger.error("the history does not hear that the scheduler leaves: %s", error)
