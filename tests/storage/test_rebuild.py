from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runners.protocol import Request, RunFolder, State
from storage.check import check
from storage.errors import VanishedDatabase
from storage.home import Home
from storage.rebuild import Rebuilt, rebuild
from storage.records import Evidence, Experiment, RunFilter
from storage.store import NewerSchema, Store, StoreError
from tests.storage.examples import SPEC
from tests.storage.homes import content, filled, ingest, log_points, start

SECOND = Experiment("second", "Of *finished* runs", {"panels": ["val/loss"]})


def rebuilt_content(home: Home) -> tuple[Rebuilt, dict[int, object]]:
    done = rebuild(home)
    store = Store.open(home)
    found = content(store)
    store.close()
    return done, found


def remove_database(home: Home) -> None:
    for path in home.path.glob("history.db*"):
        path.unlink()


def damage_database(home: Home) -> None:
    with closing(sqlite3.connect(home.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(home.database, "r+b") as file:
        file.seek(8192)
        file.write(b"\x17" * 100_000)


def damage_table(home: Home, table: str) -> None:
    """Overwrite the first page of a table and no other."""
    with closing(sqlite3.connect(home.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        page = connection.execute(query, (table,)).fetchone()[0]
    with open(home.database, "r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x17" * size)


def test_a_rebuilt_history_equals_the_one_that_is_in_use_and_is_seen_by_those_who_use_it(
    home: Home,
) -> None:
    store = filled(home)
    before, version = content(store), store.data_version()
    last = max(run.revision for run in store.runs())
    done = rebuild(home)
    assert (done.runs, done.problems) == (len(before), [])
    assert store.data_version() > version
    assert content(store) == before
    assert all(run.revision > last for run in store.runs())
    assert store.setting("theme") == "dark"
    assert store.experiment("second") == SECOND
    assert [message.run_id for message in store.messages() if message.text == "hello"] == [1]
    store.close()


def test_a_deleted_history_comes_back_from_the_folders(home: Home) -> None:
    store = filled(home)
    before = content(store)
    last = max(run.revision for run in store.runs())
    points = sum(
        len(store.series(run, name).steps) for run in before for name in store.metrics(run)
    )
    store.close()
    remove_database(home)
    done, after = rebuilt_content(home)
    assert after == before
    assert (done.runs, done.points, done.damaged_bytes) == (len(before), points, 8)
    assert (done.problems, done.kept) == ([], None)
    store = Store.open(home)
    assert all(run.revision > last for run in store.runs())
    assert store.create_run(SPEC).id == max(before) + 1
    store.close()


def test_a_damaged_history_is_replaced_and_kept(home: Home) -> None:
    store = filled(home)
    before = content(store)
    store.close()
    damage_database(home)
    damaged = home.database.read_bytes()
    done, after = rebuilt_content(home)
    assert after == before
    assert done.kept is not None
    assert done.kept.read_bytes() == damaged
    assert sorted(path.name for path in home.path.glob("history.db*")) == ["history.db"]


def test_what_the_folders_do_not_know_is_taken_over_where_a_damaged_history_can_be_read(
    home: Home,
) -> None:
    store = filled(home)
    before = content(store)
    store.close()
    damage_table(home, "chunks")
    done, after = rebuilt_content(home)
    assert (after, done.problems) == (before, [])
    store = Store.open(home)
    assert (store.setting("theme"), store.experiment("second")) == ("dark", SECOND)
    assert "hello" in [message.text for message in store.messages()]
    store.close()


def test_a_damaged_history_of_an_older_schema_is_taken_over_as_far_as_it_goes(home: Home) -> None:
    store = filled(home)
    before = content(store)
    store.close()
    with closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute("DROP TABLE experiments")
        connection.execute("UPDATE alembic_version SET version_num = '0002'")
    damage_table(home, "chunks")
    done, after = rebuilt_content(home)
    assert (after, done.problems) == (before, [])
    store = Store.open(home)
    assert (store.setting("theme"), store.experiment("second").note) == ("dark", "")
    store.close()


def test_a_file_that_is_no_database_is_replaced_and_kept(home: Home) -> None:
    filled(home).close()
    home.database.write_text("nonsense")
    done, after = rebuilt_content(home)
    assert len(after) == done.runs > 5
    assert len(done.problems) == 1
    assert done.problems[0].startswith("The settings and messages and experiments of the old")
    assert done.kept is not None
    assert done.kept.read_text() == "nonsense"


def test_an_open_store_goes_on_with_the_history_that_replaced_a_damaged_one(home: Home) -> None:
    if sys.platform == "win32":
        pytest.skip("a file in use cannot be replaced on Windows")
    store = filled(home)
    before = content(store)
    damage_database(home)
    rebuild(home)
    store.set_setting("some", 1)
    assert content(store) == before
    store.close()


def test_no_empty_history_is_begun_beside_the_folders_of_runs(home: Home) -> None:
    store = filled(home)
    before = content(store)
    store.close()
    remove_database(home)
    with pytest.raises(VanishedDatabase, match="twinbench rebuild"):
        Store.open(home)
    assert not home.database.exists()
    assert rebuilt_content(home)[1] == before


def test_a_scheduler_is_not_disturbed(home: Home) -> None:
    filled(home).close()
    before = home.database.read_bytes()
    with FileLock(home.scheduler_lock), pytest.raises(StoreError, match="A scheduler works"):
        rebuild(home)
    assert home.database.read_bytes() == before
    assert rebuild(home).runs > 5


def test_a_home_that_is_not_there_is_told(home: Home) -> None:
    with pytest.raises(StoreError, match="no folder"):
        rebuild(home)
    assert not home.path.exists()


def test_a_history_of_a_newer_program_is_left_alone(home: Home) -> None:
    filled(home).close()
    with closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerSchema):
        rebuild(home)


def test_a_folder_that_cannot_be_read_is_told_and_stops_no_other(home: Home) -> None:
    store = filled(home)
    before = content(store)
    store.close()
    home.run_folder(1).spec.write_text("nonsense")
    home.run_folder(2).spec.unlink()
    line = {"time": 1, "kind": "state", "text": "", "details": {"position": "far"}}
    with open(home.run_folder(3).journal, "a") as file:
        file.write(json.dumps(line) + "\n")
    (home.runs / "notes").mkdir()
    remove_database(home)
    done, after = rebuilt_content(home)
    assert {run: before[run] for run in before if run > 3} == {
        run: after[run] for run in after if run > 3
    }
    assert [next(n for n in (1, 2, 3) if f"run {n} " in text) for text in done.problems] == [
        1,
        2,
        3,
    ]


def test_a_damaged_line_of_a_journal_is_skipped_and_told(home: Home) -> None:
    store = filled(home)
    before = content(store)
    store.close()
    with open(home.run_folder(1).journal, "ab") as file:
        file.write(b'{"time": 12, "ki\n')
    remove_database(home)
    done, after = rebuilt_content(home)
    assert after == before
    assert done.problems == ["1 lines of the journal of run 1 are unreadable."]


def test_a_run_whose_folder_is_gone_is_told(home: Home) -> None:
    store = filled(home)
    store.close()
    shutil.rmtree(home.run_folder(1).path)
    done, after = rebuilt_content(home)
    assert 1 not in after
    assert done.problems == ["Run 1 has no folder any more; only the old history knows it."]
    assert done.kept is not None
    assert done.kept.exists()


def test_folders_without_a_journal_are_taken_from_their_other_files(home: Home) -> None:
    store = filled(home)
    before = {run.id: run for run in [*store.runs(), *store.runs(RunFilter(trashed=True))]}
    series = {name: store.series(1, name).values.tobytes() for name in store.metrics(1)}
    store.close()
    for run in before:
        home.run_folder(run).journal.unlink()
    remove_database(home)
    assert len(rebuild(home).problems) == len(before)
    store = Store.open(home)
    first, second = store.run(1), store.run(2)
    assert (first.state, first.exit_code, first.ended) == (State.FINISHED, 0, before[1].ended)
    assert (second.state, second.reason.startswith("ValueError: no")) == (State.FAILED, True)
    assert "no journal" in first.reason
    assert {name: store.series(1, name).values.tobytes() for name in store.metrics(1)} == series
    waiting = [run for run in store.queue() if not store.metrics(run.id)]
    assert len(waiting) == 4
    assert all(run.options.held for run in waiting)
    active = max(before)
    assert store.run(active).state is State.RUNNING
    store.rename_run(1, "has a journal now")
    again = content(store)
    store.close()
    remove_database(home)
    done, after = rebuilt_content(home)
    assert (after, done.problems) == (again, [])


def test_a_trainer_may_write_meanwhile_and_its_next_points_follow(home: Home) -> None:
    store = filled(home)
    active = max(run.id for run in store.runs())
    log_points(home.run_folder(active), range(5, 8))
    rebuild(home)
    assert store.offsets(active)[0] == os.path.getsize(home.run_folder(active).events)
    assert len(store.series(active, "train/loss").values) == 8
    store.close()


def test_the_progress_is_told(home: Home) -> None:
    filled(home).close()
    seen: list[tuple[int, int]] = []
    rebuild(home, lambda done, of: seen.append((done, of)))
    count = len(home.run_folders())
    assert seen == [(done, count) for done in range(count + 1)]


def test_a_spec_is_never_written_by_rebuilding(home: Home, tmp_path: Path) -> None:
    filled(home).close()
    path = home.run_folder(1).spec
    os.utime(path, (1, 1))
    rebuild(home)
    assert path.stat().st_mtime == 1
    assert replace(SPEC) == home.run_folder(1).read_spec()


def test_whatever_was_done_to_runs_comes_back_from_their_folders(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    template = Home(tmp_path_factory.mktemp("template") / "home")
    Store.open(template).close()

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.sampled_from(sorted(ACTIONS)), st.integers(1, 3)), max_size=25))
    def holds(actions: list[tuple[str, int]]) -> None:
        home = Home(tmp_path_factory.mktemp("random") / "home")
        shutil.copytree(template.path, home.path)
        store = Store.open(home)
        for _ in range(2):
            store.create_run(SPEC)
        for name, run_id in actions:
            with suppress(StoreError):  # not everything can be done to every run
                ACTIONS[name](store, run_id)
        before = content(store)
        done = rebuild(home)
        assert (content(store), done.problems) == (before, [])
        store.close()
        assert check(home) == []

    holds()


def train(store: Store, run_id: int) -> None:
    """Log some points on top of what is there, as a next attempt or a next piece of one."""
    run = store.run(run_id)
    if not run.state.active:
        raise StoreError("not active")
    folder = RunFolder(Path(run.folder))
    log_points(folder, range(run.attempt, run.attempt + 4), rewind=run.attempt - 1)
    ingest(store, run, final=False)


ACTIONS: dict[str, Callable[[Store, int], object]] = {
    "create": lambda store, run: store.create_run(SPEC, tags=["x"], parent=run),
    "start": lambda store, run: start(store, store.run(run)),
    "train": train,
    "rename": lambda store, run: store.rename_run(run, f"named ⚙ {run}"),
    "tag": lambda store, run: store.set_tags(run, ["b", "a", str(run)]),
    "hold": lambda store, run: store.set_queue_options([run], held=True, priority=run),
    "move": lambda store, run: store.move_in_queue(run, None),
    "pause": lambda store, run: store.request([run], Request.PAUSE),
    "kill": lambda store, run: store.request([run], Request.KILL),
    "stopping": lambda store, run: store.set_state(
        run, State.STOPPING, "asked", Evidence(deadline=9)
    ),
    "fail": lambda store, run: store.set_state(run, State.FAILED, "no", Evidence(exit_code=1)),
    "finish": lambda store, run: store.set_state(run, State.FINISHED),
    "resume": lambda store, run: store.resume_run(run),
    "extend": lambda store, run: store.extend_run(run, 3 + store.run(run).attempt),
    "trash": lambda store, run: store.trash([run]),
    "restore": lambda store, run: store.restore([run]),
    "note": lambda store, run: store.note(run, "noted"),
}
