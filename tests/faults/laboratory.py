"""One home with its real processes: trainers, a scheduler and windows, and what can be known of them from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from runners.protocol import RunFolder, State
from runners.scheduler.executors.local import MARKER
from runners.scheduler.launch import scheduler_alive, stop_scheduler
from storage.records import RunRecord
from storage.store import StoreError
from tests.faults.acknowledged import call_count
from workbench.bench import Workbench
from workbench.requests import RunRequest

ROOT = Path(__file__).parents[2]
WITNESS = Path(__file__).parent / "witness"
PATIENCE_S = 180.0
LANES = 2
KILLED_CODES = (-9, 15)
"""Exit codes of a killed process on POSIX and on Windows, as psutil kills it."""
ENDLESS = 100_000
"""Epochs of a run that shall not end by itself."""


class Overdue(AssertionError):
    """What should have become so did not."""


@dataclass
class Trial:
    """A run of the campaign and what was done to it."""

    run_id: int
    attempts: int = 1
    adopted: bool = False
    """Whether its scheduler died and another one follows it, so that nobody can see its exit code."""
    destroyed: int = 0
    """Acknowledged records that an injection destroyed on the disk."""
    allowed: frozenset[State] = field(default_factory=frozenset)
    """The final states that would be true; empty as long as it must live."""


class Laboratory:
    """``home`` may be on a small disk; what the witnesses write lies in ``scratch``, which must not be."""

    def __init__(self, home: Path, scratch: Path, *, windows: int) -> None:
        self.scratch = scratch
        self._wanted_windows = windows
        self._windows: list[subprocess.Popen[bytes]] = []
        self.trials: list[Trial] = []
        self.workbench = Workbench.open(home)
        self.store = self.workbench.store
        self.home = self.workbench.home
        self.store.set_setting("cpu_lanes", LANES)
        self.open_windows()

    # -- runs -----------------------------------------------------------------------------------
    def queue(self, framework: str, epochs: int = ENDLESS) -> Trial:
        parameters = {"epochs": epochs, "batch_size": 64}
        request = RunRequest(
            template="mlp",
            framework=framework,
            dataset="digits",
            parameters=parameters,
            device="cpu",
        )
        return Trial(self.workbench.queue(request).id)

    def run(self, trial: Trial) -> RunRecord:
        return self.store.run(trial.run_id)

    def folder(self, trial: Trial) -> RunFolder:
        return self.home.run_folder(trial.run_id)

    def witness(self, trial: Trial) -> Path:
        return self.scratch / f"{self.folder(trial).path.name}.jsonl"

    def calls(self, trial: Trial) -> int:
        """The log calls of the run that have returned."""
        return call_count(self.witness(trial))

    def wait_training(self, trial: Trial, more: int = 50) -> None:
        """Until that many more log calls returned and the history says that it runs."""
        wanted = self.calls(trial) + more
        self.wait(lambda: self.calls(trial) >= wanted, f"run {trial.run_id} goes on")
        self.wait(
            lambda: self.state(trial) is State.RUNNING, f"run {trial.run_id} is shown as running"
        )

    def state(self, trial: Trial) -> State | None:
        """None where the history cannot be read at the moment."""
        try:
            return self.run(trial).state
        except StoreError:
            return None

    # -- processes ------------------------------------------------------------------------------
    def trainer(self, trial: Trial) -> psutil.Process | None:
        return next((p for p in self.members(trial) if "runners.train" in _words(p)), None)

    def grandchildren(self, trial: Trial) -> list[psutil.Process]:
        return [p for p in self.members(trial) if "runners.train" not in _words(p)]

    def members(self, trial: Trial) -> list[psutil.Process]:
        """All processes that carry the run's mark."""
        wanted = str(self.folder(trial).path)
        return [process for process in _marked() if _mark(process) == wanted]

    def orphans(self) -> list[psutil.Process]:
        """Processes of runs of this home that have ended."""
        runs = {str(self.home.run_folder(run.id).path): run for run in self.store.runs()}
        return [
            process
            for process in _marked()
            if (run := runs.get(_mark(process))) is not None and run.state.final
        ]

    def scheduler(self) -> psutil.Process | None:
        with suppress(StoreError, psutil.NoSuchProcess):
            record = scheduler_alive(self.store)
            return psutil.Process(record.pid) if record else None
        return None

    def kill_scheduler(self) -> None:
        """With -9. Its trainers are from now on followed by another one."""
        scheduler = self.scheduler()
        if scheduler is not None:
            kill(scheduler)
            for trial in self.trials:
                trial.adopted = True

    def start_scheduler(self) -> psutil.Process:
        """The live scheduler of the home; one is started unless a window did."""
        self.workbench.start_scheduler()
        self.wait(lambda: self.scheduler() is not None, "a scheduler lives")
        scheduler = self.scheduler()
        return scheduler if scheduler is not None else self.start_scheduler()

    def open_windows(self) -> None:
        """As many as there should be, in the place of those that are dead."""
        self._windows = [window for window in self._windows if window.poll() is None]
        command = [sys.executable, "-X", "faulthandler", "main.py", "--home", str(self.home.path)]
        while len(self._windows) < self._wanted_windows:
            with open(self.scratch / "windows.log", "ab") as log:
                self._windows.append(subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log))

    def collapsed_windows(self) -> list[str]:
        """The exit codes of windows that ended although nobody killed them, with what they said last."""
        codes = [code for w in self._windows if (code := w.poll()) not in (None, *KILLED_CODES)]
        if not codes:
            return []
        said = (self.scratch / "windows.log").read_text("utf-8", "replace")[-2000:]
        return [f"a window ended by itself with exit code {code}: {said}" for code in codes]

    @property
    def windows(self) -> int:
        """How many are open."""
        return sum(window.poll() is None for window in self._windows)

    def kill_windows(self, count: int) -> None:
        for window in self._windows[:count]:
            window.kill()
            window.wait()

    # -- time and end ---------------------------------------------------------------------------
    def wait(self, reached: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> float:
        """Seconds until it was so. Raises Overdue."""
        start = time.monotonic()
        while not reached():
            if time.monotonic() - start > seconds:
                raise Overdue(
                    f"within {seconds:.0f} s it did not happen that {what}\n{self.describe()}"
                )
            time.sleep(0.02)
        return time.monotonic() - start

    def describe(self) -> str:
        with suppress(StoreError):
            runs = self.store.runs()
            return "\n".join(
                f"run {r.id} {r.state} attempt {r.attempt}: {r.reason}" for r in runs[:6]
            )
        return "the history cannot be read"

    def close(self) -> None:
        """End everything that was started, whatever state it is in."""
        for window in self._windows:
            window.kill()
            window.wait()
        with suppress(StoreError):
            stop_scheduler(self.store)
        for process in _marked():
            if _mark(process).startswith(str(self.home.path)):
                kill(process)
        with suppress(Overdue):
            self.wait(lambda: self.scheduler() is None, "the scheduler left", seconds=30)
        self.kill_scheduler()
        self.workbench.close()


@contextmanager
def witnessed(scratch: Path) -> Iterator[None]:
    """While it lasts, every process that is started here makes its trainers write down what they logged."""
    scratch.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(WITNESS), *filter(None, [os.environ.get("PYTHONPATH")])])
    changed = {
        "PYTHONPATH": path,
        "TWINBENCH_WITNESS": str(scratch),
        "QT_QPA_PLATFORM": "offscreen",
    }
    with _variables(changed):
        yield


@contextmanager
def _variables(changed: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def kill(process: psutil.Process) -> None:
    """As ``kill -9`` does, or as the task manager of Windows; it is dead on return."""
    with suppress(psutil.NoSuchProcess):
        process.kill()
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.001)


def _marked() -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _mark(process)]


def _mark(process: psutil.Process) -> str:
    with suppress(psutil.Error, OSError):
        if process.status() != psutil.STATUS_ZOMBIE:
            return process.environ().get(MARKER, "")
    return ""


def _words(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error, OSError):
        return process.cmdline()
    return []
