from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.paths import HOME_VARIABLE, default_home, inside


def test_the_variable_names_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "somewhere"))
    assert default_home() == tmp_path / "somewhere"


def test_without_it_the_home_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HOME_VARIABLE)
    assert default_home().is_absolute()
    assert default_home().name == "twinbench"


@pytest.mark.parametrize(
    "relative",
    [
        "/etc/passwd",
        "../x",
        "a/../../x",
        "C:/x",
        "C:x",
        "\\\\host\\share",
        "..\\x",
        "\\x",
        "link/x",
    ],
)
def test_a_file_that_a_run_names_outside_of_its_folder_is_refused(
    tmp_path: Path, relative: str
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    if os.name == "posix":
        (folder / "link").symlink_to(tmp_path)
    elif relative == "link/x":
        pytest.skip("links need rights there")
    with pytest.raises(ValueError, match=r"inside of|leads out"):
        inside(folder, relative)


def test_a_file_that_a_run_names_in_its_folder_is_found(tmp_path: Path) -> None:
    assert inside(tmp_path, "artifacts/c.json") == tmp_path / "artifacts" / "c.json"
