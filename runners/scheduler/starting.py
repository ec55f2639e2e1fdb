"""How a run comes under supervision: started, or found again after the death of a scheduler.

A run must never be started twice, whenever the scheduler dies. So the store says STARTING before the
process exists. A later scheduler that finds a run in an active state looks for its process: by the pid if that
was written, and by the command line, which names the run's folder, if not. If there is no such process, and
no trace of one in the folder, then the trainer never came to life, and only then it is started.

A run that goes on from its checkpoint has traces of its earlier attempts. They are put aside while it is still queued, which can
be done again after a death in between. Its events stay, since it goes on in them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from runners.devices import Device
from runners.protocol import Request, RunFolder, State
from runners.scheduler.ending import finish, now_us
from runners.scheduler.environment import observed_environment
from runners.scheduler.executors.local import (
    LocalTrainer,
    StartError,
    find_trainer,
    gone_trainer,
    start_trainer,
    trainer_command,
    trainer_environment,
)
from runners.scheduler.queue import HELD
from runners.scheduler.stop_ladder import Patience
from runners.scheduler.supervisor import Supervisor
from storage.home import Home
from storage.records import Evidence, RunRecord
from storage.store import Store

REMOVED = "removed from the queue"


class NotNow(Exception):
    """The run stays in the queue; the message says what it waits for."""


@dataclass(frozen=True, slots=True)
class Starter:
    """Brings runs of one home under supervision. Its methods raise StoreError or OSError.

    They return None where the run came to its end instead, and raise NotNow where it is queued still. What an error interrupts
    is done by `adopt` later. ``trainers`` are those that this process knows: the exit code of a child can be had only once.
    """

    home: Home
    store: Store
    patience: Patience
    read_gpu: Callable[[str], Device | None]
    trainers: dict[int, LocalTrainer] = field(default_factory=dict)

    def start(self, run: RunRecord, device: str) -> Supervisor | None:
        """Start a queued run on a device."""
        if run.attempt > 1:
            _put_aside(self.home.run_folder(run.id), run.attempt)
        evidence = Evidence(started=now_us(), assigned_device=device)
        self.store.set_state(run.id, State.STARTING, "", evidence)
        return self._spawn(self.store.run(run.id))

    def adopt(self, run: RunRecord) -> Supervisor | None:
        """Take over an active run that nobody supervises."""
        folder = self.home.run_folder(run.id)
        trainer = self.trainers.get(run.id) or find_trainer(folder, run.pid, run.pid_created)
        if trainer is None and run.pid is None and _untouched(folder, run.attempt):
            return self._spawn(run)
        self.trainers[run.id] = trainer = trainer or gone_trainer(folder)
        with suppress(OSError, ValueError):
            run = replace(
                run,
                environment=observed_environment(self._command(run, folder), run.spec.interpreter),
            )
        return self._supervise(run, trainer)

    def forget(self, run_id: int) -> None:
        """The run has ended."""
        self.trainers.pop(run_id, None)

    def _spawn(self, run: RunRecord) -> Supervisor | None:
        if is_removed(run):  # it came while the run was leaving the queue
            finish(self.store, run, State.STOPPED, REMOVED)
            return None
        if run.trashed or run.options.held:  # so did this
            self.store.set_state(run.id, State.QUEUED, HELD)
            raise NotNow(HELD)
        folder = self.home.run_folder(run.id)
        try:
            trainer, run = self._start_trainer(run, folder)
        except StartError as error:
            finish(self.store, run, State.FAILED, str(error))
            return None
        self.trainers[run.id] = trainer
        return self._supervise(run, trainer)

    def _start_trainer(self, run: RunRecord, folder: RunFolder) -> tuple[LocalTrainer, RunRecord]:
        """Raises StartError."""
        try:
            command = self._command(run, folder)
        except (OSError, ValueError) as error:
            raise StartError(f"its spec.json cannot be read: {error}") from error
        environment = observed_environment(command, run.spec.interpreter)
        variables = trainer_environment(folder, run.assigned_device, os.environ)
        try:
            trainer = start_trainer(command, variables, folder)
        except StartError:
            self.store.set_environment(run.id, environment)
            raise
        return trainer, replace(run, environment=environment)

    def _command(self, run: RunRecord, folder: RunFolder) -> list[str]:
        """Raises OSError or ValueError if the spec cannot be read."""
        device, resume = run.assigned_device, run.attempt > 1
        spec = folder.read_spec()
        return trainer_command(spec, folder, self.home.datasets, device, resume=resume)

    def _supervise(self, run: RunRecord, trainer: LocalTrainer) -> Supervisor:
        folder = self.home.run_folder(run.id)
        supervisor = Supervisor(self.store, folder, run, trainer, self.patience, self.read_gpu)
        supervisor.record_process()
        return supervisor


def is_removed(run: RunRecord) -> bool:
    """Whether a queued run was asked to stop."""
    return run.request in (Request.STOP, Request.KILL)


def _put_aside(folder: RunFolder, attempt: int) -> None:
    """Clear the folder of what its last attempt left, so that what is found there later is this one's. Raises OSError or NotNow."""
    if left := gone_trainer(folder).kill():
        pids = ", ".join(str(process.pid) for process in left)
        raise NotNow(f"waits for the end of what its last attempt left behind (process {pids})")
    with suppress(FileNotFoundError):
        os.replace(folder.outcome, folder.path / f"outcome-{attempt - 1}.json")
    for path in (folder.heartbeat, folder.control, folder.environment):
        path.unlink(missing_ok=True)


def _untouched(folder: RunFolder, attempt: int) -> bool:
    """Whether no trainer of this attempt has left a trace."""
    traces = [folder.heartbeat, folder.environment, folder.outcome]
    if attempt == 1:
        traces.append(folder.events)
    return not any(path.exists() for path in traces)
