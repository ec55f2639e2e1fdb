from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from runners.protocol import State
from storage.records import QueueOptions, RunRecord
from storage.store import Store
from tests.examples import SPEC
from workbench.session import Session


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
