"""Programs that are run as a user runs them who has no Twinbench: in a process of their own, in which it cannot be imported."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WITHOUT = (
    "import runpy, sys; "
    "sys.modules.update(dict.fromkeys(('runners', 'storage', 'workbench', 'widgets'))); "
    "sys.path.insert(0, '.'); sys.argv[:] = sys.argv[1:]; "
)
_ENVIRONMENT = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}


def run_alone(folder: Path, program: str, *words: str) -> str:
    """What a program in the folder prints."""
    code = f"{_WITHOUT} runpy.run_path(sys.argv[0], run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code, program, *words], cwd=folder, env=_ENVIRONMENT, check=False,
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def module_alone(folder: Path, module: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A package in the folder that runs, with what it says on its ``stderr``, until the end of the context."""
    code = f"{_WITHOUT} runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", code, module, *words], cwd=folder, env=_ENVIRONMENT,
        stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            process.kill()
