"""Whether the home can take what runs and people give it. Cheap enough to be asked every second."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from time import time

from storage.home import Home
from storage.records import SchedulerRecord

LITTLE_SPACE = 200_000_000
"""Bytes; below this the disk of the home counts as nearly full."""
SILENT_SECONDS = 15.0
"""A scheduler beats once a second."""


@dataclass(frozen=True, slots=True)
class Health:
    """``free_bytes`` is what the disk of the home has left, None where that cannot be read.

    ``problem`` says what is wrong with the home and what to do, or is "".
    """

    free_bytes: int | None = None
    problem: str = ""


def look(home: Home, scheduler: SchedulerRecord | None = None) -> Health:
    """The health of a home. ``scheduler`` is the one that lives, if one does."""
    try:
        free = shutil.disk_usage(home.path).free
    except OSError as error:
        return Health(None, f"The home {home.path} cannot be read: {error.strerror or error}.")
    return Health(free, _trouble(home, free, scheduler))


def _trouble(home: Home, free: int, scheduler: SchedulerRecord | None) -> str:
    if not home.database.exists():
        return (
            f"The history {home.database} is gone. Training goes on. "
            "`twinbench rebuild` makes the history again from the folders of the runs."
        )
    if not os.access(home.path, os.W_OK) or not os.access(home.database, os.W_OK):
        return (
            f"The home {home.path} cannot be written: its disk or its rights allow reading only. "
            "Nothing can be queued or recorded until that is mended."
        )
    if free < LITTLE_SPACE:
        return (
            f"The disk of the home {home.path} is nearly full: {free // 10_000_000 * 10} MB are free. "
            "Make space; points that could not be written arrive when there is some."
        )
    return _silence(scheduler)


def _silence(scheduler: SchedulerRecord | None) -> str:
    silent_s = time() - scheduler.heartbeat / 1e6 if scheduler else 0.0
    if scheduler is None or silent_s < SILENT_SECONDS:
        return ""
    return (
        f"The scheduler (process {scheduler.pid}) lives and shows no sign of life, so that nothing starts "
        "and no state changes. Training goes on. It may be suspended, or its disk may hang."
    )
