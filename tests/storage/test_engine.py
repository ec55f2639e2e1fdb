from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from storage import engine
from storage.home import Home
from storage.records import RunFilter
from storage.series import SEALED
from storage.store import Store, StoreError
from tests.storage.examples import SPEC, series

WRITER = """
import sys
from pathlib import Path
from storage.home import Home
from storage.store import Store
from tests.storage.examples import series

store = Store.open(Home(Path(sys.argv[1])))
run, count = int(sys.argv[2]), int(sys.argv[3])
step = store.event_offset(run)
while step < count:
    size = 1 + step % 700
    metrics = {name: series(range(step, step + size), step) for name in ("train/loss", "val/loss")}
    store.append(run, metrics, event_offset=step + size)
    step += size
    print(step, flush=True)
"""


@contextmanager
def writer(home: Home, run_id: int, count: int) -> Iterator[subprocess.Popen[str]]:
    """A process that appends until a run has ``count`` points, and prints how many `append` returned from."""
    command = [sys.executable, "-c", WRITER, str(home.path), str(run_id), str(count)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with child:
        try:
            yield child
        finally:
            child.kill()


def check_whole(store: Store, run_id: int) -> int:
    """Every point up to the event offset is there once; returns how many there are."""
    count = store.event_offset(run_id)
    for metric in store.metrics(run_id):
        points = store.series(run_id, metric)
        assert np.array_equal(points.steps, np.arange(count))
        assert np.array_equal(points.values, np.arange(count))
        assert store.run(run_id).summary[metric].count == count
    return count


def test_several_processes_write_at_once_and_none_finds_the_database_locked(
    store: Store, home: Home
) -> None:
    runs = [store.create_run(SPEC).id for _ in range(2)]
    with writer(home, runs[0], 20_000) as first, writer(home, runs[1], 20_000) as second:
        while first.poll() is None or second.poll() is None:
            store.set_tags(runs[0], [str(store.data_version())])
            store.runs(RunFilter(text="mlp"))
        assert (first.stderr and first.stderr.read(), second.stderr and second.stderr.read()) == (
            "",
            "",
        )
    assert [check_whole(store, run) >= 20_000 for run in runs] == [True, True]


def test_a_kill_in_the_middle_of_appends_loses_and_doubles_nothing(
    store: Store, home: Home
) -> None:
    run = store.create_run(SPEC).id
    for lines in (1, 7, 20, 3):
        with writer(home, run, 100 * SEALED) as child:
            assert child.stdout is not None
            returned = [int(child.stdout.readline()) for _ in range(lines)]
            os.kill(child.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            returned += [int(line) for line in child.stdout.readlines() if line.endswith("\n")]
            child.wait()
        assert check_whole(store, run) >= returned[-1]


def test_a_store_serves_many_threads(store: Store) -> None:
    run = store.create_run(SPEC).id

    def work(number: int) -> int:
        store.append(run, {f"metric/{number % 4}": series([1.0] * 3)})
        store.set_setting(f"setting {number}", number)
        assert store.data_version() > 0
        return int(store.setting(f"setting {number}"))

    with ThreadPoolExecutor(24) as pool:
        assert list(pool.map(work, range(96))) == list(range(96))
    assert [len(store.series(run, f"metric/{number}").steps) for number in range(4)] == [72] * 4


def test_a_reader_sees_one_state_while_others_write(store: Store, home: Home) -> None:
    database = engine.Database(home.database)
    store.set_setting("some", 1)
    query = "SELECT value FROM settings"
    with database.read() as connection:
        before = connection.exec_driver_sql(query).scalar()
        store.set_setting("some", 2)
        assert connection.exec_driver_sql(query).scalar() == before == "1"
    database.close()


def test_an_exception_undoes_what_its_transaction_wrote(store: Store, home: Home) -> None:
    database = engine.Database(home.database)

    def fail_after_writing() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("DELETE FROM counters")
            raise KeyError

    with pytest.raises(KeyError):
        fail_after_writing()
    assert store.create_run(SPEC).id == 1
    database.close()


def test_rows_cannot_refer_to_what_is_not_there(store: Store, home: Home) -> None:
    database = engine.Database(home.database)
    with (
        pytest.raises(StoreError, match="FOREIGN KEY"),
        database.write() as connection,
    ):
        connection.exec_driver_sql("INSERT INTO tags VALUES (77, 'x', 0)")
    database.close()


def test_the_database_lets_readers_and_writers_overlap(store: Store, home: Home) -> None:
    with closing(sqlite3.connect(home.database)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_database_that_stays_busy_is_reported_as_such(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0)
    store = Store.open(home)
    with closing(sqlite3.connect(home.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="in use by another program"):
            store.set_setting("some", 1)
    store.close()


def test_a_damaged_page_is_reported_as_such(home: Home) -> None:
    store = Store.open(home)
    store.create_run(SPEC)
    store.close()
    content = bytearray(home.database.read_bytes())
    content[4096:] = b"\x17" * (len(content) - 4096)
    home.database.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        Store.open(home).runs()


def test_a_copy_is_whole_while_the_database_is_in_use(
    store: Store, home: Home, tmp_path: Path
) -> None:
    store.create_run(SPEC, name="copied")
    other = Home(tmp_path / "other")
    other.path.mkdir()
    engine.copy(home.database, other.database)
    duplicate = Store.open(other)
    assert [run.name for run in duplicate.runs()] == ["copied"]
    duplicate.close()
