"""The raw points of parts of long curves that are in view: asked for when they are drawn, kept as long as there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from time import monotonic

from storage.points import CurveKey, Range, Series
from workbench.curve import Curve

POINT_BYTES = 26
"""What a point in memory costs: step, time, value, and its share of the pyramids."""
LIMIT_BYTES = 256 << 20
"""So much is kept of all curves together."""
READ_BYTES = 32 << 20
"""So much is asked for at once, so that what else is new does not wait for it."""
_IN_USE_S = 2.0
"""What was drawn so recently is not given up for something else: the picture would never come to rest."""


class Details:
    """Parts of curves by key and range, the least recently used first to go."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._parts: OrderedDict[tuple[CurveKey, Range], tuple[Curve, float]] = OrderedDict()
        self._wanted: dict[CurveKey, set[Range]] = {}

    def get(self, key: CurveKey, part: Range) -> Curve | None:
        """The points, if they are here; otherwise they are wanted from now on."""
        found = self.known(key, part)
        if found is None:
            self._wanted.setdefault(key, set()).add(part)
        return found

    def known(self, key: CurveKey, part: Range) -> Curve | None:
        """The points, if they are here."""
        if (key, part) not in self._parts:
            return None
        points, _ = self._parts[key, part]
        self._parts[key, part] = points, monotonic()
        self._parts.move_to_end((key, part))
        return points

    def take_wanted(self) -> dict[CurveKey, tuple[Range, ...]]:
        """What to read now: the short ones first, and no more than there can be room for. The rest is forgotten."""
        every = [(key, part) for key, parts in self._wanted.items() for part in parts]
        self._wanted = {}
        room = min(READ_BYTES, self._limit - self._in_use())
        chosen: dict[CurveKey, tuple[Range, ...]] = {}
        for key, part in sorted(every, key=lambda each: each[1][1] - each[1][0]):
            room -= _bytes(part)
            if room < 0:
                break
            chosen[key] = (*chosen.get(key, ()), part)
        return chosen

    def put(self, key: CurveKey, parts: Mapping[Range, Series]) -> None:
        for part, series in parts.items():
            if len(series.steps) == part[1] - part[0]:
                points = Curve()
                points.extend(series)
                self._parts[key, part] = points, monotonic()
        while len(self._parts) > 1 and sum(_bytes(part) for _, part in self._parts) > self._limit:
            self._parts.popitem(last=False)

    def drop(self, key: CurveKey) -> None:
        """Forget a curve: it is another one now, or nobody looks at it any more."""
        self._wanted.pop(key, None)
        for each in [each for each in self._parts if each[0] == key]:
            del self._parts[each]

    def _in_use(self) -> int:
        since = monotonic() - _IN_USE_S
        return sum(_bytes(part) for (_, part), (_, used) in self._parts.items() if used > since)


def _bytes(part: Range) -> int:
    return (part[1] - part[0]) * POINT_BYTES
