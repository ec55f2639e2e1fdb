from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from storage import engine
from storage.errors import VanishedDatabase
from storage.home import Home
from storage.records import RunFilter
from storage.series import SEALED
from storage.store import Arrival, Store, StoreError
from tests.storage.examples import SPEC, series

WRITER = """
import sys
from pathlib import Path
from storage.home import Home
from storage.store import Arrival, Store
from tests.storage.examples import series

store = Store.open(Home(Path(sys.argv[1])))
run, count = int(sys.argv[2]), int(sys.argv[3])
step = store.offsets(run)[0]
while step < count:
    size = 1 + step % 700
    metrics = {name: series(range(step, step + size), step) for name in ("train/loss", "val/loss")}
    store.take([Arrival(run, metrics, event_offset=step + size)])
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
    count = store.offsets(run_id)[0]
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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 2 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"file systems cannot be mounted here: {error}")
    if done.returncode:
        pytest.skip(f"file systems cannot be mounted here: {done.stderr}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave no byte free; returns the file to delete for that."""
    filler = folder / "filler"
    with open(filler, "wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert shutil.disk_usage(folder).free == 0
    return filler


def test_a_full_disk_is_reported_as_such_and_the_store_goes_on_when_there_is_space(
    small_disk: Path,
) -> None:
    store = Store.open(Home(small_disk / "home"))
    run = store.create_run(SPEC).id
    store.take([Arrival(run, {"loss": series([0.0])}, event_offset=1)])
    filler = fill(small_disk)

    def append_without_end() -> None:
        for offset in count(2):
            store.take(
                [Arrival(run, {"loss": series([float(offset)] * 4000)}, event_offset=offset)]
            )

    with pytest.raises(StoreError, match="the disk is full"):
        append_without_end()
    assert store.run(run).id == run
    filler.unlink()
    kept = store.offsets(run)[0]
    assert len(store.series(run, "loss").values) == 1 + 4000 * (kept - 1)
    store.take([Arrival(run, {"loss": series([1.0])}, event_offset=77)])
    assert store.offsets(run)[0] == 77
    store.close()


def test_a_home_that_a_full_disk_cannot_hold_is_reported_as_such(small_disk: Path) -> None:
    fill(small_disk)
    with pytest.raises(StoreError, match="the disk is full"):
        Store.open(Home(small_disk / "home"))


def test_a_home_that_became_read_only_is_reported_as_such(small_disk: Path) -> None:
    store = Store.open(Home(small_disk / "home"))
    store.set_setting("some", 1)
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreError, match="cannot be written"):
        Store.open(Home(small_disk / "home"))
    database = engine.Database(small_disk / "home" / "history.db")
    with pytest.raises(StoreError, match="cannot be written"), database.write():
        pass
    database.close()


unix_only = pytest.mark.skipif(
    sys.platform == "win32", reason="a file in use cannot be removed or replaced on Windows"
)


@unix_only
def test_a_deleted_database_is_told_by_every_read_write_and_look_and_is_not_made_again(
    store: Store, home: Home
) -> None:
    other = Store.open(home)
    run = store.create_run(SPEC).id
    assert other.run(run).id == run
    assert other.data_version() > 0
    for path in (home.database, *engine.sidecars(home.database)):
        path.unlink()
    for use in (store, other):
        for action in (
            lambda s=use: s.set_setting("a", 1),
            lambda s=use: s.runs(),
            use.data_version,
        ):
            with pytest.raises(VanishedDatabase, match="twinbench rebuild"):
                action()
    assert not home.database.exists()
    other.close()


@unix_only
def test_a_database_that_is_put_back_is_used_again(store: Store, home: Home) -> None:
    run = store.create_run(SPEC).id
    away = home.path / "away"
    home.database.rename(away)
    with pytest.raises(VanishedDatabase):
        store.run(run)
    away.rename(home.database)
    store.set_setting("some", 1)
    assert (store.run(run).id, store.setting("some")) == (run, 1)


@unix_only
def test_a_replaced_database_is_read_written_and_seen_to_have_changed_by_all_who_had_the_old_one(
    store: Store, home: Home, tmp_path: Path
) -> None:
    other = Store.open(home)
    store.create_run(SPEC, name="in both")
    copied = tmp_path / "copied.db"
    engine.copy(home.database, copied)
    store.create_run(SPEC, name="in the old one only")
    versions = [store.data_version(), other.data_version()]
    away = home.path / "away.db"
    home.database.rename(away)
    shutil.move(copied, home.database)
    assert other.data_version() > versions[1]
    assert [run.name for run in other.runs()] == ["in both"]
    new = other.create_run(SPEC, name="in the new one").id
    store.set_setting("by the first", 1)
    assert store.data_version() > versions[0]
    assert [run.name for run in store.runs()] == ["in the new one", "in both"]
    assert other.setting("by the first") == 1
    other.set_tags(new, ["later"])
    assert store.run(new).tags == ("later",)
    other.close()
    store.close()
    assert engine.damage(home.database) == []
    with closing(sqlite3.connect(home.database)) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (2,)
    with closing(sqlite3.connect(away)) as connection:
        names = connection.execute("SELECT name FROM runs ORDER BY id").fetchall()
    assert names == [("in both",), ("in the old one only",)]


@unix_only
def test_no_acknowledged_write_of_many_threads_is_lost_while_the_database_is_replaced(
    tmp_path: Path,
) -> None:
    path = tmp_path / "some.db"
    engine.create(path)
    database = engine.Database(path)
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE numbers (worker INTEGER PRIMARY KEY, number)")

    def work(worker: int) -> None:
        for number in range(60):
            with database.write() as connection:
                connection.exec_driver_sql(
                    "INSERT OR REPLACE INTO numbers VALUES (?, ?)", (worker, number)
                )
            database.version()

    with ThreadPoolExecutor(8) as pool:
        tasks = [pool.submit(work, worker) for worker in range(8)]
        for turn in range(10):
            copied = tmp_path / f"{turn}.db"
            with engine.held(path):
                engine.copy(path, copied)
                engine.put_in_place(copied, path)
        for task in tasks:
            task.result()
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM numbers").all()
    assert rows == [(worker, 59) for worker in range(8)]
    database.close()
    assert engine.damage(path) == []


def test_nothing_is_made_where_there_is_no_database(tmp_path: Path) -> None:
    database = engine.Database(tmp_path / "none.db")
    with pytest.raises(VanishedDatabase), database.read():
        pass
    assert list(tmp_path.iterdir()) == []
    database.close()
