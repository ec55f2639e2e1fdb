"""A curve too long to hold: its blocks of minima and maxima, and the points of what is looked at closely.

What a picture of it guarantees, once the points that it asked for have come: every value is in it at its true height. A pixel
that holds whole blocks and single points only is that of all points; where a block of 64 points lies across the border of
two pixels, its extremes stand in the left one, which is at most 1/32 of a pixel from where they belong, because a page with
a wider block is drawn from its points. Where the window must save memory, that is 1 pixel instead of 1/32; see `Details` for
when not even these points are at hand. Until points come, their blocks are drawn in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from storage.blocks import (
    BLOCK,
    BLOCK_POINTS,
    NO_BLOCKS,
    SEALED,
    STEP_FALLS,
    TIME_FALLS,
    Blocks,
    blocks_of,
)
from storage.points import CurveKey, Series
from workbench.curve import Curve
from workbench.details import Details
from workbench.line import (
    RAW_POINTS_A_PIXEL,
    Columns,
    Line,
    Polyline,
    Source,
    corners,
    filled,
    merged,
    needles,
)
from workbench.pyramid import Floats, Indices

PAGE_POINTS = 16 * SEALED
"""Points are asked for by so many, or by a chunk where only one place is of interest."""
FINE, SAVING = 1 / 32, 1.0
"""How much of a pixel a block may cover, otherwise and while memory must be saved."""
_MOST_COUNTED = 16
"""Of so many chunks the points are looked at to count those above or below a picture."""
_PAGE_BLOCKS = PAGE_POINTS // BLOCK_POINTS
_AXES: dict[Source, tuple[str, str, int]] = {
    "steps": ("first_step", "last_step", STEP_FALLS),
    "times": ("first_time", "last_time", TIME_FALLS),
}


class _Points(NamedTuple):
    """Points that are in memory, and the place of the first one."""

    start: int
    curve: Curve


class LongCurve(Line):
    """Grows as points arrive. What it needs to be drawn truly it asks of the details."""

    generation = 0
    """How often it began anew."""

    def __init__(
        self, key: CurveKey, details: Details, fineness: Callable[[], float] = lambda: FINE
    ) -> None:
        self.key = key
        self.whole = Curve()
        """Every point, where they are `wanted_whole` and have come."""
        self.wanted_whole = False
        """Whether it cannot be drawn from blocks: its steps or times go back."""
        self._details = details
        self._fineness = fineness
        self._begin(NO_BLOCKS)

    def __len__(self) -> int:
        return self._base + len(self._tail)

    @property
    def last(self) -> tuple[int, float]:
        """The step and the time of the last point; there must be one."""
        if len(self._tail):
            return self._tail.last
        return int(self._columns["last_step"][-1]), float(self._columns["last_time"][-1])

    # -- as points arrive -------------------------------------------------------------------------
    def begin(self, blocks: Blocks, series: Series) -> None:
        """Forget everything, and be these blocks and the points behind them."""
        if len(self):
            self.generation += 1
            self.whole.restart()
        self._details.drop(self.key)
        self._begin(blocks)
        self.extend(series)

    def extend(self, series: Series) -> None:
        """Append points."""
        if len(self.whole) == len(self) > 0:
            self.whole.extend(series)
        self._tail.extend(series)
        if len(self._tail) >= SEALED:
            self._seal()

    def _begin(self, blocks: Blocks) -> None:
        self._columns: dict[str, NDArray[Any]] = {}
        self._take_blocks(blocks)
        self._tail = Curve()

    def _seal(self) -> None:
        """Make blocks of whole chunks of the tail, as the store does."""
        full = len(self._tail) // SEALED * SEALED
        steps, times, values = self._tail.steps, self._tail.times, self._tail.values
        self._take_blocks(blocks_of(steps[:full], times[:full], values[:full]))
        self._tail = Curve()
        self._tail.append(steps[full:], times[full:], values[full:])

    def _take_blocks(self, new: Blocks) -> None:
        known = self._columns or {name: NO_BLOCKS[name] for name in BLOCK.names or ()}
        self._columns = columns = {
            name: np.concatenate((column, new[name])) for name, column in known.items()
        }
        self._count = len(columns["first"])
        self._base = self._count * BLOCK_POINTS
        pages = np.arange(0, self._count, _PAGE_BLOCKS)
        self._rises: dict[Source, bool] = {}
        self._widest: dict[Source, Floats] = {}
        for source, (first, last, falls) in _AXES.items():
            begin, end = columns[first], columns[last]
            inside = not np.any(columns["falls"] & falls)
            self._rises[source] = inside and bool(np.all(begin[1:] >= end[:-1]))
            widths = (end - begin).astype(np.float64)
            self._widest[source] = np.maximum.reduceat(widths, pages) if len(pages) else widths
        self._odd = {
            positive: np.concatenate(([0], np.cumsum(columns[name], dtype=np.int64)))
            for positive, name in ((False, "not_finite"), (True, "not_positive"))
        }

    # -- order ------------------------------------------------------------------------------------
    def rises(self, source: Source) -> bool:
        if not self._rises[source] or not self._tail.rises(source):
            return False
        if not self._count or not len(self._tail):
            return True
        return bool(self._columns[_AXES[source][1]][-1] <= self._tail.x(source)[0])

    def in_order(self, source: Source) -> Line:
        """Where its steps, or times, go back, all points are needed to put them in order; until they come, none is shown."""
        if self.rises(source):
            return self
        self.wanted_whole = True
        return self.whole.in_order(source)

    # -- places -----------------------------------------------------------------------------------
    def between(self, source: Source, low: float, high: float) -> tuple[int, int]:
        """To the point where the points at the ends are here; otherwise outward to whole blocks."""
        start = self._first_from(source, low)
        stop = self._first_from(source, float(np.nextafter(high, np.inf)), up=True)
        return start, max(start, stop)

    def _first_from(self, source: Source, x: float, *, up: bool = False) -> int:
        """The first place with at least this x."""
        first, last, _ = _AXES[source]
        block = _search(self._columns[last], x)
        if block == self._count:
            return self._base + _search(self._tail.x(source), x)
        place = block * BLOCK_POINTS
        if float(self._columns[first][block]) >= x:
            return place
        points = self._points_at(place, ask=True)
        if points is None:
            return place + BLOCK_POINTS if up else place
        return points.start + _search(points.curve.x(source), x)

    def nearest(self, source: Source, at: float) -> int | None:
        """Among all points where those around are here; otherwise among the first and the last one of each block."""
        if not len(self):
            return None
        right = self._first_from(source, at)
        around = [right - 1, right]
        if right < self._base and self._points_at(right, ask=False) is None:
            around.append(right + BLOCK_POINTS - 1)
        there = [place for place in around if 0 <= place < len(self)]
        return min(there, key=lambda place: abs(self.x_at(source, place) - at))

    def x_at(self, source: Source, place: int) -> float:
        first, last, _ = _AXES[source]
        place += len(self) if place < 0 else 0
        points = self._points_at(place, ask=False)
        if points is not None:
            return points.curve.x_at(source, place - points.start)
        return float(self._of_block(place, first, last))

    def value_at(self, place: int) -> float:
        place += len(self) if place < 0 else 0
        points = self._points_at(place, ask=False)
        if points is not None:
            return points.curve.value_at(place - points.start)
        return float(self._of_block(place, "first", "last"))

    def _of_block(self, place: int, first: str, last: str) -> Any:
        """Of the first or the last point of a block: others are looked up only where their points are here."""
        block, within = divmod(place, BLOCK_POINTS)
        return self._columns[last if within == BLOCK_POINTS - 1 else first][block]

    def _points_at(self, place: int, *, ask: bool) -> _Points | None:
        """Points in memory with the one at this place; where there are none, they can be asked for."""
        if place >= self._base:
            return _Points(self._base, self._tail)
        page = self._page(place // PAGE_POINTS)
        found = self._details.known(self.key, page)
        if found is not None:
            return _Points(page[0], found)
        start = place // SEALED * SEALED
        look = self._details.get if ask else self._details.known
        found = look(self.key, (start, start + SEALED))
        return None if found is None else _Points(start, found)

    def _page(self, number: int) -> tuple[int, int]:
        return number * PAGE_POINTS, min(self._base, (number + 1) * PAGE_POINTS)

    # -- extremes and counts ----------------------------------------------------------------------
    def limits(
        self, start: int, stop: int, *, positive: bool = False
    ) -> tuple[float, float] | None:
        """Of whole blocks at the ends where their points are not here."""
        found = []
        for points, first, last in self._cut(start, stop):
            if points is not None:
                found.append(points.limits(first, last, positive=positive))
            else:
                low, high = self._extremes(slice(first, last), positive)
                found.append((float(low.min()), float(high.max())))
        some = [each for each in found if each is not None and each[0] <= each[1]]
        return (min(low for low, _ in some), max(high for _, high in some)) if some else None

    def undrawable(self, start: int, stop: int, *, positive: bool = False) -> int:
        """Of whole blocks at the ends where their points are not here."""
        count = 0
        for points, first, last in self._cut(start, stop):
            if points is not None:
                count += points.undrawable(first, last, positive=positive)
            else:
                count += int(self._odd[positive][last] - self._odd[positive][first])
        return count

    def outside(
        self, start: int, stop: int, low: float, high: float, *, positive: bool = False
    ) -> tuple[int, bool]:
        """Of whole blocks at the ends where their points are not here. A few points that it needs are asked for."""
        count, exact = 0, True
        for points, first, last in self._cut(start, stop):
            if points is not None:
                count += points.outside(first, last, low, high, positive=positive)[0]
            else:
                found, all_of_them = self._blocks_outside(first, last, low, high, positive)
                count, exact = count + found, exact and all_of_them
        return count, exact

    def _blocks_outside(
        self, first: int, last: int, low: float, high: float, positive: bool
    ) -> tuple[int, bool]:
        """Every value of a block beyond the limits, and of one across them those that are here, or else one."""
        least, most = self._extremes(slice(first, last), positive)
        some = least <= most
        beyond = some & ((least > high) | (most < low))
        drawn = BLOCK_POINTS - np.diff(self._odd[positive][first : last + 1])
        count = int(drawn[beyond].sum())
        across = first + np.flatnonzero(some & ~beyond & ((most > high) | (least < low)))
        ask = len(np.unique(across * BLOCK_POINTS // SEALED)) <= _MOST_COUNTED
        if not ask:
            return count + len(across), False
        exact = True
        for block in across:
            points = self._points_at(int(block) * BLOCK_POINTS, ask=True)
            if points is None:
                count, exact = count + 1, False
                continue
            begin = int(block) * BLOCK_POINTS - points.start
            count += points.curve.outside(
                begin, begin + BLOCK_POINTS, low, high, positive=positive
            )[0]
        return count, exact

    def _cut(self, start: int, stop: int) -> Iterator[tuple[Curve | None, int, int]]:
        """A range in parts: of points, from place to place in them; or, with None, from block to block."""
        if stop > self._base:
            yield self._tail, max(0, start - self._base), stop - self._base
            stop = self._base
        first, last = -(-start // BLOCK_POINTS), stop // BLOCK_POINTS
        if start >= stop:
            return
        if first > last:  # within one block
            yield self._within(start, stop)
            return
        if first < last:
            yield None, first, last
        if start < first * BLOCK_POINTS:
            yield self._within(start, first * BLOCK_POINTS)
        if last * BLOCK_POINTS < stop:
            yield self._within(last * BLOCK_POINTS, stop)

    def _within(self, start: int, stop: int) -> tuple[Curve | None, int, int]:
        """A part of one block."""
        points = self._points_at(start, ask=False)
        if points is None:
            block = start // BLOCK_POINTS
            return None, block, block + 1
        return points.curve, start - points.start, stop - points.start

    def _extremes(self, blocks: slice, positive: bool) -> tuple[Floats, Floats]:
        high = self._columns["high"][blocks]
        if not positive:
            return self._columns["low"][blocks], high
        return self._columns["positive"][blocks], np.where(high > 0, high, -np.inf)

    # -- drawing ----------------------------------------------------------------------------------
    def envelope(self, source: Source, edges: Floats, *, positive: bool = False) -> Polyline:
        first, last, _ = _AXES[source]
        left = max(0, _search(self._columns[last], float(edges[0])) - 1)
        beyond = float(np.nextafter(edges[-1], np.inf))
        right = min(self._count, _search(self._columns[first], beyond) + 1)
        parts = list(self._parts(source, edges, left, right))
        drawn = [part for part in parts if isinstance(part, Curve)]
        if len(drawn) == len(parts):
            inside = [part.between(source, edges[0], edges[-1]) for part in drawn]
            ranges = [
                (max(0, start - 1), min(len(part), stop + 1))
                for part, (start, stop) in zip(drawn, inside, strict=True)
            ]
            if sum(stop - start for start, stop in ranges) <= RAW_POINTS_A_PIXEL * len(edges):
                return _in_a_row(
                    [
                        part.points(source, *each, positive=positive)
                        for part, each in zip(drawn, ranges, strict=True)
                    ]
                )
        columns = [
            part.columns(source, edges, positive=positive)
            if isinstance(part, Curve)
            else self._block_columns(source, edges, part, positive)
            for part in parts
        ]
        return corners(merged(columns, len(edges) - 1))

    def _parts(
        self, source: Source, edges: Floats, left: int, right: int
    ) -> Iterator[Curve | slice]:
        """From left to right what to draw the blocks between from, and the tail: points where blocks are too wide."""
        coarse = left
        for page in self._fine_pages(source, edges, left, right):
            points = self._details.get(self.key, self._page(page))
            if points is None:
                continue
            if coarse < page * _PAGE_BLOCKS:
                yield slice(coarse, page * _PAGE_BLOCKS)
            yield points
            coarse = min(right, (page + 1) * _PAGE_BLOCKS)
        if coarse < right:
            yield slice(coarse, right)
        if right == self._count:
            yield self._tail

    def _fine_pages(self, source: Source, edges: Floats, left: int, right: int) -> list[int]:
        """The pages between two blocks with a block that is wider than is allowed where the page begins."""
        pages = np.arange(left // _PAGE_BLOCKS, -(-right // _PAGE_BLOCKS))
        begins = self._columns[_AXES[source][0]][pages * _PAGE_BLOCKS].astype(np.float64)
        pixel = np.searchsorted(edges, begins, "right") - 1
        allowed = np.diff(edges) * self._fineness()
        pixel = np.clip(pixel, 0, len(allowed) - 1)
        return [int(page) for page in pages[self._widest[source][pages] > allowed[pixel]]]

    def _block_columns(
        self, source: Source, edges: Floats, blocks: slice, positive: bool
    ) -> Columns:
        """As `PointLine.columns`, each block in the pixel where it begins."""
        names = _AXES[source]
        begin, end = (self._columns[name][blocks] for name in names[:2])
        bounds = np.searchsorted(begin, needles(begin, edges))
        bounds[-1] = _search(begin, float(np.nextafter(edges[-1], np.inf)))
        pixel, start, last = filled(bounds, len(begin)).ends(bounds)
        low, high = self._extremes(blocks, positive)
        cut = np.stack((start, last + 1), axis=1).ravel()
        return Columns(
            pixel, begin[start].astype(np.float64), end[last].astype(np.float64),
            self._ends("first", blocks, start, positive), self._ends("last", blocks, last, positive),
            _reduced(np.minimum, low, cut), _reduced(np.maximum, high, cut),
            np.zeros(len(pixel), bool),
        )  # fmt: skip

    def _ends(self, name: str, blocks: slice, at: Indices, positive: bool) -> Floats:
        """The values of first or last points, NaN where they cannot be drawn."""
        values = self._columns[name][blocks][at]
        shown = np.isfinite(values) & (values > 0) if positive else np.isfinite(values)
        return np.where(shown, values, np.nan)


def _search(x: Indices | Floats, value: float) -> int:
    """The first place with at least this x."""
    return int(np.searchsorted(x, needles(x, np.array([value])))[0])


def _reduced(how: np.ufunc, values: Floats, cut: Indices) -> Floats:
    """Reduce each ``values[cut[2 * i]:cut[2 * i + 1]]``."""
    if len(cut) and cut[-1] == len(values):
        cut = cut[:-1]  # the last range ends where they end
    return np.asarray(how.reduceat(values, cut)[::2]) if len(cut) else np.empty(0)


def _in_a_row(lines: list[Polyline]) -> Polyline:
    if not lines:
        return Polyline(np.empty(0), np.empty(0))
    return Polyline(
        np.concatenate([each.x for each in lines]), np.concatenate([each.y for each in lines])
    )
