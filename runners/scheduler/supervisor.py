"""One run's life under supervision: followed, stopped if asked, and brought to its true end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from runners.devices import Device
from runners.protocol import RunFolder, State
from runners.scheduler.ending import conclude, heartbeat, label, last_sign, log_tail, now_us
from runners.scheduler.environment import reported_environment
from runners.scheduler.every import Every
from runners.scheduler.executors.local import LocalTrainer
from runners.scheduler.ingest import Ingest
from runners.scheduler.stop_ladder import Patience, StopLadder
from runners.scheduler.system_series import SystemSeries
from runners.scheduler.verdict import Ending
from storage.arrivals import Arrival
from storage.records import Evidence, RunRecord
from storage.store import Store

logger = logging.getLogger(__name__)

TRAINING = "training"
"""The phase in which a run counts as running."""
_HEARTBEAT_S = 1.0
_LEFTOVERS_S = 5.0


class Supervisor:
    """Of one active run. `tick` is called again and again, until it says that the run has ended.

    ``request`` is what the user asked, as the store has it. What could not be written to the store is
    written at a later tick, in its order.
    """

    def __init__(
        self,
        store: Store,
        folder: RunFolder,
        run: RunRecord,
        trainer: LocalTrainer,
        patience: Patience,
        read_gpu: Callable[[str], Device | None],
    ) -> None:
        self.run_id, self.request = run.id, run.request
        self._run = run
        self._store = store
        self._folder = folder
        self._trainer = trainer
        self._state = run.state
        self._environment = dict(run.environment)
        self._reported = False
        self._unwritten: list[tuple[State, str, Evidence]] = []
        self._ladder = StopLadder(folder, trainer, patience)
        self._ingest = Ingest(store, run.id, folder)
        self._final = self._exhausted = False
        self._heartbeat_again = Every(_HEARTBEAT_S)
        self._heartbeat: int | None = None
        self._series = SystemSeries(trainer, run.assigned_device, run.started or now_us(), read_gpu)
        self._alone_by: float | None = None

    def tick(self, now: float) -> bool:
        """Do what is due at this moment of the monotonic clock; True when the run has ended.

        Raises StoreError or OSError; the next call goes on where this one failed.
        """
        lives = self._trainer.lives()
        if lives:
            self._enforce(now)
        self._write_states()
        if not lives:
            return self._conclude(now)
        self._follow(now)
        return False

    def arrival(self, now: float) -> Arrival | None:
        """What the run's files brought since the last arrival that was `stored`. Raises StoreError or OSError."""
        arrival = self._ingest.read(final=self._final)
        self._exhausted = self._final and arrival is None
        if beat := self._new_heartbeat(now):
            arrival = replace(arrival or Arrival(self.run_id), heartbeat=beat)
        return arrival

    def stored(self) -> None:
        """The last arrival is in the history. Raises StoreError."""
        self._ingest.stored()

    def record_process(self) -> None:
        """Write who the trainer is, unless the store knows."""
        trainer = self._trainer
        if trainer.pid and trainer.pid != self._run.pid:
            evidence = Evidence(pid=trainer.pid, pid_created=trainer.created)
            self._show(self._state, self._run.reason, evidence)

    # -- while it lives -------------------------------------------------------------------------
    def _enforce(self, now: float) -> None:
        if self.request and (words := self._ladder.climb(self.request, now)):
            self._show(State.STOPPING, words)

    def _follow(self, now: float) -> None:
        if self._state is State.STARTING and self._trains():
            self._show(State.RUNNING)
        self._report_environment()
        if sample := self._series.sample(now):
            self._store.append(self.run_id, sample)

    def _trains(self) -> bool:
        progress = self._ingest.progress
        return self._ingest.has_points or bool(progress and progress.phase == TRAINING)

    def _new_heartbeat(self, now: float) -> int | None:
        """The heartbeat where it is due to be looked at and is another than before."""
        if not self._heartbeat_again.due(now):
            return None
        beat = heartbeat(self._folder)
        if beat == self._heartbeat:
            return None
        self._heartbeat = beat
        return beat

    def _report_environment(self) -> None:
        if self._reported or not (reported := reported_environment(self._folder)):
            return
        self._environment = {**reported, **self._environment}
        self._store.set_environment(self.run_id, self._environment)
        self._reported = True

    # -- at its end -----------------------------------------------------------------------------
    def _conclude(self, now: float) -> bool:
        """Bring home what it left, then write the final state; False while there is more to do."""
        if not self._alone(now):
            return False
        self._final = True
        if not self._exhausted:
            return False
        self._report_environment()
        ending = Ending(
            exit_code=self._trainer.exit_code,
            outcome=self._folder.read_outcome(),
            request=self.request,
            forced=self._ladder.forced,
            last_sign=last_sign(self._folder),
            log_tail=log_tail(self._folder.log),
        )
        conclude(self._store, self._run, ending)
        return True

    def _alone(self, now: float) -> bool:
        """Whether none of its descendants is left; those that are get killed, for a while."""
        if self._alone_by is None:
            self._alone_by = now + _LEFTOVERS_S
        if now >= self._alone_by or not (left := self._trainer.kill()):
            return True
        pids = ", ".join(str(process.pid) for process in left)
        logger.info("%s left processes behind, which are killed: %s", label(self._run), pids)
        return False

    def _show(self, state: State, reason: str = "", evidence: Evidence = Evidence()) -> None:
        logger.info("%s: %s %s", label(self._run), state.value, reason)
        self._state = state
        self._unwritten.append((state, reason, evidence))

    def _write_states(self) -> None:
        while self._unwritten:
            self._store.set_state(self.run_id, *self._unwritten[0])
            del self._unwritten[0]
