from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from runners.protocol import State
from runners.scheduler.launch import scheduler_alive, stop_scheduler
from storage.check import check
from storage.home import Home
from storage.store import Store
from tests.waiting import wait_until
from workbench.session import Session

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
EPOCHS = 20


@pytest.fixture
def sessions(qtbot: QtBot, home_path: Path) -> Iterator[list[Session]]:
    """What two windows have behind them."""
    sessions = [Session(home_path), Session(home_path)]
    for session in sessions:
        with qtbot.waitSignal(session.ready):
            session.open()
    yield sessions
    for session in sessions:
        session.close()
    store = Store.open(Home(home_path))
    stop_scheduler(store)
    wait_until(lambda: scheduler_alive(store) is None)
    store.close()


def test_two_windows_two_command_lines_and_a_scheduler_share_a_home(
    qtbot: QtBot, home_path: Path, sessions: list[Session]
) -> None:
    complaints: list[str] = []
    for session in sessions:
        session.failed.connect(complaints.append)
    commands = [_train(home_path, f"run {number}") for number in range(2)]
    rounds = 0
    while any(command.poll() is None for command in commands):
        rounds += 1
        for number, session in enumerate(sessions):
            for run_id in list(session.runs):
                tags = {run_id: [f"round {rounds}", f"window {number}"]}
                session.call(lambda workbench, tags=tags: workbench.store.retag(tags))  # type: ignore[misc]
                session.edits.rename_run(run_id, f"run {run_id} in round {rounds}")
        qtbot.wait(20)
    for command in commands:
        said, _ = command.communicate()
        assert command.returncode == 0, said
        assert json.loads(said)["summary"]["loss"]["count"] == EPOCHS * 11
    for session in sessions:
        qtbot.waitUntil(lambda s=session: _all_finished(s))  # type: ignore[misc]
    assert rounds > 1
    assert complaints == []
    assert check(Home(home_path)) == []


def _train(home: Path, name: str) -> subprocess.Popen[str]:
    words = f"run --template mlp --framework pytorch --dataset digits --set epochs={EPOCHS}"
    command = [sys.executable, "main.py", "--home", str(home), *words.split(), "--name", name]
    return subprocess.Popen(
        [*command, "--wait", "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def _all_finished(session: Session) -> bool:
    runs = session.runs.values()
    return len(runs) == 2 and all(run.state is State.FINISHED for run in runs)
