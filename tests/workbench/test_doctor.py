from __future__ import annotations

import importlib.util
import os
import shutil
import sqlite3

import pytest

from runners.protocol import FRAMEWORKS
from storage.filesystem import Mount
from storage.home import Home
from storage.store import Store
from tests.workbench.conftest import Call
from workbench.doctor import Finding, Level, examine


def found(home: Home) -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(home)}


def test_a_sound_installation_is_found_to_be_well(call: Call, store: Store) -> None:
    answer = call("doctor", "--json")
    assert answer.code == 0
    told = answer.json
    assert told["healthy"] is True
    subjects = {check["subject"] for check in told["checks"]}
    assert subjects >= {
        "python", "system", "numpy", "tensorboard", "home", "space", "history", "scheduler", "pytorch",
        "tensorflow", "compiler", "cpu", "digits", "fashion-mnist", "display",
    }  # fmt: skip
    assert call("doctor").code == 0


def test_it_changes_nothing_where_there_is_no_home_yet(call: Call, home: Home) -> None:
    assert call("doctor").code == 0
    assert not home.path.exists()


def test_a_home_that_cannot_be_written_is_an_error_with_a_remedy(call: Call, home: Home) -> None:
    home.path.parent.mkdir(exist_ok=True)
    home.path.write_text("in the way")
    answer = call("doctor")
    assert answer.code == 1
    assert "cannot be written" in answer.out
    assert "TWINBENCH_HOME" in answer.out


def test_a_newer_history_is_an_error(home: Home) -> None:
    Store.open(home).close()
    connection = sqlite3.connect(home.database)
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert found(home)["history"].level is Level.ERROR
    assert "newer Twinbench" in found(home)["history"].text


def test_little_space_is_a_warning(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(home.path.parent)._replace(free=1000)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage)
    assert found(home)["space"].level is Level.WARNING


@pytest.mark.parametrize("kind", ["nfs4", "cifs"])
def test_a_home_on_a_network_is_an_error(
    home: Home, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("storage.filesystem._mounts", lambda: [Mount("/", kind)])
    found = next(one for one in examine(home) if one.subject == "file system")
    assert found.level is Level.ERROR
    assert kind in found.text
    assert "disk of this machine" in found.remedy


@pytest.mark.skipif(os.name != "posix", reason="rights of files are others there")
def test_a_home_that_others_may_read_is_a_warning_with_the_line_that_mends_it(
    home: Home, store: Store
) -> None:
    assert "privacy" not in {one.subject for one in examine(home)}
    home.path.chmod(0o755)
    found = next(one for one in examine(home) if one.subject == "privacy")
    assert found.level is Level.WARNING
    assert found.remedy == f"chmod 700 {home.path}"


def test_one_missing_framework_is_a_warning_and_both_are_an_error(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = importlib.util.find_spec

    def without(*missing: str) -> None:
        monkeypatch.setattr(
            "importlib.util.find_spec", lambda name: None if name in missing else there(name)
        )

    without("torch")
    assert found(home)["pytorch"].level is Level.WARNING
    assert "-m pip install" in found(home)["pytorch"].remedy
    assert found(home)["tensorflow"].level is Level.OK
    without("torch", "tensorflow")
    assert [found(home)[name.value].level for name in FRAMEWORKS] == [Level.ERROR, Level.ERROR]


def test_a_missing_converter_is_named_with_the_line_that_installs_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "tf2onnx" else there(name)
    )
    finding = found(home)["tensorflow exports"]
    assert finding.level is Level.NOTE
    assert "ONNX" in finding.text
    assert "-m pip install" in finding.remedy
    assert "tf2onnx>=" in finding.remedy


def test_a_missing_compiler_is_a_warning(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    assert found(home)["compiler"].level is Level.WARNING


def test_a_qt_that_crashes_python_is_an_error(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.version_info", (3, 11, 9))
    monkeypatch.setattr("importlib.metadata.version", lambda _name: "6.12.0")
    finding = found(home)["PySide6-Essentials"]
    assert finding.level is Level.ERROR
    assert "<6.12" in finding.remedy


def test_a_prepared_dataset_is_found(call: Call, home: Home) -> None:
    assert found(home)["digits"].level is Level.NOTE
    assert call("datasets", "--prepare", "digits").code == 0
    assert found(home)["digits"].level is Level.OK
