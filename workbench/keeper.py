"""Sees that a scheduler lives as long as there is something for it to do."""

from __future__ import annotations

from time import monotonic

from runners.protocol import State
from storage.errors import StoreError
from storage.home import Home
from storage.records import RunRecord, SchedulerRecord

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 60.0
_PATIENCE = 2
"""After so many starts in vain it is told that none stays alive."""


def is_going(run: RunRecord) -> bool:
    """Whether a scheduler has something to do for the run."""
    return run.state.active or (run.state is State.QUEUED and run.trashed is None)


class SchedulerKeeper:
    """Starts the scheduler of a home when it is wanted and there is none, less and less often while that is in vain."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._begin()

    def _begin(self) -> None:
        self._starts, self._due, self._pause_s = 0, 0.0, _FIRST_PAUSE_S
        self._problem = ""

    def keep(self, alive: SchedulerRecord | None, *, wanted: bool) -> str:
        """Start one if it is due; returns what keeps it from living, or ""."""
        if alive or not wanted:
            self._begin()
        elif monotonic() >= self._due:
            self._problem = self._start()
            self._starts += 1
            self._due = monotonic() + self._pause_s
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        return self._problem

    def _start(self) -> str:
        from runners.scheduler import launch

        try:
            launch.start_scheduler(self._home)
        except (StoreError, OSError) as error:
            return (
                f"No scheduler can be started, so that nothing begins and no state changes: {error}"
            )
        if self._starts < _PATIENCE:
            return ""
        return (
            "No scheduler stays alive, so that nothing begins and no state changes. Training goes on. "
            f"{last_words(self._home)}"
        )


def last_words(home: Home) -> str:
    """What the scheduler printed last, or where to look."""
    from runners.scheduler.launch import OUTPUT

    try:
        lines = (home.path / OUTPUT).read_text("utf-8", "replace").strip().splitlines()
    except OSError:
        lines = []
    return f"It said: {lines[-1]}" if lines else f"{home.scheduler_log} may say more."
