"""One metric of one run in memory: every point, and a pyramid of minima and maxima to draw it from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from storage.series import Series  # it imports the database's packages

Source = Literal["steps", "times"]
"""What of a point its place on the x axis is made from."""
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
N = TypeVar("N", np.int64, np.float64)

_BLOCK = 16
"""How many blocks of one level of a pyramid make one of the next."""
_READ_AT_ONCE = 1 << 17
"""So few values are read faster one after the other than through blocks."""
_RAW_POINTS_A_PIXEL = 2


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
        self._levels: list[tuple[Growing[np.float64], Growing[np.float64]]] = []

    def catch_up(self, values: Floats) -> None:
        """Take in what was appended to the values since the last call."""
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


class Polyline(NamedTuple):
    """Corners of a line to draw. A ``y`` of NaN is a gap."""

    x: Floats
    y: Floats


class Line(ABC):
    """Points in the order they were logged, and how to draw them at any size."""

    def __init__(self) -> None:
        self._pyramids: dict[bool, Pyramid] = {}
        self._ordered: dict[Source, Curve] = {}

    @property
    @abstractmethod
    def steps(self) -> Indices: ...

    @property
    @abstractmethod
    def times(self) -> Floats:
        """UTC, seconds since 1970."""

    @property
    @abstractmethod
    def values(self) -> Floats: ...

    @abstractmethod
    def rises(self, source: Source) -> bool:
        """Whether no step, or no time, is smaller than the one before it."""

    def __len__(self) -> int:
        return len(self.values)

    def x(self, source: Source) -> Indices | Floats:
        return self.steps if source == "steps" else self.times

    def in_order(self, source: Source) -> Line:
        """The same points from left to right: this line, unless its steps, or the clock, went back."""
        if self.rises(source):
            return self
        known = self._ordered.get(source)
        if known is None or len(known) != len(self):
            order = np.argsort(self.x(source), kind="stable")
            known = Curve()
            known.append(self.steps[order], self.times[order], self.values[order])
            self._ordered[source] = known
        return known

    # -- for lines that are in order --------------------------------------------------------------
    def between(self, source: Source, low: float, high: float) -> tuple[int, int]:
        """The first place with x >= low, and the place behind the last one with x <= high."""
        x = self.x(source)
        start = int(np.searchsorted(x, _needles(x, np.array([low])))[0])
        stop = int(np.searchsorted(x, _needles(x, np.array([np.nextafter(high, np.inf)])))[0])
        return start, max(start, stop)

    def nearest(self, source: Source, at: float) -> int | None:
        """The place of the drawable or undrawable point whose x is nearest; None if there is no point."""
        x = self.x(source)
        if not len(x):
            return None
        right = int(np.searchsorted(x, _needles(x, np.array([at])))[0])
        left = max(0, right - 1)
        right = min(right, len(x) - 1)
        return left if at - float(x[left]) <= float(x[right]) - at else right

    def limits(
        self, start: int, stop: int, *, positive: bool = False
    ) -> tuple[float, float] | None:
        """The smallest and the largest drawable value between two places; None if there is none."""
        if start >= stop:
            return None
        low, high = self._pyramid(positive).extremes(self.values, np.array([start, stop]))
        return (float(low[0]), float(high[0])) if low[0] <= high[0] else None

    def undrawable(self, start: int, stop: int, *, positive: bool = False) -> int:
        """How many values between two places have no place on the y axis."""
        if self._pyramid(positive).all_count:
            return 0
        shown = drawable(self.values[start:stop], positive=positive)
        return len(shown) - int(np.count_nonzero(shown))

    def envelope(self, source: Source, edges: Floats, *, positive: bool = False) -> Polyline:
        """What to draw between the left edge of the first pixel and the right edge of the last.

        ``edges`` are the x of the borders between pixels, one more than there are pixels. Of each pixel the
        smallest and the largest value are in the result, so that the picture is that of all points; where
        the next pixel is empty, also the first or last point (M4: Jugel et al., VLDB 2014), so that the line
        across the empty ones is the true one. The neighbours outside are included: lines leave the picture.
        """
        x, values = self.x(source), self.values
        bounds = np.searchsorted(x, _needles(x, edges))
        bounds[-1] = self.between(source, edges[0], edges[-1])[1]
        left, right = max(0, int(bounds[0]) - 1), min(len(x), int(bounds[-1]) + 1)
        if right - left <= _RAW_POINTS_A_PIXEL * len(edges):
            return _raw(x[left:right], values[left:right], positive)
        occupied = np.flatnonzero(bounds[:-1] < bounds[1:])
        start, stop = bounds[occupied], bounds[occupied + 1]
        low, high = self._pyramid(positive).extremes(values, np.append(start, stop[-1]))
        nothing = low > high
        low[nothing] = high[nothing] = np.nan
        inner = _corners(x, values, occupied, start, stop, low, high, positive)
        before = _raw(x[left : bounds[0]], values[left : bounds[0]], positive)
        after = _raw(x[bounds[-1] : right], values[bounds[-1] : right], positive)
        return Polyline(
            np.concatenate((before.x, inner.x, after.x)),
            np.concatenate((before.y, inner.y, after.y)),
        )

    def _pyramid(self, positive: bool) -> Pyramid:
        pyramid = self._pyramids.setdefault(positive, Pyramid(positive=positive))
        pyramid.catch_up(self.values)
        return pyramid


class Curve(Line):
    """Grows as points arrive."""

    generation = 0
    """How often it began anew; who keeps something made from its points looks at it."""

    def __init__(self) -> None:
        super().__init__()
        self._empty()

    def restart(self) -> None:
        """Forget every point, to be given others. The arrays handed out before keep theirs."""
        self._pyramids.clear()
        self._ordered.clear()
        self._empty()
        self.generation += 1

    def _empty(self) -> None:
        self._steps = Growing(np.int64)
        self._times = Growing(np.float64)
        self._values = Growing(np.float64)
        self._rises: dict[Source, bool] = {"steps": True, "times": True}

    @property
    def steps(self) -> Indices:
        return self._steps.filled

    @property
    def times(self) -> Floats:
        return self._times.filled

    @property
    def values(self) -> Floats:
        return self._values.filled

    def rises(self, source: Source) -> bool:
        return self._rises[source]

    def extend(self, series: Series) -> None:
        """Append points. The arrays handed out before keep theirs."""
        self.append(series.steps, series.times, series.values)

    def append(self, steps: Indices, times: Floats, values: Floats) -> None:
        self._steps.extend(steps)
        self._times.extend(times)
        self._values.extend(values)
        since = max(0, len(self) - len(values) - 1)
        self._rises["steps"] &= bool(np.all(self.steps[since + 1 :] >= self.steps[since:-1]))
        self._rises["times"] &= bool(np.all(self.times[since + 1 :] >= self.times[since:-1]))


def _needles(x: Indices | Floats, edges: Floats) -> Indices | Floats:
    """The edges in the type of x: a search for others would first copy all of x."""
    if x.dtype != np.int64:
        return edges
    return np.clip(np.ceil(edges), -(2.0**62), 2.0**62).astype(np.int64)


def _raw(x: Indices | Floats, values: Floats, positive: bool) -> Polyline:
    shown = np.where(drawable(values, positive=positive), values, np.nan)
    return Polyline(x.astype(np.float64), shown)


def _corners(
    x: Indices | Floats, values: Floats, occupied: Indices, start: Indices, stop: Indices,
    low: Floats, high: Floats, positive: bool,
) -> Polyline:  # fmt: skip
    """Two corners a pixel, one where it has one point, up to four where a neighbour is empty."""
    last = stop - 1
    first_y, last_y = (
        _raw(x[start], values[start], positive).y,
        _raw(x[last], values[last], positive).y,
    )
    rising = last_y >= first_y
    apart = np.diff(occupied) > 1
    keep = np.ones((len(occupied), 4), bool)
    keep[1:, 0] = keep[:-1, 3] = apart
    keep[start == last, 1:] = False
    keep[start == last, 0] = True
    corners = np.empty((len(occupied), 4))
    corners[:, 0], corners[:, 3] = first_y, last_y
    corners[:, 1], corners[:, 2] = np.where(rising, low, high), np.where(rising, high, low)
    begin, end = x[start], x[last]
    places = np.stack((begin, begin, end, end), axis=1).astype(np.float64)
    return Polyline(places[keep], corners[keep])
