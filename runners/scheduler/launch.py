"""For the window and the command line: start the scheduler of a home, see whether it lives, ask it to leave."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from time import time_ns

import psutil

from runners.scheduler.detached import CREATION_TOLERANCE_S, child_environment, start_detached
from storage.home import Home
from storage.records import SchedulerRecord
from storage.store import Store, StoreError

LEAVE_SETTING = "scheduler/leave"
"""The setting that holds ``[pid, pid_created]`` of the scheduler that is asked to leave."""
SILENT_S = 30.0
"""A live scheduler that did not report for so long is stuck."""
OUTPUT = "scheduler.out"
"""The file in the home that takes what the scheduler prints, which is nothing unless it cannot even begin its log."""

_started: set[int] = set()
"""Pids of the schedulers that this process started and that have not ended, as far as it knows."""


def start_scheduler(home: Home) -> None:
    """Start the scheduler of the home, detached, unless it lives.

    Two who start one at the same time do no harm: the second scheduler sees the first and leaves.
    Raises StoreError.
    """
    with closing(Store.open(home)) as store:
        if scheduler_alive(store):
            return
    command = [sys.executable, "-m", "runners.scheduler", str(home.path.absolute())]
    try:
        child = start_detached(
            command, folder=home.path, environment=child_environment(), output=home.path / OUTPUT
        )
    except OSError as error:
        raise StoreError(f"the scheduler could not be started: {error}") from error
    child.returncode = 0  # it is on its own, and nobody shall be warned that it still runs
    _started.add(child.pid)


def scheduler_alive(store: Store) -> SchedulerRecord | None:
    """The scheduler of the home if its process lives, by its pid and creation time. Raises StoreError.

    Whether it does its work is another question: see `is_silent`.
    """
    _bury()
    record = store.scheduler()
    return record if record and _process(record) else None


def _bury() -> None:
    """Take note of schedulers of ours that ended: a child that nobody asks about stays a zombie, except on Windows."""
    if sys.platform == "win32":
        return
    for pid in list(_started):
        try:
            ended = os.waitpid(pid, os.WNOHANG)[0] == pid
        except ChildProcessError:
            ended = True
        if ended:
            _started.discard(pid)


def is_silent(record: SchedulerRecord) -> bool:
    """Whether a scheduler has not reported for so long that it must be stuck, or cannot write to the history.

    It reports every second. Nothing is started, stopped or recorded meanwhile, though its trainers go on. `stop_scheduler`
    ends it, and one that is started then takes over.
    """
    return time_ns() / 1e9 - record.heartbeat / 1e6 > SILENT_S


def stop_scheduler(store: Store) -> bool:
    """Ask the scheduler to leave soon; False if there is none. One that is silent hears nothing, and is killed.

    Running trainers go on in either case, and the next scheduler takes them over. Raises StoreError.
    """
    record = scheduler_alive(store)
    if record is None:
        return False
    if is_silent(record):
        _kill(record)
    else:
        store.set_setting(LEAVE_SETTING, [record.pid, record.pid_created])
    return True


def _kill(record: SchedulerRecord) -> None:
    process = _process(record)
    if process is None:
        return
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
    except psutil.Error as error:
        raise StoreError(
            f"the scheduler, process {record.pid}, does not answer and cannot be killed: {error}"
        ) from error


def _process(record: SchedulerRecord) -> psutil.Process | None:
    """The process that the record speaks of, if it lives."""
    if record.pid == 0:
        return None
    try:
        process = psutil.Process(record.pid)
        same = abs(process.create_time() - record.pid_created) <= CREATION_TOLERANCE_S
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None
