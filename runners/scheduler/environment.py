"""What a run ran in, as far as it is seen from outside the trainer."""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from runners.processor import cpu_name
from runners.protocol import RunFolder
from runners.scheduler.detached import code_folder, no_window_flags

_GIT_TIMEOUT_S = 5.0


def observed_environment(command: Sequence[str]) -> dict[str, Any]:
    """Host, system, CPU, memory, command, interpreter, and the commit of the code that trains."""
    return {
        "host": socket.gethostname(),
        "os": platform.platform(),
        "cpu": cpu_name(),
        "cpu_count": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "command": list(command),
        "interpreter": command[0],
        **git_facts(code_folder()),
    }


def reported_environment(folder: RunFolder) -> Mapping[str, Any]:
    """What the trainer found (python, packages, device); empty until it has written it."""
    try:
        raw = json.loads(folder.environment.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return raw if isinstance(raw, dict) else {}


def git_facts(folder: Path) -> dict[str, Any]:
    """``git_commit`` and ``git_dirty`` of a folder whose content git tracks; empty elsewhere."""
    commit = _git(folder, "rev-parse", "HEAD")
    tracked = _git(folder, "ls-files", "--", ".")
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    if not commit or not tracked or changes is None:
        return {}
    return {"git_commit": commit, "git_dirty": bool(changes)}


def _git(folder: Path, *arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    try:
        done = subprocess.run(
            [git, "-C", str(folder), *arguments], capture_output=True, text=True, errors="replace",
            stdin=subprocess.DEVNULL, timeout=_GIT_TIMEOUT_S, check=True, creationflags=no_window_flags(),
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
