"""What a run ran in."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from runners.protocol import RunFolder
from runners.scheduler.environment import git_facts, observed_environment, reported_environment

needs_git = pytest.mark.skipif(
    shutil.which("git") is None, reason="needs git: on Debian, apt-get install git"
)


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@needs_git
def test_the_commit_is_recorded_and_whether_files_differ_from_it(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("1")
    git(tmp_path, "init")
    git(tmp_path, "add", "code.py")
    git(tmp_path, "commit", "-m", "one")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert git_facts(tmp_path) == {"git_commit": commit, "git_dirty": False}
    (tmp_path / "code.py").write_text("2")
    assert git_facts(tmp_path) == {"git_commit": commit, "git_dirty": True}


@needs_git
def test_a_folder_that_git_does_not_track_has_no_commit(tmp_path: Path) -> None:
    git(tmp_path, "init")
    inside = tmp_path / "environment" / "packages"
    inside.mkdir(parents=True)
    (tmp_path / "code.py").write_text("1")
    git(tmp_path, "add", "code.py")
    git(tmp_path, "commit", "-m", "one")
    assert git_facts(inside) == {}


def test_host_system_and_command_are_observed() -> None:
    found = observed_environment(["/usr/bin/python3", "-m", "runners.train"])
    assert found["interpreter"] == "/usr/bin/python3"
    assert found["command"] == ["/usr/bin/python3", "-m", "runners.train"]
    assert all(found[name] for name in ("host", "os", "cpu", "cpu_count", "memory_bytes"))


def test_what_the_trainer_did_not_write_whole_is_not_reported(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert reported_environment(folder) == {}
    folder.environment.write_text('{"packages": {"to')
    assert reported_environment(folder) == {}
    folder.environment.write_text('{"packages": {"torch": "2"}}')
    assert reported_environment(folder) == {"packages": {"torch": "2"}}
