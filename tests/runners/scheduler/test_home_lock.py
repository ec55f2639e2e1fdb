"""Who may be the scheduler of a home."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runners.scheduler.home_lock import HomeLock
from storage.home import Home

HOLDS = """\
import sys, time
from pathlib import Path
from runners.scheduler.home_lock import HomeLock
from storage.home import Home
lock = HomeLock(Home(Path(sys.argv[1])))
print(lock.acquire(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def lock(home: Home) -> Iterator[HomeLock]:
    lock = HomeLock(home)
    yield lock
    lock.release()


def test_a_lock_has_one_holder_and_is_free_when_that_was_killed(home: Home, lock: HomeLock) -> None:
    command = [sys.executable, "-c", HOLDS, str(home.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "True\n"
            assert not lock.acquire()
        finally:
            other.kill()
    assert home.scheduler_lock.exists()
    assert lock.acquire()


def test_a_file_that_was_left_behind_is_no_obstacle(home: Home, lock: HomeLock) -> None:
    home.scheduler_lock.write_text("4711")
    assert lock.acquire()


def test_a_lock_whose_file_was_deleted_is_taken_anew(home: Home, lock: HomeLock) -> None:
    if sys.platform == "win32":
        pytest.skip("a file in use cannot be deleted here")
    assert lock.acquire()
    home.scheduler_lock.unlink()
    assert lock.keep()
    assert not HomeLock(home).acquire()


def test_a_lock_whose_file_was_deleted_is_lost_to_who_was_quicker(
    home: Home, lock: HomeLock
) -> None:
    if sys.platform == "win32":
        pytest.skip("a file in use cannot be deleted here")
    assert lock.acquire()
    home.scheduler_lock.unlink()
    other = HomeLock(home)
    assert other.acquire()
    assert not lock.keep()
    other.release()


def test_where_nobody_can_lock_nobody_else_has_the_lock(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.path.mkdir()
    lock = HomeLock(home)
    assert lock.acquire()
    home.path.rename(tmp_path / "elsewhere")
    assert lock.keep()
    (tmp_path / "elsewhere").rename(home.path)
    assert lock.keep()
    assert not HomeLock(home).acquire()
    lock.release()
