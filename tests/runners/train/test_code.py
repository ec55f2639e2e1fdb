"""What a run remembers of the code that trained it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from runners.protocol import Framework
from runners.templates import get_template
from runners.train.code import code_facts, git_facts, template_files
from tests.runners.train.conftest import FRAMEWORKS, Trainer

needs_git = pytest.mark.skipif(
    shutil.which("git") is None, reason="needs git: on Debian, apt-get install git"
)


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "code.py").write_text("1")
    git(tmp_path, "init", "--initial-branch=trunk")
    git(tmp_path, "add", "code.py")
    git(tmp_path, "commit", "-m", "one")
    return tmp_path


@needs_git
def test_the_commit_and_its_branch_are_recorded(checkout: Path) -> None:
    commit = git(checkout, "rev-parse", "HEAD")
    assert git_facts(checkout) == {"commit": commit, "branch": "trunk", "dirty": False}


@needs_git
def test_what_differs_from_the_commit_is_recorded_so_that_it_can_be_told_apart(
    checkout: Path,
) -> None:
    found = []
    for text in ("2", "3", "2"):
        (checkout / "code.py").write_text(text)
        found.append(git_facts(checkout))
    assert found[0]["dirty"] is True
    assert found[0] == found[2] != found[1]


@needs_git
def test_a_folder_that_git_does_not_track_has_no_commit(checkout: Path) -> None:
    inside = checkout / "environment" / "packages"
    inside.mkdir(parents=True)
    assert git_facts(inside) == {}


def test_without_git_nothing_is_told_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_facts(Path(__file__).parents[3]) == {}
    assert code_facts({"a/b.py": "x"})["files"] == {"a/b.py": hashlib.sha256(b"x").hexdigest()}


def test_the_files_of_a_template_are_its_declaration_and_that_of_the_framework() -> None:
    files = template_files(get_template("mlp"), Framework.PYTORCH)
    assert sorted(files) == ["mlp/pytorch.py", "mlp/template.py"]
    assert "def build_model" in files["mlp/pytorch.py"]


@FRAMEWORKS
def test_a_run_keeps_the_files_it_trained_with_and_their_hashes(
    finished: dict[Framework, Trainer], framework: Framework
) -> None:
    folder = finished[framework].folder
    environment = json.loads(folder.environment.read_text("utf-8"))
    for name, sha256 in environment["code"]["files"].items():
        text = (folder.artifacts / "code" / name).read_text("utf-8")
        assert hashlib.sha256(text.encode()).hexdigest() == sha256
    assert f"mlp/{framework}.py" in environment["code"]["files"]
