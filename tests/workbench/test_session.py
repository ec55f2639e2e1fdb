from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from runners.events import EventWriter
from runners.protocol import Progress, State
from runners.scheduler.launch import scheduler_alive, stop_scheduler
from storage import engine
from storage.arrivals import Arrival
from storage.errors import QueryError
from storage.home import Home
from storage.rebuild import rebuild
from storage.records import QueueOptions, RunQuery, RunRecord
from storage.series import Series
from storage.store import Store
from tests.examples import SPEC
from tests.homes import open_store
from tests.storage.examples import export
from tests.waiting import wait_until
from tests.workbench.conftest import count_as_scheduler
from workbench import watch, watched
from workbench.curve import Curve
from workbench.details import POINT_BYTES
from workbench.long_curve import LongCurve
from workbench.requests import InvalidRequest, RunRequest
from workbench.session import Session


def series(steps: range) -> Series:
    numbers = np.arange(steps.start, steps.stop)
    return Series(numbers, numbers.astype(float), numbers / 10)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(Home(tmp_path / "home"))
    count_as_scheduler(store)
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
    store.take([Arrival(run.id, progress=Progress("training", 5, 10))])
    qtbot.waitUntil(lambda: session.runs[run.id].progress.step == 5)
    assert session.runs[run.id].state is State.RUNNING


def test_a_change_of_the_list_of_exports_is_told(
    qtbot: QtBot, session: Session, store: Store, tmp_path: Path
) -> None:
    run = store.create_run(SPEC)
    folder = export(Home(tmp_path / "home"), run.id)
    for change in (
        lambda: store.exports.add(run.id, folder),
        lambda: store.exports.rename(1, "new"),
        lambda: store.exports.trash([1]),
        lambda: store.trash([run.id]),
    ):
        with qtbot.waitSignal(session.exports_changed, timeout=60_000):
            change()


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
    curve = session.curve(run.id, "loss", whole=True)
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
        session.edits.rename_run(999, "new")
    assert "999" in failed.args[0]


def test_deleting_offers_an_undo_that_brings_the_runs_back(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    run = store.create_run(SPEC, name="mine")
    store.set_state(run.id, State.FINISHED)
    qtbot.waitUntil(lambda: run.id in session.runs and session.runs[run.id].state.final)
    with qtbot.waitSignal(session.notice) as notice:
        session.edits.delete_runs([run.id])
    assert notice.args[0] == "Deleted mine"
    qtbot.waitUntil(lambda: run.id not in session.runs)
    undo: Callable[[], None] = notice.args[1]
    undo()
    qtbot.waitUntil(lambda: run.id in session.runs)


def test_a_selected_run_that_is_not_read_yet_is_read_and_selected(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    ids = [store.create_run(SPEC).id for _ in range(2)]
    qtbot.waitUntil(lambda: set(ids) <= session.runs.keys())
    del session.runs[ids[1]]  # as it is while the pages of a long history come
    session.select([*ids, 999])
    assert session.selection == (ids[0],)
    qtbot.waitUntil(lambda: session.selection == tuple(ids))


def test_runs_that_have_not_ended_are_known_apart(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    run_id = store.create_run(SPEC).id
    qtbot.waitUntil(lambda: run_id in session.going)
    store.set_state(run_id, State.FINISHED)
    qtbot.waitUntil(lambda: run_id not in session.going)
    assert run_id in session.runs


def test_a_deleted_run_leaves_the_selection(qtbot: QtBot, session: Session, store: Store) -> None:
    ids = [store.create_run(SPEC).id for _ in range(2)]
    qtbot.waitUntil(lambda: set(ids) <= set(session.runs))
    for run_id in ids:
        store.set_state(run_id, State.FINISHED)
    session.select(ids)
    session.edits.delete_runs(ids[:1])
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
    assert "file" in str(unusable.args[0])
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
    known: list[bool] = []
    request = RunRequest(template="mlp", framework="pytorch", dataset="digits")
    session.queue_runs(
        [request],
        lambda runs: known.extend(run.id in session.runs for run in runs),
        lambda error: pytest.fail(str(error)),
        lambda text, fraction: None,
    )
    qtbot.waitUntil(lambda: known == [True])


# -- control --------------------------------------------------------------------------------------
def queued(qtbot: QtBot, session: Session, store: Store) -> RunRecord:
    run = store.create_run(SPEC, name="mine")
    qtbot.waitUntil(lambda: run.id in session.runs)
    return run


@pytest.mark.parametrize("what", ["held", "priority", "alone"])
def test_what_changes_the_waiting_of_runs_offers_an_undo_that_gives_back_what_was(
    qtbot: QtBot, session: Session, store: Store, what: str
) -> None:
    run = queued(qtbot, session, store)
    other = store.create_run(SPEC, options=QueueOptions(priority=7))
    ids = [run.id, other.id]
    qtbot.waitUntil(lambda: other.id in session.runs)
    with qtbot.waitSignal(session.notice) as notice:
        if what == "held":
            session.control.hold_runs(ids, True)
        elif what == "priority":
            session.control.prioritise_runs(ids, 3)
        else:
            session.control.run_alone(ids, True)
    changed = [store.run(run_id).options for run_id in ids]
    assert [getattr(options, what) for options in changed] == [
        3 if what == "priority" else True
    ] * 2
    notice.args[1]()
    before = [run.options, other.options]
    qtbot.waitUntil(lambda: [session.runs[run_id].options for run_id in ids] == before)


def test_what_is_so_already_is_no_news_and_offers_no_undo(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    run = queued(qtbot, session, store)
    told: list[str] = []
    session.notice.connect(lambda text, undo: told.append(text))
    session.control.hold_runs([run.id], False)
    session.control.prioritise_runs([run.id], 5)
    qtbot.waitUntil(lambda: bool(told))
    assert told == ["Gave priority 5 to mine"]


def test_the_whole_queue_is_held_and_released(qtbot: QtBot, session: Session, store: Store) -> None:
    with qtbot.waitSignal(session.notice) as notice:
        session.control.hold_queue(True)
    assert store.setting("queue.held") is True
    notice.args[1]()
    qtbot.waitUntil(lambda: store.setting("queue.held") is False)


def test_pausing_what_has_ended_is_told_with_the_reason(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    run = queued(qtbot, session, store)
    store.set_state(run.id, State.FINISHED)
    with qtbot.waitSignal(session.failed) as failed:
        session.control.pause_runs([run.id])
    assert "is finished" in failed.args[0]


# -- a history that changes under the session ---------------------------------------------------------
@pytest.mark.parametrize("until", [70, 100, 150], ids=["shorter", "as long", "longer"])
def test_a_curve_that_was_cut_and_grew_again_between_two_looks_is_exactly_the_new_one(
    qtbot: QtBot, session: Session, store: Store, until: int
) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": series(range(100))})
    store.set_state(run.id, State.STOPPED)
    store.resume_run(run.id)
    owner = QObject()
    session.watch(owner, [(run.id, "loss")])
    qtbot.waitUntil(lambda: len(session.curve(run.id, "loss")) == 100)
    held = session.curve(run.id, "loss", whole=True)
    numbers = np.arange(50, until)
    later = Series(numbers, numbers.astype(float) + 1e6, numbers / 10)
    store.take([Arrival(run.id, {"loss": later}, rewind_to=49)])
    qtbot.waitUntil(lambda: len(held) == until and held.times[-1] >= 1e6)
    kept = store.series(run.id, "loss")
    for mine, there in zip((held.steps, held.times, held.values), kept, strict=True):
        assert mine.tolist() == there.tolist()
    assert held.generation == 1


def test_a_curve_that_a_rewind_empties_is_empty_and_grows_again(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": series(range(5, 100))})
    store.set_state(run.id, State.STOPPED)
    store.resume_run(run.id)
    owner = QObject()
    session.watch(owner, [(run.id, "loss")])
    curve = session.curve(run.id, "loss", whole=True)
    qtbot.waitUntil(lambda: len(curve) == 95)
    store.take([Arrival(run.id, rewind_to=0)])
    qtbot.waitUntil(lambda: len(curve) == 0)
    store.append(run.id, {"loss": series(range(5, 8))})
    qtbot.waitUntil(lambda: curve.steps.tolist() == [5, 6, 7])


def test_a_history_that_another_one_replaced_is_read_anew_without_repeating_messages(
    qtbot: QtBot, session: Session, store: Store, tmp_path: Path
) -> None:
    kept = queued(qtbot, session, store)
    store.append(kept.id, {"loss": series(range(100))})
    store.add_message("info", "once")
    database = Home(tmp_path / "home").database
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
    store.append(kept.id, {"loss": series(range(100, 120))})
    qtbot.waitUntil(lambda: len(session.curve(kept.id, "loss")) == 120)
    assert session.curve(kept.id, "loss", whole=True).steps.tolist() == list(range(120))
    store.add_message("info", "new")
    qtbot.waitUntil(lambda: told == ["new"])


@pytest.mark.parametrize("vanished", [False, True], ids=["sound", "vanished"])
def test_after_a_rebuilding_every_run_is_there_once_with_its_curve_and_the_lost_one_is_gone(
    qtbot: QtBot, session: Session, store: Store, tmp_path: Path, vanished: bool
) -> None:
    home = Home(tmp_path / "home")
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
    qtbot: QtBot, session: Session, store: Store, tmp_path: Path
) -> None:
    told: list[str] = []
    session.failed.connect(told.append)
    with qtbot.waitSignal(session.health_changed) as changed:
        Home(tmp_path / "home").database.unlink()
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


def test_many_runs_come_in_pages_the_newest_first_and_ready_does_not_wait_for_all(
    qtbot: QtBot, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PAGE", 2)
    ids = [store.create_run(SPEC).id for _ in range(7)]
    for run_id in ids[1:]:
        store.set_state(run_id, State.STOPPED)
    session = Session(tmp_path / "home")
    pages: list[list[int]] = []
    known_when_ready: list[int] = []
    session.runs_changed.connect(lambda runs: pages.append([run.id for run in runs]))
    session.ready.connect(lambda: known_when_ready.extend(session.runs))
    session.open()
    qtbot.waitUntil(lambda: sorted(session.runs) == ids)
    assert known_when_ready == [ids[0], ids[-1]]
    assert pages == [[1, 7], [6, 5], [4, 3], [2]]
    session.close()


def test_of_the_questions_of_an_owner_only_the_newest_is_answered(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    runs = [store.create_run(SPEC, name=name) for name in ("one", "two", "three")]
    answers: list[tuple[str, list[int]]] = []
    for owner, name in (("table", "one"), ("table", "two"), ("chart", "three")):
        session.find(
            RunQuery(filter=f"name = {name}"),
            lambda found, name=name: answers.append((name, list(found.ids))),  # type: ignore[misc]
            owner=owner,
        )
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert sorted(answers) == [("three", [runs[2].id]), ("two", [runs[1].id])]


def test_a_filter_that_makes_no_sense_is_handed_back(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    errors: list[Exception] = []
    session.find(RunQuery(filter="name = = x"), lambda _: None, errors.append)
    qtbot.waitUntil(lambda: len(errors) == 1)
    assert isinstance(errors[0], QueryError)


def test_a_long_curve_is_read_as_blocks_and_as_far_as_it_is_looked_at(
    qtbot: QtBot, session: Session, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "WHOLE_POINTS", 5000)
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": series(range(20_000))})
    qtbot.waitUntil(lambda: run.id in session.runs and "loss" in session.runs[run.id].summary)
    owner = QObject()
    session.watch(owner, [(run.id, "loss")])
    curve = session.curve(run.id, "loss")
    assert isinstance(curve, LongCurve)
    qtbot.waitUntil(lambda: len(curve) == 20_000)
    assert not len(session.curve(run.id, "loss", whole=True))
    edges = np.linspace(1000.0, 1100.0, 201)
    curve.envelope("steps", edges)
    with qtbot.waitSignal(session.points_arrived):
        pass
    drawn = curve.envelope("steps", edges)
    assert drawn.x.tolist() == list(range(999, 1102))
    store.append(run.id, {"loss": series(range(20_000, 30_000))})
    qtbot.waitUntil(lambda: len(curve) == 30_000)
    session.watch(owner, [(run.id, "loss")], whole=True)
    qtbot.waitUntil(lambda: len(session.curve(run.id, "loss", whole=True)) == 30_000)
    assert session.curve(run.id, "loss", whole=True).steps.tolist() == list(range(30_000))
    session.watch(owner, [(run.id, "loss")])
    assert not len(session.curve(run.id, "loss", whole=True))


def test_beyond_the_budget_curves_are_held_as_blocks_unless_they_are_short(
    qtbot: QtBot, session: Session, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "BUDGET_BYTES", 12_000 * POINT_BYTES)
    run = store.create_run(SPEC)
    store.append(run.id, {name: series(range(10_000)) for name in ("a", "b")})
    store.append(run.id, {"short": series(range(100))})
    qtbot.waitUntil(lambda: run.id in session.runs and "short" in session.runs[run.id].summary)
    owner = QObject()
    session.watch(owner, [(run.id, name) for name in ("a", "b", "short")])
    kinds = [type(session.curve(run.id, name)) for name in ("a", "b", "short")]
    assert sorted(kind.__name__ for kind in kinds) == ["Curve", "Curve", "LongCurve"]
    assert kinds[2] is Curve
    for name in ("a", "b"):
        qtbot.waitUntil(lambda name=name: len(session.curve(run.id, name)) == 10_000)  # type: ignore[misc]
