"""One run's life under supervision: followed, paused and stopped if asked, and brought to its true end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

import psutil

from runners.devices import Device
from runners.protocol import Request, RunFolder, State
from runners.scheduler.aftermath import Aftermath
from runners.scheduler.control_file import ControlFile
from runners.scheduler.ending import conclude, label, last_sign, log_tail, now_us
from runners.scheduler.environment import reported_environment
from runners.scheduler.executors.local import LocalTrainer
from runners.scheduler.ingest import Ingest
from runners.scheduler.memory_kills import MemoryKills
from runners.scheduler.pulse import Pulse
from runners.scheduler.stop_ladder import Patience, Rung, StopLadder
from runners.scheduler.system_series import SystemSeries, seconds_so_far
from runners.scheduler.verdict import Ending
from storage.arrivals import Arrival
from storage.records import Evidence, RunRecord
from storage.store import Store

logger = logging.getLogger(__name__)

TRAINING, PAUSED = "training", "paused"
"""Phases that make a run count as running and as paused."""


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
        now = time.monotonic()
        self.run_id, self.request = run.id, run.request
        self._run = run
        self._store = store
        self._folder = folder
        self._trainer = trainer
        self._state = run.state
        self._environment = dict(run.environment)
        self._reported = False
        self._unwritten: list[tuple[State, str, Evidence]] = []
        self._control = ControlFile(folder)
        self._patience = patience
        self._ladder = _ladder_of(run, trainer, patience, now)
        self._hangs_at: float | None = None
        self._rewound_to: int | None = None
        self._ingest = Ingest(store, run.id, folder)
        self._final = self._exhausted = False
        started = run.started or now_us()
        self._pulse = Pulse(folder, started)
        self._stalled = self._noted_stall = run.stalled
        self._memory_kills = MemoryKills(trainer.pid)
        device, begin_s = run.assigned_device, seconds_so_far(run, now_us())
        self._series = SystemSeries(folder, trainer, device, read_gpu, begin_s, now)
        self._aftermath = Aftermath(trainer, device, read_gpu)

    def tick(self, now: float) -> bool:
        """Do what is due at this moment of the monotonic clock; True when the run has ended.

        Raises StoreError or OSError; the next call goes on where this one failed.
        """
        lives = self._trainer.lives()
        if lives:
            self._hurry_to_the_end(now)
            self._climb(now)
        try:
            self._write_states()
        finally:  # a history that cannot be written does not keep a trainer from being stopped
            if lives:
                self._control.keep(self.request, now)
                self._ladder.act(now)
        if not lives:
            return self._conclude(now)
        self._follow(now)
        return False

    def arrival(self, now: float) -> Arrival | None:
        """What the run's files brought since the last arrival that was `stored`. Raises StoreError or OSError."""
        arrival = self._ingest.read(final=self._final)
        self._rewound_to = arrival.rewind_to if arrival else None
        self._exhausted = self._final and arrival is None
        if self._pulse.look(now) or (arrival and arrival.progress):
            arrival = replace(arrival or Arrival(self.run_id), heartbeat=self._pulse.beat)
        return arrival

    def stored(self) -> None:
        """The last arrival is in the history. Raises StoreError."""
        self._ingest.stored()
        if self._rewound_to is not None:
            self._store.note(self.run_id, f"goes on from its checkpoint of step {self._rewound_to}")

    def record_process(self) -> None:
        """Write who the trainer is, unless the store knows."""
        trainer = self._trainer
        if trainer.pid and trainer.pid != self._run.pid:
            evidence = Evidence(pid=trainer.pid, pid_created=trainer.created)
            self._show(self._state, self._run.reason, evidence)

    def begin_again(self) -> None:
        """Another history stands in the place of the last one: tell it how the run stands, and read again what it lacks."""
        self._ingest.restart()
        self._exhausted = self._reported = False
        if self._state is State.STOPPING:
            self._show_rung()
            return
        run, trainer = self._run, self._trainer
        who = Evidence(run.started, None, trainer.pid or None, trainer.created, None)
        self._show(self._state, "", replace(who, assigned_device=run.assigned_device))

    # -- while it lives -------------------------------------------------------------------------
    def _hurry_to_the_end(self, now: float) -> None:
        """A trainer that said how it ended, and does not, hangs in its framework and keeps its memory: end it."""
        if self._ladder.rung is None and self._folder.outcome.exists():
            self._hangs_at = self._hangs_at or now + self._patience.ended_s
            if now >= self._hangs_at:
                self._ladder.go_on_from(Rung.ASKED, 0.0, now)

    def _climb(self, now: float) -> None:
        asked = self.request if self.request is not Request.PAUSE else None
        if asked is None and self._ladder.rung is not None:
            asked = Request.STOP
        if asked is not None and self._ladder.climb(asked, now):
            self._show_rung()

    def _show_rung(self) -> None:
        patience_s = self._ladder.patience_s
        deadline = None if patience_s is None else now_us() + round(patience_s * 1e6)
        self._show(State.STOPPING, str(self._ladder.rung), Evidence(deadline=deadline))

    def _follow(self, now: float) -> None:
        state = self._state_by_phase()
        if state is not self._state:
            self._show(state)
        self._report_environment()
        self._tell_stalled()
        self._memory_kills.look(now)
        self._series.sample(now)

    def _state_by_phase(self) -> State:
        """The state that follows from what the trainer says it does."""
        phase = self._phase()
        if self._state is State.STOPPING or not phase:
            begins = self._state is State.STARTING and self._ingest.has_points
            return State.RUNNING if begins else self._state
        if phase == PAUSED:
            return State.PAUSED
        begins = phase == TRAINING or self._ingest.has_points
        return State.STARTING if self._state is State.STARTING and not begins else State.RUNNING

    def _phase(self) -> str:
        """The last that it reported, "" if that was in an earlier attempt."""
        if self._ingest.progress:
            return self._ingest.progress.phase
        of_this_attempt = (self._run.heartbeat or 0) >= (self._run.started or 0)
        return self._run.progress.phase if of_this_attempt else ""

    def _tell_stalled(self) -> None:
        since = self._pulse.stalled_since
        if since == self._stalled:
            return
        self._store.set_stalled(self.run_id, since)
        self._stalled = since
        if since is not None and since != self._noted_stall:
            self._note_stall(since)

    def _note_stall(self, since: int) -> None:
        suspended = self._trainer.suspended()
        why = "it was suspended from outside" if suspended else "its process lives"
        logger.info("%s is stalled; %s", label(self._run), why)
        self._store.note(self.run_id, f"shows no sign of life; {why}")
        self._noted_stall = since

    def _report_environment(self, *, final: bool = False) -> None:
        """Keep what the trainer ran in as soon as it has told its part; at its end, even if it never did."""
        reported = {} if self._reported else reported_environment(self._folder)
        if reported or (final and not self._reported):
            self._environment = {**reported, **self._environment}
            self._store.set_environment(self.run_id, self._environment)
            self._reported = True

    # -- at its end -----------------------------------------------------------------------------
    def _conclude(self, now: float) -> bool:
        """Bring home what it left, then write the final state; False while there is more to do."""
        if not self._final:
            self._final = self._aftermath.settled(now)
            if left := self._aftermath.left:
                logger.info(
                    "%s left processes behind, which are killed: %s", label(self._run), left
                )
        if not self._exhausted:
            return False
        self._report_environment(final=True)
        conclude(self._store, self._run, self._ending(now), self._aftermath.findings())
        return True

    def _ending(self, now: float) -> Ending:
        killed = self._memory_kills.lately(now)
        return Ending(
            exit_code=self._trainer.exit_code,
            outcome=self._folder.read_outcome(),
            request=self.request,
            forced=self._ladder.forced,
            last_sign=last_sign(self._folder),
            log_tail=log_tail(self._folder.log),
            watched=self._trainer.pid != 0,
            booted=round(psutil.boot_time() * 1e6),
            memory_kill=self._memory_words() if killed else "",
            folder_gone=not self._folder.spec.exists(),
        )

    def _memory_words(self) -> str:
        machine = psutil.virtual_memory().total
        return f"its processes held {self._series.memory_bytes / 1e9:.1f} GB when last seen, and the machine has {machine / 1e9:.1f} GB"

    # -- states ---------------------------------------------------------------------------------
    def _show(self, state: State, reason: str = "", evidence: Evidence = Evidence()) -> None:
        logger.info("%s: %s %s", label(self._run), state.value, reason)
        self._state = state
        self._unwritten.append((state, reason, evidence))

    def _write_states(self) -> None:
        while self._unwritten:
            self._store.set_state(self.run_id, *self._unwritten[0])
            self._stalled = None  # the history forgets it with the state
            del self._unwritten[0]


def _ladder_of(run: RunRecord, trainer: LocalTrainer, patience: Patience, now: float) -> StopLadder:
    """The ladder, at the rung that the last scheduler wrote down before it died."""
    ladder = StopLadder(trainer, patience)
    if run.state is State.STOPPING and run.reason in list(Rung):
        left_s = 0.0 if run.deadline is None else (run.deadline - now_us()) / 1e6
        ladder.go_on_from(Rung(run.reason), left_s, now)
    return ladder
