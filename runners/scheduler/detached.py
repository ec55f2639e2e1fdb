"""Processes that outlive the one that started them, its terminal and its Ctrl-C."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import runners

CREATION_TOLERANCE_S = 2.0
"""How far two readings of one process's creation time may lie apart: clocks are set while it runs."""


def code_folder() -> Path:
    """The folder that holds the package `runners`, for the path of a child."""
    return Path(runners.__file__).resolve().parents[1]


def child_environment(inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables with which a process finds this very package, wherever and by whatever interpreter it is run."""
    path = [str(code_folder()), *filter(None, [inherited.get("PYTHONPATH")])]
    return {**inherited, "PYTHONPATH": os.pathsep.join(path)}


def no_window_flags() -> int:
    """Creation flags for a short command that shall open no console window on Windows."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0


def start_detached(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str], output: Path
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, never through a shell.

    stdout and stderr are appended to ``output``, stdin is empty. Raises OSError.
    """
    with open(output, "ab") as log:
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
            return subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, creationflags=flags,
            )  # fmt: skip
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
