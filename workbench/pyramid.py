"""Minima and maxima of any range of a growing array, without reading all of the range."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
N = TypeVar("N", np.int64, np.float64)

_BLOCK = 16
"""How many blocks of one level of a pyramid make one of the next."""
_SCANNED = 8192
"""So few values in a row are looked at one by one."""
_READ_AT_ONCE = 1 << 17
"""So few values are read faster one after the other than through blocks."""


class Growing(Generic[N]):
    """An array that grows at its end, at amortised constant cost an element."""

    def __init__(self, kind: type[N]) -> None:
        self._room: NDArray[N] = np.empty(0, kind)
        self.filled: NDArray[N] = self._room

    def extend(self, more: NDArray[Any]) -> None:
        """Append. Former values of ``filled`` stay valid, and stay as long as they were."""
        start, stop = len(self.filled), len(self.filled) + len(more)
        if stop > len(self._room):
            room = np.empty(max(stop, 2 * len(self._room)), self._room.dtype)
            room[:start] = self.filled
            self._room = room
        self._room[start:stop] = more
        self.filled = self._room[:stop]


class Pyramid:
    """Minima and maxima of blocks of 16, 256, 4096 ... values, kept up as values arrive.

    Only finite values count and, where ``positive``, only those above zero.
    """

    def __init__(self, *, positive: bool = False) -> None:
        self._positive = positive
        self._seen = 0
        self.all_count = True
        """Whether every value counts."""
        self._asked: tuple[int, int] | None = None
        self._answer = (np.inf, -np.inf)
        """The last limits: a frame asks for the same ones several times."""
        self._levels: list[tuple[Growing[np.float64], Growing[np.float64]]] = []

    def catch_up(self, values: Floats) -> None:
        """Take in what was appended to the values since the last call."""
        if self._seen == len(values):
            return
        if self.all_count:
            new = values[self._seen :]
            self.all_count = bool(drawable(new, positive=self._positive).all())
        self._seen = len(values)
        lows = highs = values
        level = 0
        while len(lows) >= _BLOCK:
            if level == len(self._levels):
                self._levels.append((Growing(np.float64), Growing(np.float64)))
            low, high = self._levels[level]
            known, whole = len(low.filled) * _BLOCK, len(lows) // _BLOCK * _BLOCK
            if whole > known:
                new_lows, new_highs = lows[known:whole], highs[known:whole]
                if level == 0:
                    new_lows, new_highs = self._countable(new_lows)
                low.extend(new_lows.reshape(-1, _BLOCK).min(axis=1))
                high.extend(new_highs.reshape(-1, _BLOCK).max(axis=1))
            lows, highs = low.filled, high.filled
            level += 1

    def extremes(self, values: Floats, bounds: Indices) -> tuple[Floats, Floats]:
        """The minimum and the maximum of each ``values[bounds[i]:bounds[i + 1]]``, none of them empty.

        They are inf and -inf where no value counts.
        """
        first, last = int(bounds[0]), int(bounds[-1])
        if last - first <= _READ_AT_ONCE:
            lows, highs = self._countable(values[first:last])
            inner = bounds[:-1] - first
            return np.minimum.reduceat(lows, inner), np.maximum.reduceat(highs, inner)
        return self._from_blocks(values, bounds[:-1], bounds[1:])

    def extremes_near(self, values: Floats, bounds: Indices) -> tuple[Floats, Floats]:
        """As `extremes`, but for bounds moved by at most a twelfth of the smallest inner range, to where blocks meet.

        So no value is read that is in a whole block, and no value is left out.
        """
        most = int(np.diff(bounds[1:-1]).min(initial=len(values))) // 6
        level, block = -1, 1
        while level + 1 < len(self._levels) and block * _BLOCK <= most:
            level, block = level + 1, block * _BLOCK
        if level < 0:
            return self.extremes(values, bounds)
        lows, highs = (part.filled for part in self._levels[level])
        inner = np.minimum((bounds[1:-1] + block // 2) // block, len(lows))
        low, high = np.full(len(bounds) - 1, np.inf), np.full(len(bounds) - 1, -np.inf)
        low[1:-1] = np.minimum.reduceat(lows[: inner[-1]], inner[:-1])
        high[1:-1] = np.maximum.reduceat(highs[: inner[-1]], inner[:-1])
        for place, start, stop in self._outer(bounds, inner * block, block):
            part_low, part_high = self._countable(values[start:stop])
            low[place] = part_low.min(initial=low[place])
            high[place] = part_high.max(initial=high[place])
        return low, high

    @staticmethod
    def _outer(bounds: Indices, inner: Indices, block: int) -> list[tuple[int, int, int]]:
        """The ranges of values in no block that is read: those of the outer pixels, and what fills no block yet."""
        first = (0, int(bounds[0]), int(max(inner[0], bounds[1])))
        if bounds[-2] - inner[-1] > block // 2:
            return [first, (-2, inner[-1], bounds[-2]), (-1, bounds[-2], bounds[-1])]
        return [first, (-1, int(min(inner[-1], bounds[-2])), int(bounds[-1]))]

    def limits(self, values: Floats, start: int, stop: int) -> tuple[float, float]:
        """The minimum and the maximum of ``values[start:stop]``; inf and -inf where no value counts."""
        if self._asked != (start, stop):
            self._asked, self._answer = (start, stop), self._limits(values, start, stop)
        return self._answer

    def _limits(self, values: Floats, start: int, stop: int) -> tuple[float, float]:
        low, high = np.inf, -np.inf
        lows = highs = values
        for level in range(len(self._levels) + 1):
            left, right = -(-start // _BLOCK), stop // _BLOCK
            whole = level == len(self._levels) or stop - start <= _SCANNED
            ends = [(start, stop)] if whole else [(start, left * _BLOCK), (right * _BLOCK, stop)]
            for begin, end in ends:
                if begin < end:
                    some_low, some_high = lows[begin:end], highs[begin:end]
                    if level == 0:
                        some_low, some_high = self._countable(some_low)
                    low, high = min(low, some_low.min()), max(high, some_high.max())
            if whole:
                break
            start, stop = left, right
            lows, highs = (part.filled for part in self._levels[level])
        return float(low), float(high)

    def _from_blocks(self, values: Floats, start: Indices, stop: Indices) -> tuple[Floats, Floats]:
        """From whole blocks as large as they fit, and what is left over at both ends."""
        low, high = np.full(len(start), np.inf), np.full(len(start), -np.inf)
        lows = highs = values
        for level in range(len(self._levels) + 1):
            left_stop = np.minimum(-(-start // _BLOCK) * _BLOCK, stop)
            right_start = np.maximum(stop // _BLOCK * _BLOCK, left_stop)
            for begin, end in ((start, left_stop), (right_start, stop)):
                self._take(lows, highs, begin, end, low, high, raw=level == 0)
            start, stop = -(-left_stop // _BLOCK), right_start // _BLOCK
            if level == len(self._levels) or not np.any(start < stop):
                break
            lows, highs = (part.filled for part in self._levels[level])
        return low, high

    def _take(
        self, lows: Floats, highs: Floats, start: Indices, stop: Indices,
        low: Floats, high: Floats, *, raw: bool,
    ) -> None:  # fmt: skip
        """Lower ``low`` and raise ``high`` by ranges of fewer than 16 elements."""
        some = np.flatnonzero(start < stop)
        if not len(some):
            return
        places = start[some] + np.arange(_BLOCK - 1)[:, None]
        places = np.minimum(places, stop[some] - 1)  # the last one again does no harm
        taken = lows[places]
        taken_low, taken_high = self._countable(taken) if raw else (taken, highs[places])
        low[some] = np.minimum(low[some], taken_low.min(axis=0))
        high[some] = np.maximum(high[some], taken_high.max(axis=0))

    def _countable(self, values: Floats) -> tuple[Floats, Floats]:
        if self.all_count:
            return values, values
        counts = drawable(values, positive=self._positive)
        if counts.all():
            return values, values
        return np.where(counts, values, np.inf), np.where(counts, values, -np.inf)


def drawable(values: Floats, *, positive: bool = False) -> NDArray[np.bool_]:
    """Which values have a place on the y axis; a logarithmic one has none for what is not positive."""
    finite = np.isfinite(values)
    return finite & (values > 0) if positive else finite
