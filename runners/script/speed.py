"""How long a script will still take, by the progress that it reports itself."""

from __future__ import annotations


class Speed:
    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None
        self._last: tuple[int, float] | None = None

    def see(self, step: int, time: float) -> None:
        """It was at the step at that time, in seconds. A step back begins anew."""
        if self._first is None or (self._last and step < self._last[0]):
            self._first = (step, time)
        self._last = (step, time)

    def remaining_s(self, step: int, total: int) -> float | None:
        """Seconds until the last step at the speed so far; None while that is not known."""
        if self._first is None or self._last is None or total <= step:
            return None
        steps, seconds = self._last[0] - self._first[0], self._last[1] - self._first[1]
        return (total - step) * seconds / steps if steps > 0 and seconds > 0 else None
