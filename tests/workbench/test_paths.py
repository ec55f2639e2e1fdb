from __future__ import annotations

from pathlib import Path

import pytest

from workbench.paths import HOME_VARIABLE, default_home


def test_the_variable_names_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "somewhere"))
    assert default_home() == tmp_path / "somewhere"


def test_without_it_the_home_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HOME_VARIABLE)
    assert default_home().is_absolute()
    assert default_home().name == "twinbench"
