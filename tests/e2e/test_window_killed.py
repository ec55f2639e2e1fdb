from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from runners.protocol import State
from runners.scheduler.launch import scheduler_alive, stop_scheduler
from storage.home import Home
from storage.records import RunRecord
from storage.store import Store
from tests.waiting import wait_until
from workbench.app import compose, take_down

pytestmark = pytest.mark.long

EPOCHS = 300
STEPS = EPOCHS * 11
"""The 1,294 digits that are trained on make 11 batches of at most 128."""


@pytest.fixture
def store(home_path: Path) -> Iterator[Store]:
    store = Store.open(Home(home_path))
    yield store
    stop_scheduler(store)
    wait_until(lambda: scheduler_alive(store) is None)
    store.close()


def test_a_run_outlives_the_killed_window_and_the_next_window_shows_every_point(
    qtbot: QtBot, home_path: Path, store: Store
) -> None:
    window = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.window_process", str(home_path), str(EPOCHS)]
    )
    try:
        wait_until(lambda: bool(store.runs()) and store.runs()[0].progress.step > 0)
        run = store.runs()[0]
        assert not run.state.final
    finally:
        window.kill()
        window.wait()
    run = _ended(store, run)
    assert (run.state, run.exit_code) == (State.FINISHED, 0)
    _reopened_window_shows_all(qtbot, home_path, run)


def _ended(store: Store, run: RunRecord) -> RunRecord:
    """The run after its end, which needs no window but its own process."""
    assert run.pid is not None
    if not store.run(run.id).state.final:
        with suppress(psutil.NoSuchProcess):
            assert psutil.Process(run.pid).is_running()
    wait_until(lambda: store.run(run.id).state.final)
    return store.run(run.id)


def _reopened_window_shows_all(qtbot: QtBot, home_path: Path, run: RunRecord) -> None:
    session, window = compose(home_path)
    try:
        with qtbot.waitSignals([session.ready, window.finished]):
            window.show()
        assert session.runs[run.id].name == "outlives the window"
        assert session.runs[run.id].state is State.FINISHED
        viewer = QObject()
        session.watch(viewer, [(run.id, "loss")])
        qtbot.waitUntil(lambda: len(session.curve(run.id, "loss")) >= STEPS)
        steps = session.curve(run.id, "loss", whole=True).steps
        assert list(steps) == list(range(1, STEPS + 1))
    finally:
        take_down(session, window)
