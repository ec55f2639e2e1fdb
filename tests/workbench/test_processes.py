from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.waiting import wait_until
from workbench.errors import WorkbenchError
from workbench.processes import Cancelled, ask, run_lines


def python(program: str, *words: str) -> list[str]:
    return [sys.executable, "-c", program, *words]


def asked(program: str) -> tuple[Any, list[tuple[str, float]], list[str]]:
    told: list[tuple[str, float]] = []
    log: list[str] = []
    done = ask(python(program), lambda text, fraction: told.append((text, fraction)), log.append)
    return done, told, log


def test_objects_on_the_output_are_messages_and_all_else_is_log() -> None:
    program = (
        "import sys\n"
        "print('{\"a\": 1}')\nprint('{torn')\nprint('[1]')\nprint()\nprint('grüße')\n"
        "print('{\"b\": 2}', file=sys.stderr)\nsys.exit(3)"
    )
    messages: list[dict[str, Any]] = []
    log: list[str] = []
    assert run_lines(python(program), messages.append, log.append) == 3
    assert sorted(map(str, messages)) == ["{'a': 1}", "{'b': 2}"]
    assert log == ["{torn", "[1]", "grüße"]


def test_a_process_finds_this_package_wherever_it_is_started() -> None:
    assert run_lines(python("import runners.protocol"), lambda _: None, lambda _: None) == 0


def test_progress_is_told_and_the_answer_is_returned() -> None:
    program = (
        'print(\'{"progress": "half", "fraction": 0.5}\')\nprint("a word")\n'
        'print(\'{"done": {"x": 1}}\')'
    )
    assert asked(program) == ({"x": 1}, [("half", 0.5)], ["a word"])


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ('print(\'{"error": "no model"}\'); raise SystemExit(1)', "^no model$"),
        ("raise ValueError('a bug')", "ended early: ValueError: a bug"),
        ("import os; os._exit(7)", "ended early: exit code 7"),
        ("print('nothing')", "ended early: nothing"),
        ("print('{\"done\": 1}'); raise SystemExit(4)", "ended early: exit code 4"),
    ],
)
def test_one_that_does_not_come_to_its_end_is_told_in_words(program: str, words: str) -> None:
    with pytest.raises(WorkbenchError, match=words):
        asked(program)


def test_a_program_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="could not be started"):
        run_lines([str(tmp_path / "python")], lambda _: None, lambda _: None)


_WAITS = "import sys, time; print('{\"ready\": 1}', flush=True); time.sleep(600)"
_HAS_A_CHILD = f"""
import json, os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {_WAITS!r}], stdout=subprocess.DEVNULL)
print(json.dumps({{"pids": [os.getpid(), child.pid]}}), flush=True)
child.wait()
"""


def test_cancelling_ends_it_with_all_that_it_started() -> None:
    pids: list[int] = []
    with pytest.raises(Cancelled):
        run_lines(python(_HAS_A_CHILD), lambda message: pids.extend(message["pids"]), print, lambda: bool(pids))  # fmt: skip
    wait_until(lambda: not any(map(_lives, pids)))
    assert len(pids) == 2


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_one_that_is_cancelled_may_clear_up_first(tmp_path: Path) -> None:
    program = "import sys; print('{\"ready\": 1}', flush=True); sys.stdin.read(); open(sys.argv[1], 'w').close()"
    ready: list[object] = []
    with pytest.raises(Cancelled):
        run_lines(python(program, str(tmp_path / "cleared")), ready.append, print, lambda: bool(ready))  # fmt: skip
    assert (tmp_path / "cleared").exists()


def test_an_error_of_who_listens_ends_it_too() -> None:
    pids: list[int] = []

    def listen(message: dict[str, Any]) -> None:
        pids.extend(message["pids"])
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        run_lines(python(_HAS_A_CHILD), listen, print)
    wait_until(lambda: not any(map(_lives, pids)))


def test_what_it_leaves_behind_does_not_hold_it_up() -> None:
    program = (
        "import subprocess, sys, json\n"
        f"child = subprocess.Popen([sys.executable, '-c', {_WAITS!r}])\n"
        "print(json.dumps({'pid': child.pid}), flush=True)"
    )
    messages: list[dict[str, Any]] = []
    before = threading.active_count()
    assert run_lines(python(program), messages.append, print) == 0
    left = next(message["pid"] for message in messages if "pid" in message)
    psutil.Process(left).kill()
    wait_until(lambda: threading.active_count() == before)
