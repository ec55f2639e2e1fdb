"""What a plot needs of a curve to draw it at any size, and how points in memory give it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.pyramid import Floats, Indices, Pyramid, drawable

Source = Literal["steps", "times"]
"""What of a point its place on the x axis is made from."""

RAW_POINTS_A_PIXEL = 2
"""So few points are drawn as they are."""
SPANNED_POINTS_A_PIXEL = 8
"""Of so many points a pixel only the smallest and the largest value are seen, not where in the pixel they are."""
_LARGEST = 2.0**62
"""Steps beyond are not looked for."""


class Polyline(NamedTuple):
    """Corners of a line to draw. A ``y`` of NaN is a gap."""

    x: Floats
    y: Floats


class Line(ABC):
    """Points in the order they were logged, and how to draw them, whether they are in memory or not.

    A place is the index of a point. All but ``len``, `rises` and `in_order` is for lines that are in order.
    """

    @abstractmethod
    def __len__(self) -> int:
        """How many points there are."""

    @abstractmethod
    def rises(self, source: Source) -> bool:
        """Whether no step, or no time, is smaller than the one before it."""

    @abstractmethod
    def in_order(self, source: Source) -> Line:
        """The same points from left to right: this line, unless its steps, or the clock, went back."""

    @abstractmethod
    def x_at(self, source: Source, place: int) -> float:
        """The step, or the time (UTC, seconds since 1970), of a point; -1 is the last one."""

    @abstractmethod
    def value_at(self, place: int) -> float:
        """The value of a point; -1 is the last one."""

    @abstractmethod
    def between(self, source: Source, low: float, high: float) -> tuple[int, int]:
        """The first place with x >= low, and the place behind the last one with x <= high."""

    @abstractmethod
    def nearest(self, source: Source, at: float) -> int | None:
        """The place of the drawable or undrawable point whose x is nearest; None if there is no point."""

    @abstractmethod
    def limits(
        self, start: int, stop: int, *, positive: bool = False
    ) -> tuple[float, float] | None:
        """The smallest and the largest drawable value between two places; None if there is none."""

    @abstractmethod
    def undrawable(self, start: int, stop: int, *, positive: bool = False) -> int:
        """How many values between two places have no place on the y axis."""

    @abstractmethod
    def outside(
        self, start: int, stop: int, low: float, high: float, *, positive: bool = False
    ) -> tuple[int, bool]:
        """How many drawable values between two places are below ``low`` or above ``high``, and whether these are all.

        They are the least that there can be where it would need points that are not in memory.
        """

    @abstractmethod
    def envelope(self, source: Source, edges: Floats, *, positive: bool = False) -> Polyline:
        """What to draw between the left edge of the first pixel and the right edge of the last.

        ``edges`` are the x of the borders between pixels, one more than there are pixels. Of each pixel the
        smallest and the largest value are in the result, so that the picture is that of all points; where
        the next pixel is empty, also the first or last point (M4: Jugel et al., VLDB 2014), so that the line
        across the empty ones is the true one. The neighbours outside are included: lines leave the picture.
        """

    def spans(
        self, source: Source, edges: Floats, *, positive: bool = False
    ) -> tuple[int, Floats, Floats] | None:
        """The smallest and the largest value of each pixel from the first to the last one with points, and which is the first.

        Only for lines that have several points in each of these pixels; None for others, which only `envelope` shows.
        The borders between pixels are moved by less than a twelfth of one. inf and -inf stand where no value has a
        place on the y axis.
        """
        del source, edges, positive
        return None


class Columns(NamedTuple):
    """What of a line falls into each pixel that is not empty, from left to right.

    The neighbours outside stand in the pixels -1 and one behind the last. ``low`` is above ``high`` where no value
    has a place on the y axis; ``first`` and ``last`` are NaN where theirs has none. ``alone`` is where there is one point.
    """

    pixel: Indices
    first_x: Floats
    last_x: Floats
    first: Floats
    last: Floats
    low: Floats
    high: Floats
    alone: NDArray[np.bool_]


class Filled(NamedTuple):
    """Which elements of a line are to be drawn: of each pixel that is not empty all, and the neighbours outside."""

    before: Indices
    """The place of the element before the first pixel, if there is one."""
    inside: Indices
    """The pixels that are not empty."""
    after: Indices

    def ends(self, bounds: Indices) -> tuple[Indices, Indices, Indices]:
        """The pixels of `Columns`, and the first and the last place of each."""
        before, inside, after = self
        return (
            np.concatenate((before * 0 - 1, inside, after * 0 + len(bounds) - 1)),
            np.concatenate((before, bounds[inside], after)),
            np.concatenate((before, bounds[inside + 1] - 1, after)),
        )


def filled(bounds: Indices, count: int) -> Filled:
    """``bounds`` are the first places, of ``count``, at or behind the borders between pixels."""
    return Filled(
        np.arange(max(0, bounds[0] - 1), bounds[0]),
        np.flatnonzero(bounds[:-1] < bounds[1:]),
        np.arange(bounds[-1], min(count, bounds[-1] + 1)),
    )


class EvenSteps:
    """Whether the elements of a growing array lie at equal distances: then places in it need no search."""

    def __init__(self) -> None:
        self._seen = self._first = 0
        self.stride = 0
        """That distance; 0 if there is none."""

    def catch_up(self, x: Indices) -> None:
        """Take in what was appended since the last call."""
        if self._seen == len(x):
            return
        if self._seen < 2 <= len(x):
            self._first, self.stride = int(x[0]), max(0, int(x[1] - x[0]))
        if self.stride and np.any(np.diff(x[max(0, self._seen - 1) :]) != self.stride):
            self.stride = 0
        self._seen = len(x)

    def places(self, wanted: Indices) -> Indices:
        """The first places at or behind these steps."""
        places: Indices = (wanted - (self._first - self.stride + 1)) // self.stride
        return np.minimum(np.maximum(places, 0), self._seen)

    def between(self, low: float, high: float) -> tuple[int, int]:
        """See `Line.between`."""
        least, most = math.ceil(max(low, -_LARGEST)), math.floor(min(high, _LARGEST))
        start = -((self._first - least) // self.stride) if low < _LARGEST else self._seen
        stop = (most - self._first) // self.stride + 1 if high > -_LARGEST else 0
        start = min(max(start, 0), self._seen)
        return start, max(start, min(stop, self._seen))


class PointLine(Line):
    """A line whose points are all in memory."""

    generation = 0
    """How often it began anew; who keeps something made from its points looks at it."""

    def __init__(self) -> None:
        self._pyramids: dict[bool, Pyramid] = {}
        self._ordered: dict[Source, Ordered] = {}
        self._even = EvenSteps()

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

    def __len__(self) -> int:
        return len(self.values)

    @property
    def settled(self) -> int:
        """How many of the first points stay as they are until it begins anew; 0 where that is not known."""
        return 0

    def x(self, source: Source) -> Indices | Floats:
        return self.steps if source == "steps" else self.times

    def x_at(self, source: Source, place: int) -> float:
        return float(self.x(source)[place])

    def value_at(self, place: int) -> float:
        return float(self.values[place])

    def in_order(self, source: Source) -> PointLine:
        if self.rises(source):
            return self
        known = self._ordered.get(source)
        if known is None or len(known) != len(self):
            known = self._ordered[source] = Ordered(self, source)
        return known

    # -- for lines that are in order --------------------------------------------------------------
    def between(self, source: Source, low: float, high: float) -> tuple[int, int]:
        even = self._evenly(source)
        if even is not None:
            return even.between(low, high)
        x = self.x(source)
        start, stop = x.searchsorted(needles(x, np.array((low, np.nextafter(high, np.inf)))))
        return int(start), max(int(start), int(stop))

    def nearest(self, source: Source, at: float) -> int | None:
        x = self.x(source)
        if not len(x):
            return None
        right = int(np.searchsorted(x, needles(x, np.array([at])))[0])
        left = max(0, right - 1)
        right = min(right, len(x) - 1)
        return left if at - float(x[left]) <= float(x[right]) - at else right

    def limits(
        self, start: int, stop: int, *, positive: bool = False
    ) -> tuple[float, float] | None:
        if start >= stop:
            return None
        low, high = self._pyramid(positive).limits(self.values, start, stop)
        return (low, high) if low <= high else None

    def undrawable(self, start: int, stop: int, *, positive: bool = False) -> int:
        if self._pyramid(positive).all_count:
            return 0
        shown = drawable(self.values[start:stop], positive=positive)
        return len(shown) - int(np.count_nonzero(shown))

    def outside(
        self, start: int, stop: int, low: float, high: float, *, positive: bool = False
    ) -> tuple[int, bool]:
        values = self.values[start:stop]
        drawn = values[drawable(values, positive=positive)]
        return int(np.count_nonzero((drawn < low) | (drawn > high))), True

    def envelope(self, source: Source, edges: Floats, *, positive: bool = False) -> Polyline:
        start, stop = self.between(source, edges[0], edges[-1])
        left, right = max(0, start - 1), min(len(self), stop + 1)
        if right - left <= RAW_POINTS_A_PIXEL * len(edges):
            return self.points(source, left, right, positive=positive)
        return corners(self.columns(source, edges, positive=positive))

    def points(self, source: Source, start: int, stop: int, *, positive: bool) -> Polyline:
        """The points between two places, one by one."""
        values = self.values[start:stop]
        return Polyline(
            self.x(source)[start:stop].astype(np.float64), _shown(values, positive=positive)
        )

    def columns(self, source: Source, edges: Floats, *, positive: bool) -> Columns:
        """See `Line.envelope` for the edges."""
        x, values = self.x(source), self.values
        bounds = self._places(source, edges)
        bounds[-1] = self.between(source, edges[0], edges[-1])[1]
        before, inside, after = pixels = filled(bounds, len(x))
        pixel, start, last = pixels.ends(bounds)
        low, high = np.full(len(pixel), np.inf), np.full(len(pixel), -np.inf)
        first_y, last_y = (_shown(values[at], positive=positive) for at in (start, last))
        if len(inside):
            cut = np.append(bounds[inside], bounds[-1])
            within = slice(len(before), len(before) + len(inside))
            low[within], high[within] = self._pyramid(positive).extremes(values, cut)
        for at in (*range(len(before)), *range(len(pixel) - len(after), len(pixel))):
            if not np.isnan(first_y[at]):
                low[at] = high[at] = first_y[at]
        return Columns(
            pixel, x[start].astype(np.float64), x[last].astype(np.float64), first_y, last_y, low, high,
            start == last,
        )  # fmt: skip

    def spans(
        self, source: Source, edges: Floats, *, positive: bool = False
    ) -> tuple[int, Floats, Floats] | None:
        bounds = self._places(source, edges)
        bounds[-1] = self.between(source, edges[0], edges[-1])[1]
        counts = np.diff(bounds)
        filled = np.flatnonzero(counts)
        if len(filled) < 3:
            return None
        first, stop = int(filled[0]), int(filled[-1]) + 1
        if counts[first + 1 : stop - 1].min() < SPANNED_POINTS_A_PIXEL:
            return None
        cut = bounds[first : stop + 1]
        low, high = self._pyramid(positive).extremes_near(self.values, cut)
        return first, low, high

    def _places(self, source: Source, edges: Floats) -> Indices:
        """The first places with x at or behind the edges."""
        x = self.x(source)
        wanted = needles(x, edges)
        even = self._evenly(source)
        return np.searchsorted(x, wanted) if even is None else even.places(wanted)  # type: ignore[arg-type]

    def _evenly(self, source: Source) -> EvenSteps | None:
        if source == "times":
            return None
        self._even.catch_up(self.steps)
        return self._even if self._even.stride else None

    def _pyramid(self, positive: bool) -> Pyramid:
        pyramid = self._pyramids.get(positive)
        if pyramid is None:
            pyramid = self._pyramids[positive] = Pyramid(positive=positive)
        pyramid.catch_up(self.values)
        return pyramid


class Ordered(PointLine):
    """The points of another line from left to right, as they were when it was made."""

    def __init__(self, line: PointLine, source: Source) -> None:
        super().__init__()
        order = np.argsort(line.x(source), kind="stable")
        self._steps, self._times, self._values = (
            line.steps[order],
            line.times[order],
            line.values[order],
        )
        self._source: Source = source

    @property
    def steps(self) -> Indices:
        return self._steps

    @property
    def times(self) -> Floats:
        return self._times

    @property
    def values(self) -> Floats:
        return self._values

    def rises(self, source: Source) -> bool:
        return source == self._source


def merged(parts: Sequence[Columns], pixels: int) -> Columns:
    """The columns of a line from those of its parts, from left to right; two parts can meet in one pixel."""
    every = Columns(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    before, after = np.flatnonzero(every.pixel < 0), np.flatnonzero(every.pixel >= pixels)
    kept: list[Any] = [np.delete(each, (*before[:-1], *after[1:])) for each in every]
    every = Columns(*kept)
    begins = np.flatnonzero(np.diff(every.pixel, prepend=-2))
    if len(begins) == len(every.pixel):
        return every
    ends = np.append(begins[1:], len(every.pixel)) - 1
    return Columns(
        every.pixel[begins], every.first_x[begins], every.last_x[ends], every.first[begins], every.last[ends],
        np.minimum.reduceat(every.low, begins), np.maximum.reduceat(every.high, begins),
        every.alone[begins] & (begins == ends),
    )  # fmt: skip


def corners(columns: Columns) -> Polyline:
    """Two corners a pixel, one where it has one point, up to four where a neighbour is empty."""
    nothing = columns.low > columns.high
    low, high = np.where(nothing, np.nan, columns.low), np.where(nothing, np.nan, columns.high)
    rising = columns.last >= columns.first
    apart = np.diff(columns.pixel) > 1
    keep = np.ones((len(columns.pixel), 4), bool)
    keep[1:, 0] = keep[:-1, 3] = apart
    keep[columns.alone, 1:] = False
    keep[columns.alone, 0] = True
    y = np.stack(
        (columns.first, np.where(rising, low, high), np.where(rising, high, low), columns.last),
        axis=1,
    )
    begin, end = columns.first_x, columns.last_x
    return Polyline(np.stack((begin, begin, end, end), axis=1)[keep], y[keep])


def needles(x: Indices | Floats, edges: Floats) -> Indices | Floats:
    """The edges in the type of x: a search for others would first copy all of x."""
    if x.dtype != np.int64:
        return edges
    return np.minimum(np.maximum(np.ceil(edges), -_LARGEST), _LARGEST).astype(np.int64)


def _shown(values: Floats, *, positive: bool) -> Floats:
    """NaN in place of values without a place on the y axis."""
    return np.where(drawable(values, positive=positive), values, np.nan)
