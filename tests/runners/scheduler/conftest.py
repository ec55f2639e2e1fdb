"""A real store in a home of its own, and real children in the place of trainers, most of which misbehave."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from runners.protocol import RunFolder, State
from runners.scheduler import starting
from runners.scheduler.executors.local import LocalTrainer, gone_trainer, start_trainer
from runners.scheduler.home_lock import HomeLock
from runners.scheduler.scheduler import Scheduler
from runners.scheduler.stop_ladder import Patience
from storage.home import Home
from storage.records import RunRecord
from tests.examples import SPEC
from tests.homes import open_store

DEADLINE_S = 240.0
HURRY = Patience(asked_s=0.2, terminated_s=0.2)

PREAMBLE = """\
import json, os, signal, subprocess, sys, time
from pathlib import Path
from runners.events import EventWriter
from runners.protocol import Outcome, Progress, Request, RunFolder, State
from tests.examples import SPEC

folder = RunFolder(Path(sys.argv[3]))
with open(folder.path / "starts", "a") as starts:
    print(os.getpid(), file=starts)
events = EventWriter(folder.events)

def end(state=State.FINISHED, reason="done", exit_code=0):
    folder.write_outcome(Outcome(state, reason, exit_code, time.time_ns() // 1000))
    sys.exit(exit_code)

def wait_for(name):
    while not (folder.path / name).exists():
        time.sleep(0.01)

"""

WAITS_FOR_GO = "events.log(0, {'loss': 1.0})\nwait_for('go')\nevents.log(1, {'loss': 0.5})\nend()\n"
STUBBORN = """\
signal.signal(signal.SIGTERM, signal.SIG_IGN)
events.log(0, {'loss': 1.0})
while True:
    time.sleep(0.05)
"""


class Bench:
    """One home with its store, and what a test does with it."""

    def __init__(self, home: Home, scripts: Path) -> None:
        self.home = home
        self.store = open_store(home)
        self.lock = HomeLock(home)
        self._scripts = scripts
        self._children: list[subprocess.Popen[bytes]] = []

    def interpreter(self, body: str) -> Path:
        """A program that is started as if it were a Python that trains."""
        path = self._scripts / f"child{len(list(self._scripts.iterdir()))}"
        path.write_text(f"#!{sys.executable}\n{PREAMBLE}{body}", "utf-8")
        path.chmod(0o755)
        return path

    def queue(self, body: str, *, device: str = "cpu", name: str = "") -> RunRecord:
        return self.queue_for(str(self.interpreter(body)), device=device, name=name)

    def queue_for(self, interpreter: str, *, device: str = "cpu", name: str = "") -> RunRecord:
        wanted = replace(SPEC, device=device, interpreter=interpreter)
        return self.store.create_run(wanted, name=name)

    def folder(self, run: RunRecord) -> RunFolder:
        return self.home.run_folder(run.id)

    def go(self, run: RunRecord) -> None:
        (self.folder(run).path / "go").touch()

    def starts(self, run: RunRecord) -> list[int]:
        """The pids of all processes that were ever started as the run's trainer."""
        path = self.folder(run).path / "starts"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def scheduler(self, *, patience: Patience = HURRY, idle_s: float = 60.0) -> Scheduler:
        assert self.lock.acquire()
        return Scheduler(self.home, self.store, self.lock, patience=patience, idle_s=idle_s)

    def drive(self, scheduler: Scheduler, condition: Callable[[], bool]) -> None:
        """Let the scheduler work until the condition holds."""
        until(condition, scheduler.tick, self._describe)

    def drive_to_the_next_beat(self, scheduler: Scheduler) -> None:
        last = self.store.scheduler()
        self.drive(scheduler, lambda: self.store.scheduler() != last)

    def ended(self, scheduler: Scheduler, run: RunRecord) -> RunRecord:
        """The run after the scheduler brought it to its end."""
        self.drive(scheduler, lambda: self.state(run).final)
        return self.store.run(run.id)

    def state(self, run: RunRecord) -> State:
        return self.store.run(run.id).state

    def start_process(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A scheduler in a process of its own."""
        command = [sys.executable, "-m", "runners.scheduler", str(self.home.path), *arguments]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._children.append(child)
        return child

    def clean_up(self) -> None:
        for child in self._children:
            child.kill()
            child.communicate()
        for folder in self.home.runs.glob("*"):
            until(lambda f=folder: not gone_trainer(RunFolder(f)).kill())  # type: ignore[misc]
        self.lock.release()
        self.store.close()

    def _describe(self) -> str:
        return "\n".join(f"{run.name}: {run.state} {run.reason}" for run in self.store.runs())


def until(
    condition: Callable[[], bool],
    meanwhile: Callable[[], object] = lambda: None,
    describe: Callable[[], str] = str,
) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"it did not happen within {DEADLINE_S:g} s. {describe()}")
        meanwhile()
        time.sleep(0.005)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    if sys.platform == "win32":
        pytest.skip("the children of these tests are started by their first line")
    path = os.pathsep.join([os.getcwd(), *filter(None, [os.environ.get("PYTHONPATH")])])
    monkeypatch.setenv("PYTHONPATH", path)
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    bench = Bench(Home(tmp_path.resolve() / "home"), scripts)
    yield bench
    bench.clean_up()


@pytest.fixture
def reaped(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The children of schedulers that only played dead are seen to their end."""
    children: list[LocalTrainer] = []

    def start(*arguments: Any) -> LocalTrainer:
        children.append(start_trainer(*arguments))
        return children[-1]

    monkeypatch.setattr(starting, "start_trainer", start)
    yield
    for child in children:
        until(lambda c=child: not c.lives(), child.kill)  # type: ignore[misc]
