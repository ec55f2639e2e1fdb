"""Trainers as processes of this machine: start one, find it again, and end it with all it started.

A trainer is the leader of a session of its own and carries its run folder in the environment variable
`MARKER`, which its descendants inherit. So descendants are found even after they lost their parent,
and even if they made a session of their own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from runners.protocol import RunFolder, RunSpec, device_ids, replica_count
from runners.scheduler.detached import CREATION_TOLERANCE_S, child_environment, start_detached

MARKER = "TWINBENCH_RUN_FOLDER"
_TRAINER_MODULE, _SCRIPT_MODULE = "runners.train", "runners.script"
_GONE = (psutil.NoSuchProcess, psutil.ZombieProcess)


class StartError(Exception):
    """The trainer could not be started; the message says why."""


def trainer_command(
    spec: RunSpec, folder: RunFolder, datasets: Path, device: str, *, resume: bool
) -> list[str]:
    """How the trainer of a run is started on the devices that it was given, such as ``cpu``, ``mps``, ``cuda:0,cuda:1``.

    ``resume`` makes it go on from the run's last checkpoint. A script is started by a process of ours that watches over it, so
    that its interpreter may be any.
    """
    kind = device.partition(":")[0]
    if spec.script is not None:
        return [sys.executable, "-m", _SCRIPT_MODULE, str(folder.path), "--device", kind]
    command = [
        spec.interpreter, "-m", _TRAINER_MODULE, str(folder.path),
        "--datasets", str(datasets), "--device", kind,
    ]  # fmt: skip
    if (replicas := replica_count(device)) > 1:
        command += ["--replicas", str(replicas)]
    return [*command, "--resume"] if resume else command


def trainer_environment(
    folder: RunFolder, device: str, inherited: Mapping[str, str]
) -> dict[str, str]:
    """The environment variables of a trainer that sees its own devices only."""
    numbers = [name.partition(":")[2] for name in device_ids(device)]
    return {
        "TF_CPP_MIN_LOG_LEVEL": "1",
        **child_environment(inherited),
        MARKER: str(folder.path),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # the order in which NVML counts
        "CUDA_VISIBLE_DEVICES": ",".join(filter(None, numbers)) or "-1",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    }


class LocalTrainer:
    """A trainer and everything it started. ``pid`` is the trainer's, ``created`` its creation time.

    ``child`` is given where it is ours; only then its exit code can be known. A ``pid`` of 0 stands for a trainer
    that was gone when it was looked for: the number of its session may long belong to somebody else.
    ``seen_pids`` are those of all its processes that were ever seen.
    """

    def __init__(
        self,
        folder: RunFolder,
        pid: int,
        created: float,
        *,
        child: subprocess.Popen[bytes] | None = None,
    ) -> None:
        self.pid = pid
        self.created = created
        self.exit_code: int | None = None
        self.seen_pids: set[int] = set()
        self._folder = folder
        self._child = child
        self._process: psutil.Process | None = None
        if pid:
            with suppress(*_GONE):
                self._process = psutil.Process(pid)

    def lives(self) -> bool:
        """Whether the trainer itself runs; a zombie does not."""
        if self._child is not None:
            self.exit_code = self._child.poll()
            return self.exit_code is None
        return self._process is not None and is_running(self._process)

    def members(self) -> list[psutil.Process]:
        """The trainer and its descendants that run, the trainer first."""
        tree = {process.pid for process in self.tree()}
        found = [
            process
            for process in psutil.process_iter()
            if process.pid != os.getpid()
            and (
                process.pid in tree or self._in_session(process) or _carries(process, self._folder)
            )
            and is_running(process)
        ]
        self.seen_pids.update(process.pid for process in found)
        return sorted(found, key=lambda process: process.pid != self.pid)

    def tree(self) -> list[psutil.Process]:
        """The trainer and the descendants that hang on it by their parents: quick, but not all."""
        if self._process is None or not self.lives():
            return []
        try:
            found = [self._process, *self._process.children(recursive=True)]
        except psutil.Error:
            return []
        self.seen_pids.update(process.pid for process in found)
        return found

    def suspended(self) -> bool:
        """Whether somebody stopped the trainer (SIGSTOP), so that it lives and does nothing."""
        try:
            return self._process is not None and self._process.status() == psutil.STATUS_STOPPED
        except psutil.Error:
            return False

    def terminate(self) -> None:
        """Ask the system to end all members; they can still refuse."""
        for process in self.members():
            with suppress(psutil.Error):
                process.terminate()

    def wake(self) -> None:
        """Let the suspended among the members go on: only then they hear what is asked of them, or of a signal to end."""
        for process in self.members():
            with suppress(psutil.Error):
                if process.status() == psutil.STATUS_STOPPED:
                    process.resume()

    def kill(self) -> list[psutil.Process]:
        """Kill all members; those that were there. Call it until there are none: one may just have started another."""
        members = self.members()
        for process in members:
            with suppress(psutil.Error):
                process.kill()
        return members

    def _in_session(self, process: psutil.Process) -> bool:
        if sys.platform == "win32" or not self.pid:
            return False
        try:
            return os.getsid(process.pid) == self.pid
        except OSError:
            return False


def start_trainer(
    command: Sequence[str], environment: Mapping[str, str], folder: RunFolder
) -> LocalTrainer:
    """Start a trainer in its run folder. Raises StartError."""
    interpreter = command[0]
    try:
        child = start_detached(
            command, folder=folder.path, environment=environment, output=folder.log
        )
    except FileNotFoundError as error:
        missing = folder.path if not folder.path.is_dir() else interpreter
        raise StartError(f"it could not be started: {missing} does not exist") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise StartError(f"the interpreter {interpreter} could not be started: {why}") from error
    return LocalTrainer(folder, child.pid, _creation_time(child.pid), child=child)


def find_trainer(folder: RunFolder, pid: int | None, created: float | None) -> LocalTrainer | None:
    """The live trainer of a run that another scheduler started, or None.

    By pid and creation time, or by its command line: the clock may have been set since, and a
    scheduler may have died before it could write the pid.
    """
    for process in _candidates(pid):
        if not is_running(process):
            continue
        same = process.pid == pid and _created_at(process, created)
        if same or _trains(process, folder):
            return LocalTrainer(folder, process.pid, process.create_time())
    return None


def gone_trainer(folder: RunFolder) -> LocalTrainer:
    """A trainer that is no more, but may have left descendants."""
    return LocalTrainer(folder, 0, 0.0)


def is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _candidates(pid: int | None) -> Iterator[psutil.Process]:
    if pid is not None:
        with suppress(psutil.NoSuchProcess):
            yield psutil.Process(pid)
    yield from psutil.process_iter()


def _created_at(process: psutil.Process, created: float | None) -> bool:
    if created is None:
        return False
    try:
        return abs(process.create_time() - created) <= CREATION_TOLERANCE_S
    except psutil.Error:
        return False


def _trains(process: psutil.Process, folder: RunFolder) -> bool:
    """Whether the process is the trainer of the run, not a copy that was forked from it."""
    try:
        words = process.cmdline()
        leads = sys.platform == "win32" or os.getsid(process.pid) == process.pid
    except (psutil.Error, OSError):
        return False
    trains = _TRAINER_MODULE in words or _SCRIPT_MODULE in words
    return leads and trains and str(folder.path) in words


def _carries(process: psutil.Process, folder: RunFolder) -> bool:
    try:
        return process.environ().get(MARKER) == str(folder.path)
    except (psutil.Error, OSError):
        return False


def _creation_time(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0


__all__ = [
    "MARKER", "LocalTrainer", "StartError", "find_trainer", "gone_trainer", "is_running",
    "start_trainer", "trainer_command", "trainer_environment",
]  # fmt: skip
