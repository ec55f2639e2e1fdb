"""How a run comes under supervision: started, or found again after the death of a scheduler.

A run must never be started twice, whenever the scheduler dies. So the store says STARTING before the
process exists. A later scheduler that finds a run in an active state looks for its process: by the pid if that
was written, and by the command line, which names the run's folder, if not. If there is no such process, and
no trace of one in the folder, then the trainer never came to life, and only then it is started.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from runners.devices import Device
from runners.protocol import Request, RunFolder, State
from runners.scheduler.ending import finish, now_us
from runners.scheduler.environment import observed_environment
from runners.scheduler.executors.local import (
    StartError,
    find_trainer,
    gone_trainer,
    start_trainer,
    trainer_command,
    trainer_environment,
)
from runners.scheduler.stop_ladder import Patience
from runners.scheduler.supervisor import Supervisor
from storage.home import Home
from storage.records import Evidence, RunRecord
from storage.store import Store

REMOVED = "removed from the queue"


@dataclass(frozen=True, slots=True)
class Starter:
    """Brings runs of one home under supervision. Its methods raise StoreError.

    They return None where the run came to its end instead. What a store error interrupts is done by
    `adopt` later.
    """

    home: Home
    store: Store
    patience: Patience
    read_gpu: Callable[[str], Device | None]

    def start(self, run: RunRecord, device: str) -> Supervisor | None:
        """Start a queued run on a device."""
        evidence = Evidence(started=now_us(), assigned_device=device)
        self.store.set_state(run.id, State.STARTING, "", evidence)
        return self._spawn(self.store.run(run.id))

    def adopt(self, run: RunRecord) -> Supervisor | None:
        """Take over an active run that nobody supervises."""
        folder = self.home.run_folder(run.id)
        trainer = find_trainer(folder, run.pid, run.pid_created)
        if trainer is None:
            if run.pid is None and _untouched(folder):
                return self._spawn(run)
            trainer = gone_trainer(folder)
        supervisor = Supervisor(self.store, folder, run, trainer, self.patience, self.read_gpu)
        supervisor.record_process()
        return supervisor

    def _spawn(self, run: RunRecord) -> Supervisor | None:
        if run.request or run.trashed:  # it came while the run was leaving the queue
            finish(self.store, run, State.STOPPED, REMOVED)
            return None
        folder = self.home.run_folder(run.id)
        try:
            spec = folder.read_spec()
        except (OSError, ValueError) as error:
            finish(self.store, run, State.FAILED, f"its spec.json cannot be read: {error}")
            return None
        command = trainer_command(
            spec, folder, self.home.datasets, run.assigned_device, resume=run.attempt > 1
        )
        environment = observed_environment(command)
        self.store.set_environment(run.id, environment)
        variables = trainer_environment(folder, run.assigned_device, os.environ)
        try:
            trainer = start_trainer(command, variables, folder)
        except StartError as error:
            finish(self.store, run, State.FAILED, str(error))
            return None
        run = replace(run, environment=environment)
        supervisor = Supervisor(self.store, folder, run, trainer, self.patience, self.read_gpu)
        supervisor.record_process()
        return supervisor


def is_removed(run: RunRecord) -> bool:
    """Whether a queued run was asked to stop."""
    return run.request in (Request.STOP, Request.KILL)


def _untouched(folder: RunFolder) -> bool:
    """Whether no trainer has left a trace."""
    traces = (folder.events, folder.heartbeat, folder.environment, folder.outcome)
    return not any(path.exists() for path in traces)
