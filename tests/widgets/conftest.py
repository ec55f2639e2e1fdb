"""A real session on a real home, and the runs that the views show."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from runners.protocol import Progress, State
from storage.home import Home
from storage.records import Evidence, RunRecord
from storage.store import Arrival, Series, Store
from tests.examples import SPEC
from tests.homes import open_store
from widgets.choices import Choices

MakeRun = Callable[..., RunRecord]


@pytest.fixture
def store(home_path: Path) -> Iterator[Store]:
    """The history, in which this process counts as the scheduler, so that nobody trains what is queued."""
    opened = open_store(Home(home_path))
    me = psutil.Process()
    opened.beat(os.getpid(), me.create_time(), socket.gethostname())
    yield opened
    opened.close()


@pytest.fixture
def make_run(store: Store) -> MakeRun:
    """Makes a run in a state, with a result if it is one that has been trained."""

    def make(name: str, state: State = State.FINISHED, **changes: Any) -> RunRecord:
        result = changes.pop("result", 0.9)
        tags = changes.pop("tags", ())
        run = store.create_run(replace(SPEC, **changes), name=name, tags=tags)
        if state is State.QUEUED:
            return run
        started = Evidence(started=run.created, pid=os.getpid(), assigned_device="cpu")
        store.set_state(run.id, State.RUNNING, evidence=started)
        store.take([Arrival(run.id, progress=Progress("training", 5, 10, 1, 3, 100.0, 30.0))])
        one = np.array([1])
        store.append(run.id, {"test/accuracy": Series(one, one * 1.0, np.array([result]))})
        if state is not State.RUNNING:
            store.set_state(run.id, state, "as made", Evidence(ended=run.created + 2_000_000))
        return store.run(run.id)

    return make


@pytest.fixture
def choices(tmp_path: Path) -> Choices:
    return Choices(tmp_path / "window.ini")
