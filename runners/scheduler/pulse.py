"""Whether a trainer that lives shows that it does."""

from __future__ import annotations

import time

from runners.protocol import RunFolder
from runners.scheduler.ending import heartbeat, now_us
from runners.scheduler.every import Every

LOOK_S = 1.0
STALLED_S = 10.0


class Pulse:
    """Watches a run's heartbeat, by the monotonic clock, so that setting the clock stalls nobody.

    ``beat`` is the last heartbeat, UTC microseconds since 1970, None before the first. ``stalled_since`` is the beat after which
    `STALLED_S` seconds passed without another, or the run's start where none ever came; else None.
    """

    def __init__(self, folder: RunFolder, started: int) -> None:
        self._folder = folder
        self._started = started
        self._look = Every(LOOK_S)
        self.beat = heartbeat(folder)
        age_s = (now_us() - self._last()) / 1e6
        self._changed_at = time.monotonic() - max(0.0, age_s)
        self.stalled_since: int | None = None

    def look(self, now: float) -> bool:
        """Look if it is time; whether there is a new beat."""
        if not self._look.due(now):
            return False
        before, beat = self.beat, heartbeat(self._folder)
        changed = beat is not None and beat != before
        if changed:
            self.beat, self._changed_at = beat, now
        quiet = now - self._changed_at >= STALLED_S
        self.stalled_since = self._last() if quiet else None
        return changed

    def _last(self) -> int:
        """The last beat, or the start where none came since, as that of an earlier attempt says nothing."""
        return max(self.beat or 0, self._started)
