"""The sign of life of a trainer."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

_INTERVAL_S = 1.0


def start_heartbeat(path: Path) -> None:
    """Renew the file's modification time every second, from now until the process ends."""
    Thread(target=_beat, args=(path, Event()), name="heartbeat", daemon=True).start()


def _beat(path: Path, never: Event) -> None:
    while not never.wait(_INTERVAL_S):
        with suppress(OSError):  # a full disk must not end the training here
            path.touch()
