from __future__ import annotations

import os
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from runners.protocol import Framework
from storage.home import Home
from storage.store import Store
from tests.homes import open_store
from workbench import environments
from workbench.environments import (
    ENVIRONMENTS_SETTING,
    candidates,
    known_environments,
    look_for_environments,
    remember,
)
from workbench.interpreters import PROGRAM


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    opened = open_store(home)
    yield opened
    opened.close()


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's folder in which nothing is; the machine's own Pythons are out of sight."""
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "WORKON_HOME", "PYENV_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(environments, "_systems", lambda: iter(()))
    return tmp_path


def make(folder: Path) -> Path:
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    return folder / PROGRAM


def test_environments_are_found_in_the_usual_places(alone: Path) -> None:
    wanted = {
        str(make(alone / "project/.venv")): "venv",
        str(make(alone / ".virtualenvs/one")): "venv",
        str(make(alone / ".pyenv/versions/3.11.9")): "pyenv",
        str(make(alone / "miniconda3/envs/deep")): "conda",
    }
    found = dict(candidates([alone / "project/src"]))
    assert found == {sys.executable: "own", **wanted}


def test_each_is_asked_what_it_has_and_remembered(alone: Path, store: Store) -> None:
    path = make(alone / ".virtualenvs/one")
    (alone / ".virtualenvs/broken/bin").mkdir(parents=True)
    (alone / ".virtualenvs/broken" / PROGRAM).parent.mkdir(parents=True, exist_ok=True)
    (alone / ".virtualenvs/broken" / PROGRAM).write_text("no program")
    told: list[tuple[int, int]] = []
    found = look_for_environments(store, progress=lambda done, of: told.append((done, of)))
    by_path = {one.path: one for one in found}
    assert by_path[str(path)].python == ".".join(map(str, sys.version_info[:3]))
    assert by_path[str(path)].version(Framework.PYTORCH) == ""
    assert by_path[sys.executable].version(Framework.PYTORCH)
    assert by_path[sys.executable].devices is None
    assert len(found) == 2
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert known_environments(store) == found
    path.unlink()
    assert [one.path for one in known_environments(store)] == [sys.executable]


def test_one_that_was_named_by_hand_stays_known(alone: Path, store: Store) -> None:
    path = make(alone / "far/away")
    assert remember(store, str(alone / "nothing")) is None
    asked = remember(store, str(path))
    assert asked is not None
    assert asked.kind == "chosen"
    assert str(path) in {one.path for one in look_for_environments(store)}


def test_a_search_that_is_cancelled_keeps_what_was_known(alone: Path, store: Store) -> None:
    look_for_environments(store)
    assert [one.path for one in look_for_environments(store, cancelled=lambda: True)] == [
        sys.executable
    ]


@pytest.mark.parametrize("kept", ["text", [1], [{"path": 1}], [{}], {"a": 1}, [{"path": "x", "kind": "", "python": "", "packages": 3}]])  # fmt: skip
def test_a_strange_setting_is_as_none(store: Store, kept: object) -> None:
    store.set_setting(ENVIRONMENTS_SETTING, kept)
    assert known_environments(store) == []
