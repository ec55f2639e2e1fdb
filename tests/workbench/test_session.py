from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from runners.protocol import State
from storage.errors import QueryError
from storage.records import RunQuery, RunRecord
from storage.store import Store
from tests.examples import SPEC
from workbench.requests import InvalidRequest, RunRequest
from workbench.session import Session


def test_runs_that_were_there_before_are_known_when_it_is_ready(
    qtbot: QtBot, store: Store, home_path: Path
) -> None:
    run = store.create_run(SPEC, name="old")
    session = Session(home_path)
    with qtbot.waitSignal(session.ready):
        session.open()
    assert session.runs[run.id].name == "old"
    session.close()


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


def test_a_session_that_is_closed_leaves_no_thread(qtbot: QtBot, home_path: Path) -> None:
    session = Session(home_path)
    with qtbot.waitSignal(session.ready):
        session.open()
    session.close()
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith(("work", "watch"))]


def test_what_is_asked_before_the_history_is_open_is_refused_in_words(
    qtbot: QtBot, home_path: Path
) -> None:
    session = Session(home_path)
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
