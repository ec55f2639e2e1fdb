from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from storage.home import Home
from storage.records import Experiment, RunFilter, RunRecord
from storage.store import Store
from tests.examples import SPEC
from tests.homes import open_store
from tests.workbench.conftest import count_as_scheduler
from workbench.edits import Edits
from workbench.session import Session


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(Home(tmp_path / "home"))
    count_as_scheduler(store)
    for name in ("one", "two", "three"):
        store.create_run(SPEC, name=name, experiment="old", tags=["a"])
    yield store
    store.close()


@pytest.fixture
def session(qtbot: QtBot, store: Store, tmp_path: Path) -> Iterator[Session]:
    session = Session(tmp_path / "home")
    with qtbot.waitSignal(session.ready):
        session.open()
    qtbot.waitUntil(lambda: len(session.runs) == 3)
    yield session
    session.close()


def known(store: Store) -> list[object]:
    """What a person can write about the runs, of each of them."""
    runs = sorted(
        [*store.runs(), *store.runs(RunFilter(trashed=True))], key=lambda record: record.id
    )
    return [_written(run) for run in runs]


def _written(run: RunRecord) -> tuple[object, ...]:
    marks = (run.starred, run.color, run.archived is None, run.trashed is None)
    return run.name, run.note, run.tags, run.experiment, *marks


EDITS: dict[str, Callable[[Edits], None]] = {
    "Renamed one": lambda edits: edits.rename_run(1, "new"),
    "Kept the note of two": lambda edits: edits.note_run(2, "It *works*"),
    "Starred 2 runs": lambda edits: edits.star_runs([2, 3], True),
    "Took the star from one": lambda edits: edits.star_runs([1, 2], False),
    "Archived three": lambda edits: edits.archive_runs([3], True),
    "Recoloured 3 runs": lambda edits: edits.color_runs([1, 2, 3], 7),
    "Moved 2 runs to new one": lambda edits: edits.move_to_experiment([1, 3], " new\n one"),
    "Tagged 3 runs": lambda edits: edits.tag_runs([1, 2, 3], ["b"], ["a"]),
    "Took a tag from two": lambda edits: edits.tag_runs([2], [], ["a"]),
    "Deleted 2 runs": lambda edits: edits.delete_runs([1, 2]),
    "Renamed old to new": lambda edits: edits.rename_experiment("old", "new"),
}


@pytest.mark.parametrize("told", EDITS)
def test_an_edit_is_told_and_its_undo_brings_back_what_was_there(
    told: str, qtbot: QtBot, session: Session, store: Store
) -> None:
    store.set_starred([1], True)
    store.set_color([2], 9)
    before = known(store)
    with qtbot.waitSignal(session.notice) as notice:
        EDITS[told](session.edits)
    assert notice.args[0] == told
    assert known(store) != before
    notice.args[1]()
    qtbot.waitUntil(lambda: known(store) == before)


@pytest.mark.parametrize("told", EDITS)
def test_an_edit_arrives_in_the_sessions_runs(
    told: str, qtbot: QtBot, session: Session, store: Store
) -> None:
    store.set_starred([1], True)
    with qtbot.waitSignal(session.notice):
        EDITS[told](session.edits)
    there = [_written(run) for run in sorted(store.runs(), key=lambda run: run.id)]
    qtbot.waitUntil(
        lambda: [_written(session.runs[run_id]) for run_id in sorted(session.runs)] == there
    )


def test_runs_come_back_from_the_archive_and_the_trash(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    store.archive([1])
    store.trash([2, 3])
    with qtbot.waitSignal(session.notice) as notice:
        session.edits.archive_runs([1, 2], False)
    assert notice.args[0] == "Took out of the archive: one"
    done: list[str] = []
    with qtbot.waitSignal(session.notice) as notice:
        session.edits.restore_runs([1, 2, 3], lambda: done.append("restored"))
    assert (notice.args[0], done) == ("Brought back 2 runs", ["restored"])
    assert len(store.runs()) == 3
    notice.args[1]()
    qtbot.waitUntil(lambda: len(done) == 2)
    assert [run.id for run in store.runs()] == [1]


def test_runs_deleted_for_ever_are_told_without_an_undo(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    store.trash([1])
    done: list[str] = []
    with qtbot.waitSignal(session.notice) as notice:
        session.edits.delete_runs_forever([1], lambda: done.append("gone"))
    assert notice.args == ["Deleted 1 run for ever", None]
    assert (done, store.runs(RunFilter(trashed=True))) == (["gone"], [])
    with qtbot.waitSignal(session.failed) as failed:
        session.edits.delete_runs_forever([2])
    assert "is not in the trash" in failed.args[0]


def test_an_edit_that_changes_nothing_tells_nothing(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    told: list[str] = []
    session.notice.connect(lambda text, _: told.append(text))
    session.edits.star_runs([1, 2], False)
    session.edits.tag_runs([1], ["a"], ["z"])
    session.edits.note_run(2, "")
    session.edits.note_experiment("old", " ")
    done: list[str] = []
    session.edits.restore_runs([1], lambda: done.append("all before it are done"))
    qtbot.waitUntil(lambda: bool(done))
    assert told == []


def test_an_experiment_that_joined_another_is_taken_out_of_it_again(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    store.set_experiment([3], "other")
    store.set_experiment_note("old", "of the old")
    store.set_layout("old", [1])
    with qtbot.waitSignal(session.notice) as notice:
        session.edits.rename_experiment("old", "other")
    assert store.experiments() == ["other"]
    notice.args[1]()
    qtbot.waitUntil(lambda: store.experiment("old") == Experiment("old", "of the old", [1]))
    qtbot.waitUntil(lambda: store.experiment("other") == Experiment("other"))
    assert [run.experiment for run in store.runs()] == ["other", "old", "old"]


def test_the_note_and_the_layout_of_an_experiment_are_kept(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    session.edits.set_layout("old", {"columns": 3})
    qtbot.waitUntil(lambda: store.experiment("old").layout == {"columns": 3})
    with qtbot.waitSignal(session.notice) as notice:
        session.edits.note_experiment("old", "why")
    assert store.experiment("old").note == "why"
    notice.args[1]()
    qtbot.waitUntil(lambda: store.experiment("old").note == "")
