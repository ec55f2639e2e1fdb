"""A home in which duels are queued and never trained."""

from __future__ import annotations

import os
import venv
from collections.abc import Iterator

import pytest

from storage.home import Home
from workbench.bench import Workbench
from workbench.interpreters import PROGRAM


@pytest.fixture
def workbench(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    monkeypatch.setattr("runners.scheduler.launch.start_scheduler", lambda _home: None)
    with Workbench.open(home.path) as opened:
        yield opened


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter without any package."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    return str(folder / PROGRAM)
