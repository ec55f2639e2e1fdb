"""What a run ran in, as far as it is seen from outside the trainer."""

from __future__ import annotations

import json
import os
import platform
import socket
from collections.abc import Mapping, Sequence
from typing import Any

import psutil

from runners.processor import cpu_name
from runners.protocol import RunFolder


def observed_environment(command: Sequence[str], interpreter: str) -> dict[str, Any]:
    """Host, system, CPU, memory, command and interpreter."""
    return {
        "host": socket.gethostname(),
        "os": platform.platform(),
        "cpu": cpu_name(),
        "cpu_count": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "command": list(command),
        "interpreter": interpreter,
    }


def reported_environment(folder: RunFolder) -> Mapping[str, Any]:
    """What the trainer found (python, packages, device); empty until it has written it."""
    try:
        raw = json.loads(folder.environment.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return raw if isinstance(raw, dict) else {}
