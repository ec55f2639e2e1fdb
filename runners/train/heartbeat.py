"""The sign of life of a trainer."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

_INTERVAL_S = 1.0


def start_heartbeat(path: Path) -> None:
    """Make the file, and renew its modification time every second until the process ends."""
    _beat(path)
    Thread(target=_keep_beating, args=(path, Event()), name="heartbeat", daemon=True).start()


def _keep_beating(path: Path, never: Event) -> None:
    while not never.wait(_INTERVAL_S):
        _beat(path)


def _beat(path: Path) -> None:
    with suppress(OSError):  # a full disk or a deleted folder must not end the training here
        path.touch()
