"""A scheduler whose home is taken away: its history, its disk, its lock."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from runners.protocol import Request, State
from runners.scheduler.home_lock import HomeLock
from storage import rows
from storage.records import Evidence, RunRecord
from tests.runners.scheduler.conftest import STUBBORN, WAITS_FOR_GO, Bench, alive

pytestmark = pytest.mark.usefixtures("reaped")


@contextmanager
def _mounted(*arguments: str, at: Path) -> Iterator[None]:
    """Something mounted there, for as long; the test is skipped where this process may not mount."""
    mount = shutil.which("mount") if sys.platform == "linux" else None
    if mount is None:
        pytest.skip("needs Linux's mount")
    done = subprocess.run([mount, *arguments, str(at)], check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"needs the right to mount: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def _fill(path: Path) -> None:
    with open(path, "wb", buffering=0) as file:
        while True:
            file.write(b"0" * 4096)


def _take_away(bench: Bench) -> Path:
    """Put the whole history elsewhere, and say where."""
    with closing(sqlite3.connect(bench.home.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return bench.home.database.rename(bench.home.path / "taken.db")


def test_a_stop_that_was_asked_is_carried_through_without_a_history_and_told_when_it_is_back(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    run = bench.queue(STUBBORN)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.state(run) is State.RUNNING)
    bench.store.request([run.id], Request.STOP)
    bench.drive(scheduler, lambda: bench.state(run) is State.STOPPING)
    taken = _take_away(bench)
    bench.drive(scheduler, lambda: not alive(bench.starts(run)[0]))
    bench.drive(scheduler, lambda: "supervises on until it is back" in caplog.text)
    taken.rename(bench.home.database)
    ended = bench.ended(scheduler, run)
    assert ended.state is State.KILLED
    assert "by the user" in ended.reason


def test_a_history_that_comes_back_has_every_point_of_the_meantime(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    run = bench.queue(WAITS_FOR_GO)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.store.series(run.id, "loss").steps.size == 1)
    taken = _take_away(bench)
    bench.drive(scheduler, lambda: "supervises on until it is back" in caplog.text)
    bench.go(run)
    bench.drive(scheduler, bench.folder(run).outcome.exists)
    taken.rename(bench.home.database)
    ended = bench.ended(scheduler, run)
    assert (ended.state, ended.exit_code) == (State.FINISHED, 0)
    assert bench.store.series(run.id, "loss").steps.tolist() == [0, 1]
    assert len(bench.starts(run)) == 1


def test_an_older_history_in_the_place_of_the_last_one_catches_up(bench: Bench) -> None:
    if sys.platform == "win32":
        pytest.skip("a file in use cannot be replaced here")
    run = bench.queue("wait_for('first')\n" + WAITS_FOR_GO)
    scheduler = bench.scheduler()
    bench.drive(
        scheduler, lambda: bool(bench.starts(run)) and bench.store.run(run.id).pid is not None
    )
    older = bench.home.path / "older.db"
    with (
        closing(sqlite3.connect(bench.home.database)) as now,
        closing(sqlite3.connect(older)) as old,
    ):
        now.backup(old)
    (bench.folder(run).path / "first").touch()
    bench.drive(scheduler, lambda: bench.store.series(run.id, "loss").steps.size == 1)
    _take_away(bench)
    older.rename(bench.home.database)
    bench.go(run)
    ended = bench.ended(scheduler, run)
    assert (ended.state, ended.exit_code) == (State.FINISHED, 0)
    assert bench.store.series(run.id, "loss").steps.tolist() == [0, 1]


def test_the_lock_is_free_while_the_history_is_gone_so_that_it_can_be_rebuilt(bench: Bench) -> None:
    scheduler = bench.scheduler()
    scheduler.tick()
    other = HomeLock(bench.home)
    assert not other.acquire()
    taken = _take_away(bench)
    bench.drive(scheduler, other.acquire)
    taken.rename(bench.home.database)
    run = bench.queue("end()\n")
    scheduler.tick()
    assert bench.state(run) is State.QUEUED
    other.release()
    assert bench.ended(scheduler, run).state is State.FINISHED


def test_a_scheduler_leaves_where_another_one_works_with_the_history_that_came_back(
    bench: Bench,
) -> None:
    scheduler = bench.scheduler()
    scheduler.tick()
    taken, other = _take_away(bench), HomeLock(bench.home)
    bench.drive(scheduler, other.acquire)
    taken.rename(bench.home.database)
    scheduler.run()
    other.release()


def test_a_scheduler_without_history_leaves_when_no_trainer_is_left(bench: Bench) -> None:
    run = bench.queue("events.log(0, {'loss': 1.0})\nwait_for('go')\nend()\n")
    scheduler = bench.scheduler(idle_s=0.1)
    bench.drive(scheduler, lambda: bench.state(run) is State.RUNNING)
    taken = _take_away(bench)
    bench.go(run)
    scheduler.run()
    taken.rename(bench.home.database)
    assert bench.ended(bench.scheduler(), run).state is State.FINISHED


def test_a_scheduler_whose_lock_was_taken_leaves_and_its_trainers_go_on(bench: Bench) -> None:
    if sys.platform == "win32":
        pytest.skip("a file in use cannot be deleted here")
    run = bench.queue(WAITS_FOR_GO)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.state(run) is State.RUNNING)
    bench.home.scheduler_lock.unlink()
    other = HomeLock(bench.home)
    assert other.acquire()
    scheduler.run()
    other.release()
    assert alive(bench.starts(run)[0])
    bench.go(run)
    assert bench.ended(bench.scheduler(), run).state is State.FINISHED


def test_a_home_that_cannot_be_written_for_a_while_is_waited_for(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    run = bench.queue("end()\n")
    scheduler = bench.scheduler()
    bench.store.close()  # what is open for writing stays so
    home = bench.home.path
    with _mounted("--bind", str(home), at=home):
        remount = ["mount", "-o", "remount,ro,bind", str(home)]
        if subprocess.run(remount, check=False).returncode:
            pytest.skip("needs the right to mount read-only")
        bench.drive(scheduler, lambda: "the history" in caplog.text)
        assert bench.starts(run) == []
        bench.store.close()
    assert bench.ended(scheduler, run).state is State.FINISHED
    assert len(bench.starts(run)) == 1


def test_runs_that_a_dead_scheduler_left_are_concluded_once_there_is_space(
    bench: Bench, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with _mounted("-t", "tmpfs", "-o", "size=4m", "tmpfs", at=disk):
        bench.store.close()
        home = bench.home.path
        shutil.move(home, disk / "home")
        home.symlink_to(disk / "home")
        run = bench.queue("end()\n")
        bench.store.set_state(run.id, State.RUNNING, "", Evidence(pid=1, pid_created=1.0))
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space"):
            _fill(filler)
        scheduler = bench.scheduler()
        bench.drive(scheduler, lambda: "disk is full" in caplog.text)
        filler.unlink()
        assert bench.ended(scheduler, run).state is State.LOST
        bench.store.close()
        bench.lock.release()
        home.unlink()
        shutil.move(disk / "home", home)


def test_of_a_long_history_only_the_active_runs_are_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.ended(bench.scheduler(), bench.queue("end()\n"))
    with closing(sqlite3.connect(bench.home.database)) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
        rest = ", ".join(name for name in names if name != "id")
        connection.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) "
            f"INSERT INTO runs (id, {rest}) SELECT i, {rest} FROM n, runs"
        )
        connection.commit()
    orphan = bench.queue("end()\n")
    bench.store.set_state(orphan.id, State.RUNNING, "", Evidence(pid=1, pid_created=1.0))
    loaded: list[int] = []
    load = rows.load_runs

    def counted(*arguments: Any) -> list[RunRecord]:
        found = load(*arguments)
        loaded.append(len(found))
        return found

    monkeypatch.setattr("storage.store.load_runs", counted)
    scheduler = bench.scheduler()
    assert bench.ended(scheduler, orphan).state is State.LOST
    assert max(loaded) == 1
