"""A home with runs in it, and the command line called as a person would."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from runners.protocol import Request, RunSpec, State
from runners.scheduler.launch import scheduler_alive, start_scheduler, stop_scheduler
from storage.home import Home
from storage.records import Evidence, RunRecord
from storage.store import Series, Store
from tests.examples import SPEC
from tests.homes import open_store
from tests.waiting import wait_until
from workbench.command_line import main


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Strict: the constants that Python would accept and others would not are refused."""

        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is no JSON")

        return json.loads(self.out, parse_constant=refuse)


Call = Callable[..., Answer]


@pytest.fixture
def home(home_path: Path) -> Home:
    return Home(home_path)


@pytest.fixture
def store(home: Home, request: pytest.FixtureRequest) -> Iterator[Store]:
    """The history. Unless the test has its trainings `scheduled`, this process counts as the scheduler, so that none begins."""
    opened = open_store(home)
    if "scheduled" not in request.fixturenames:
        count_as_scheduler(opened)
    yield opened
    opened.close()


def count_as_scheduler(store: Store) -> None:
    me = psutil.Process()
    store.beat(me.pid, me.create_time(), socket.gethostname())


@pytest.fixture
def call(home: Home, capsys: pytest.CaptureFixture[str]) -> Call:
    """The command line on the test's home; the words are as typed."""

    def call(*words: str) -> Answer:
        capsys.readouterr()
        code = main(["--home", str(home.path), *words])
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return call


@pytest.fixture
def scheduled(home: Home) -> Iterator[Home]:
    """The home, whose trainers are killed and whose scheduler is told to leave after the test."""
    yield home
    store = Store.open(home)
    left = [run.id for run in store.runs() if run.state.active]
    if left:
        store.request(left, Request.KILL)
        start_scheduler(home)
        wait_until(lambda: all(store.run(run_id).state.final for run_id in left))
    stop_scheduler(store)
    wait_until(lambda: scheduler_alive(store) is None)
    store.close()


def series(values: list[float], first_step: int = 0) -> Series:
    """A point a step and a second."""
    steps = np.arange(first_step, first_step + len(values), dtype=np.int64)
    return Series(steps, 1.7e9 + steps.astype(np.float64), np.array(values, dtype=np.float64))


def rising(steps: range) -> Series:
    """At every step its tenth, a second after the one before."""
    numbers = np.arange(steps.start, steps.stop)
    return Series(numbers, numbers.astype(float), numbers / 10)


def finished_run(store: Store, name: str, losses: list[float], spec: RunSpec = SPEC) -> RunRecord:
    run = store.create_run(spec, name=name, experiment="trial", tags=["tag"])
    store.set_state(run.id, State.RUNNING, evidence=Evidence(started=run.created, pid=1))
    store.append(run.id, {"loss": series(losses), "test/accuracy": series([1 - losses[-1]])})
    ended = Evidence(ended=run.created + 2_500_000, exit_code=0)
    store.set_state(run.id, State.FINISHED, "trained 3 steps", ended)
    return store.run(run.id)
