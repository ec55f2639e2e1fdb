from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from runners.protocol import Framework, Mode, Progress, RunSpec, State
from storage.home import Home
from storage.records import RunRecord
from storage.series import Series
from storage.store import Store
from workbench.requests import InvalidRequest, RunRequest
from workbench.session import Session

SPEC = RunSpec(
    template="mlp",
    framework=Framework.PYTORCH,
    mode=Mode.EAGER,
    dataset="digits",
    dataset_hash="0" * 64,
    parameters={"epochs": 1},
    seed=0,
    device="cpu",
    interpreter="python",
)


def series(steps: range) -> Series:
    numbers = np.arange(steps.start, steps.stop)
    return Series(numbers, numbers.astype(float), numbers / 10)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(Home(tmp_path / "home"))
    yield store
    store.close()


@pytest.fixture
def session(qtbot: QtBot, store: Store, tmp_path: Path) -> Iterator[Session]:
    session = Session(tmp_path / "home")
    with qtbot.waitSignal(session.ready):
        session.open()
    yield session
    session.close()


def test_runs_that_were_there_before_are_known_when_it_is_ready(
    qtbot: QtBot, store: Store, tmp_path: Path
) -> None:
    run = store.create_run(SPEC, name="old")
    session = Session(tmp_path / "home")
    with qtbot.waitSignal(session.ready):
        session.open()
    assert session.runs[run.id].name == "old"
    session.close()


def test_a_change_by_another_process_arrives(qtbot: QtBot, session: Session, store: Store) -> None:
    run = store.create_run(SPEC)
    qtbot.waitUntil(lambda: run.id in session.runs)
    store.set_state(run.id, State.RUNNING)
    store.set_progress(run.id, Progress("training", 5, 10))
    qtbot.waitUntil(lambda: session.runs[run.id].progress.step == 5)
    assert session.runs[run.id].state is State.RUNNING


def test_a_watched_curve_grows_and_an_unwatched_one_is_forgotten(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": series(range(100))})
    owner = QObject()
    session.watch(owner, [(run.id, "loss")])
    qtbot.waitUntil(lambda: len(session.curve(run.id, "loss")) == 100)
    store.append(run.id, {"loss": series(range(100, 150))})
    qtbot.waitUntil(lambda: len(session.curve(run.id, "loss")) == 150)
    curve = session.curve(run.id, "loss")
    assert list(curve.steps) == list(range(150))
    assert curve.values[149] == 14.9
    session.watch(owner, [])
    assert len(session.curve(run.id, "loss")) == 0


def test_curves_of_an_owner_that_is_gone_are_forgotten(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": series(range(10))})
    owner = QObject()
    session.watch(owner, [(run.id, "loss")])
    qtbot.waitUntil(lambda: len(session.curve(run.id, "loss")) == 10)
    owner.deleteLater()
    qtbot.waitUntil(lambda: len(session.curve(run.id, "loss")) == 0)


def test_work_is_done_on_another_thread_and_its_result_comes_back_on_this_one(
    qtbot: QtBot, session: Session
) -> None:
    threads: list[int] = []

    def then(worker: int) -> None:
        threads.extend((worker, threading.get_ident()))

    session.call(lambda _: threading.get_ident(), then)
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert threads[0] != threading.get_ident()
    assert threads[1] == threading.get_ident()


def test_an_error_of_the_work_is_told_in_words(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignal(session.failed) as failed:
        session.rename_run(999, "new")
    assert "999" in failed.args[0]


def test_deleting_offers_an_undo_that_brings_the_runs_back(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    run = store.create_run(SPEC, name="mine")
    store.set_state(run.id, State.FINISHED)
    qtbot.waitUntil(lambda: run.id in session.runs and session.runs[run.id].state.final)
    with qtbot.waitSignal(session.notice) as notice:
        session.delete_runs([run.id])
    assert notice.args[0] == "Deleted mine"
    qtbot.waitUntil(lambda: run.id not in session.runs)
    undo: Callable[[], None] = notice.args[1]
    undo()
    qtbot.waitUntil(lambda: run.id in session.runs)


def test_a_deleted_run_leaves_the_selection(qtbot: QtBot, session: Session, store: Store) -> None:
    ids = [store.create_run(SPEC).id for _ in range(2)]
    qtbot.waitUntil(lambda: set(ids) <= set(session.runs))
    for run_id in ids:
        store.set_state(run_id, State.FINISHED)
    session.select(ids)
    session.delete_runs(ids[:1])
    qtbot.waitUntil(lambda: session.selection == (ids[1],))


def test_a_request_with_problems_is_handed_back_with_them(qtbot: QtBot, session: Session) -> None:
    errors: list[Exception] = []
    queued: list[RunRecord] = []
    request = RunRequest(template="no such", framework="pytorch", dataset="digits")
    session.queue_runs([request], queued.extend, errors.append, lambda text, fraction: None)
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], InvalidRequest)
    assert "template" in errors[0].problems
    assert not queued


def test_a_home_that_cannot_be_opened_is_told_in_words(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    session = Session(tmp_path / "file" / "home")
    with qtbot.waitSignal(session.unusable) as unusable:
        session.open()
    assert "file" in unusable.args[0]
    session.close()


def test_a_session_that_is_closed_leaves_no_thread(qtbot: QtBot, tmp_path: Path) -> None:
    session = Session(tmp_path / "home")
    with qtbot.waitSignal(session.ready):
        session.open()
    session.close()
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith(("work", "watch"))]


def test_what_is_asked_before_the_history_is_open_is_refused_in_words(
    qtbot: QtBot, tmp_path: Path
) -> None:
    session = Session(tmp_path / "home")
    errors: list[Exception] = []
    session.call(lambda _: None, failed=errors.append)
    assert "still being opened" in str(errors[0])
    session.close()


def test_queued_runs_are_known_when_their_queueing_is_told(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    me = psutil.Process()  # counts as the scheduler, so that nobody trains what is queued
    store.beat(me.pid, me.create_time(), socket.gethostname())
    known: list[bool] = []
    request = RunRequest(template="mlp", framework="pytorch", dataset="digits")
    session.queue_runs(
        [request],
        lambda runs: known.extend(run.id in session.runs for run in runs),
        lambda error: pytest.fail(str(error)),
        lambda text, fraction: None,
    )
    qtbot.waitUntil(lambda: known == [True], timeout=60_000)
