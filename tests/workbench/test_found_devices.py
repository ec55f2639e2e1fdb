from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runners.devices import FOUND_DEVICES_SETTING, read_devices
from runners.protocol import Framework
from storage.store import Store
from workbench.found_devices import find_devices
from workbench.interpreters import Installation

APPLE = {"id": "mps", "name": "Apple GPU", "memory_total": 8 << 30, "framework": "pytorch"}
AnInterpreter = Callable[..., str]


@pytest.fixture
def interpreter(tmp_path: Path) -> AnInterpreter:
    """A program in the place of a framework's Python that prints something and notes that it was asked."""
    if sys.platform == "win32":
        pytest.skip("a script is no program there")

    def make(printed: str, code: int = 0) -> str:
        script = tmp_path / "python"
        lines = [f"#!{sys.executable}", f"open({str(tmp_path / 'asked')!r}, 'a').write('x')"]
        script.write_text("\n".join([*lines, f"print({printed!r})", f"raise SystemExit({code})"]))
        script.chmod(0o755)
        return str(script)

    return make


def of(interpreter: str, version: str = "1") -> Callable[[Framework], Installation]:
    def installation(framework: Framework) -> Installation:
        missing = "" if framework is Framework.PYTORCH else "not installed"
        return Installation(framework, interpreter, version, problem=missing)

    return installation


def test_an_installation_is_asked_once_and_what_it_sees_is_listed(
    store: Store, interpreter: AnInterpreter, tmp_path: Path
) -> None:
    import json

    program = interpreter("a word of warning\n" + json.dumps([{**APPLE, "kind": "mps"}]))
    for _ in range(2):
        find_devices(store, of(program))
    assert store.setting(FOUND_DEVICES_SETTING) == [APPLE]
    assert (tmp_path / "asked").read_text() == "x"
    listed = read_devices(store.setting(FOUND_DEVICES_SETTING))
    assert [(one.id, one.name) for one in listed if one.id == "mps"] == [("mps", "Apple GPU")]
    find_devices(store, of(program, version="2"))
    find_devices(store, of(program, version="2"), anew=True)
    assert (tmp_path / "asked").read_text() == "xxx"
    assert store.setting(FOUND_DEVICES_SETTING) == [APPLE]


@pytest.mark.parametrize("printed", ["", "no json", '"text"', "[1, null]", "{}"])
def test_an_answer_that_makes_no_sense_is_no_device(
    store: Store, interpreter: AnInterpreter, printed: str
) -> None:
    find_devices(store, of(interpreter(printed, code=1)))
    assert store.setting(FOUND_DEVICES_SETTING) == []


def test_an_asking_that_is_broken_off_ends_its_process_and_is_done_again(
    store: Store, tmp_path: Path, interpreter: AnInterpreter
) -> None:
    program = interpreter("[]")
    script = Path(program)
    script.write_text(script.read_text().replace("print(", "import time; time.sleep(600); print("))
    calls: list[bool] = []

    def cancelled() -> bool:
        calls.append(True)
        return (tmp_path / "asked").exists()

    find_devices(store, of(program), cancelled=cancelled)
    assert store.setting("found_devices.asked") is None
    assert calls
