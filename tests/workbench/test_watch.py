from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from runners.events import EventWriter
from runners.protocol import Progress, State
from runners.scheduler.launch import scheduler_alive, stop_scheduler
from storage import engine
from storage.arrivals import Arrival
from storage.home import Home
from storage.rebuild import rebuild
from storage.store import Store
from tests.examples import SPEC
from tests.storage.examples import export
from tests.waiting import wait_until
from tests.workbench.conftest import rising
from workbench import watch
from workbench.session import Session


def test_a_change_by_another_process_arrives(qtbot: QtBot, session: Session, store: Store) -> None:
    run = store.create_run(SPEC)
    qtbot.waitUntil(lambda: run.id in session.runs)
    store.set_state(run.id, State.RUNNING)
    store.take([Arrival(run.id, progress=Progress("training", 5, 10))])
    qtbot.waitUntil(lambda: session.runs[run.id].progress.step == 5)
    assert session.runs[run.id].state is State.RUNNING


def test_a_change_of_the_list_of_exports_is_told(
    qtbot: QtBot, session: Session, store: Store, home_path: Path
) -> None:
    run = store.create_run(SPEC)
    folder = export(Home(home_path), run.id)
    for change in (
        lambda: store.exports.add(run.id, folder),
        lambda: store.exports.rename(1, "new"),
        lambda: store.exports.trash([1]),
        lambda: store.trash([run.id]),
    ):
        with qtbot.waitSignal(session.exports_changed, timeout=60_000):
            change()


def test_many_runs_come_in_pages_the_newest_first_and_ready_does_not_wait_for_all(
    qtbot: QtBot, store: Store, home_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PAGE", 2)
    ids = [store.create_run(SPEC).id for _ in range(7)]
    for run_id in ids[1:]:
        store.set_state(run_id, State.STOPPED)
    session = Session(home_path)
    pages: list[list[int]] = []
    known_when_ready: list[int] = []
    session.runs_changed.connect(lambda runs: pages.append([run.id for run in runs]))
    session.ready.connect(lambda: known_when_ready.extend(session.runs))
    session.open()
    qtbot.waitUntil(lambda: sorted(session.runs) == ids)
    assert known_when_ready == [ids[0], ids[-1]]
    assert pages == [[1, 7], [6, 5], [4, 3], [2]]
    session.close()


def test_a_history_that_another_one_replaced_is_read_anew_without_repeating_messages(
    qtbot: QtBot, session: Session, store: Store, home_path: Path, tmp_path: Path
) -> None:
    kept = store.create_run(SPEC)
    store.append(kept.id, {"loss": rising(range(100))})
    store.add_message("info", "once")
    database = Home(home_path).database
    copy = tmp_path / "copy.db"
    engine.copy(database, copy)
    lost = store.create_run(SPEC, name="lost")
    owner = QObject()
    session.watch(owner, [(kept.id, "loss")])
    qtbot.waitUntil(lambda: lost.id in session.runs)
    qtbot.waitUntil(lambda: len(session.curve(kept.id, "loss")) == 100)
    told: list[str] = []
    session.messages_arrived.connect(lambda new: told.extend(one.text for one in new))

    database.unlink()
    qtbot.waitUntil(lambda: "gone" in session.health.problem)
    copy.rename(database)
    qtbot.waitUntil(lambda: set(session.runs) == {kept.id})
    qtbot.waitUntil(lambda: session.health.problem == "")
    store.append(kept.id, {"loss": rising(range(100, 120))})
    qtbot.waitUntil(lambda: len(session.curve(kept.id, "loss")) == 120)
    assert session.curve(kept.id, "loss", whole=True).steps.tolist() == list(range(120))
    store.add_message("info", "new")
    qtbot.waitUntil(lambda: told == ["new"])


@pytest.mark.parametrize("vanished", [False, True], ids=["sound", "vanished"])
def test_after_a_rebuilding_every_run_is_there_once_with_its_curve_and_the_lost_one_is_gone(
    qtbot: QtBot, session: Session, store: Store, home_path: Path, vanished: bool
) -> None:
    home = Home(home_path)
    runs = [store.create_run(SPEC, name=f"run {number}") for number in range(3)]
    for run in runs:
        store.set_state(run.id, State.RUNNING)
        store.set_state(run.id, State.STOPPED, "as asked")
    with closing(EventWriter(home.run_folder(runs[0].id).events)) as writer:
        for step in range(20):
            writer.log(step, {"loss": step / 10})
    qtbot.waitUntil(lambda: set(session.runs) == {run.id for run in runs})
    owner = QObject()
    session.watch(owner, [(runs[0].id, "loss")])
    shutil.rmtree(home.run_folder(runs[1].id).path)
    if vanished:
        home.database.unlink()
        qtbot.waitUntil(lambda: "gone" in session.health.problem)
    rebuild(home)
    qtbot.waitUntil(lambda: set(session.runs) == {runs[0].id, runs[2].id})
    qtbot.waitUntil(lambda: len(session.curve(runs[0].id, "loss")) == 20)
    assert session.runs[runs[2].id].state is State.STOPPED


def test_a_vanished_history_is_told_once(
    qtbot: QtBot, session: Session, store: Store, home_path: Path
) -> None:
    told: list[str] = []
    session.failed.connect(told.append)
    with qtbot.waitSignal(session.health_changed) as changed:
        Home(home_path).database.unlink()
    assert "twinbench rebuild" in changed.args[0].problem
    qtbot.waitUntil(lambda: len(told) == 1)


def test_a_scheduler_is_started_for_a_run_that_waits_and_none_lives(
    qtbot: QtBot, store: Store, session: Session
) -> None:
    store.beat(0, 0.0, "")
    run = store.create_run(replace(SPEC, device="cuda:999"))
    qtbot.waitUntil(lambda: run.id in session.runs)
    qtbot.waitUntil(lambda: "no cuda:999" in session.runs[run.id].reason)
    qtbot.waitUntil(lambda: session.scheduler is not None)
    stop_scheduler(store)
    wait_until(lambda: scheduler_alive(store) is None)
