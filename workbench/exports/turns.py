"""Measurements of exports take turns: two at once on one machine would measure each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep
from typing import TYPE_CHECKING

from workbench.processes import Cancelled

if TYPE_CHECKING:
    from storage.home import Home

LOCK = "measuring.lock"
"""In the home. The lock is the kernel's, so a file that a killed process left means nothing."""
_LOOK_S = 0.2


@contextmanager
def turn(
    home: Home, on_wait: Callable[[], object], cancelled: Callable[[], bool]
) -> Iterator[None]:
    """While nobody else, in this process or another, measures exports of the home.

    ``on_wait`` is called once if somebody does. Raises Cancelled, and OSError where no file can be locked.
    """
    from filelock import FileLock, Timeout  # a window imports this module at its start

    lock, waits = FileLock(home.path / LOCK), False
    while not lock.is_locked:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not waits:
                on_wait()
            waits = True
            if cancelled():
                raise Cancelled from None
            sleep(_LOOK_S)
    try:
        yield
    finally:
        lock.release()
