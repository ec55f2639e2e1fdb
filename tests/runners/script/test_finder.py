from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runners.script.finder import Finder

HOST = socket.gethostname()
NOW = int(time.time())
START = NOW - 100


def touch(folder: Path, *, at: int = NOW, pid: int | None = None, number: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    process = "" if pid is None else f".{pid}.{number}"
    path = folder / f"events.out.tfevents.{at}.{HOST}{process}"
    path.touch()
    return path


def look(folder: Path, root: int | None = None) -> list[Path]:
    return Finder([folder], root or os.getpid(), START).look(final=True)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives and is not the script's."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield child
    child.kill()
    child.communicate()


def test_files_below_the_folder_are_found_oldest_first(tmp_path: Path) -> None:
    late = touch(tmp_path / "a/b", at=NOW, pid=os.getpid())
    early = touch(tmp_path / "c", at=NOW - 5, pid=os.getpid())
    unknown = touch(tmp_path / "d", at=NOW - 9)
    assert look(tmp_path) == [unknown, early, late]


def test_a_file_is_found_once(tmp_path: Path) -> None:
    finder = Finder([tmp_path], os.getpid(), START)
    path = touch(tmp_path)
    assert finder.look(final=True) == [path]
    assert finder.look(final=True) == []


def test_files_of_earlier_runs_are_not_taken(tmp_path: Path) -> None:
    touch(tmp_path, at=START - 10)
    touch(tmp_path, at=START - 10, pid=os.getpid())
    assert look(tmp_path) == []


def test_files_of_other_processes_that_live_are_not_taken_even_after_their_end(
    tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    touch(tmp_path, pid=stranger.pid)
    finder = Finder([tmp_path], 2**22 + 1, START)
    assert finder.look(final=True) == []
    stranger.kill()
    stranger.communicate()
    assert finder.look(final=True) == []


def test_environments_hidden_folders_and_homes_are_not_searched(tmp_path: Path) -> None:
    for name, mark in (("env", "pyvenv.cfg"), ("home", "history.db")):
        touch(tmp_path / name / "inside")
        (tmp_path / name / mark).touch()
    touch(tmp_path / ".git")
    touch(tmp_path / "node_modules/x")
    assert look(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="open files are not looked at there")
def test_a_file_that_the_script_holds_open_is_found_wherever_it_is(tmp_path: Path) -> None:
    elsewhere = touch(tmp_path / "elsewhere", pid=os.getpid())
    (tmp_path / "work").mkdir()
    with open(elsewhere, "rb"):
        assert Finder([tmp_path / "work"], os.getpid(), START).look() == [elsewhere]


def test_a_large_folder_is_searched_in_pieces(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}").mkdir()
    path = touch(tmp_path / "299")
    finder = Finder([tmp_path], 2**22 + 1, START)
    found: list[Path] = []
    for _ in range(10_000):
        found += finder.look()
        if found:
            break
    assert found == [path]
