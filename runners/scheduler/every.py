"""Work that is done now and then."""

from __future__ import annotations


class Every:
    """Says at most once per interval that something is due."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = float("-inf")

    def due(self, now: float) -> bool:
        """``now`` is the time of a monotonic clock, in seconds."""
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True
