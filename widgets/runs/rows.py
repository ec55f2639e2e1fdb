"""Which rows a table of runs has: the runs and the headings of their groups, as one array of numbers.

A run stands as its id. A heading stands as a number below zero that stays its own as long as the table lives, so
that two arrangements can be compared row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.records import Cell, RunGroup, RunList

Keys = NDArray[np.int64]
Values = tuple[Cell, ...]
Ranges = list[tuple[int, int]]
"""First and last row of each, both inclusive, ascending."""
_EMPTY = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Heading:
    """The runs that agree in the first columns of the grouping: ``ids[start:stop]`` of the list, groups ``[first, last)`` of it."""

    values: Values
    start: int
    stop: int
    first: int
    last: int
    collapsed: bool

    @property
    def count(self) -> int:
        return self.stop - self.start


class Rows:
    """The rows of a list of runs, of which those under a collapsed heading are left out."""

    def __init__(self) -> None:
        self.keys: Keys = _EMPTY
        self.headings: dict[int, Heading] = {}
        self._ids: Keys = _EMPTY
        self._groups: tuple[RunGroup, ...] = ()
        self._numbers: dict[Values, int] = {}
        self._collapsed: set[Values] = set()

    @property
    def ids(self) -> Keys:
        """The listed runs in their order, under a collapsed heading or not."""
        return self._ids

    def take(self, found: RunList) -> None:
        self._ids = np.array(found.ids, dtype=np.int64)
        self._groups = found.groups
        self.arrange()

    def fold(self, which: Callable[[Values], bool], collapsed: bool) -> None:
        """Collapse or expand the headings with such values."""
        chosen = {heading.values for heading in self._all() if which(heading.values)}
        self._collapsed = self._collapsed | chosen if collapsed else self._collapsed - chosen
        self.arrange()

    def arrange(self) -> None:
        if not self._groups:
            self.keys, self.headings = self._ids, {}
            return
        parts: list[Keys] = []
        self.headings = {}
        hidden = -1
        for heading in self._all():
            if heading.first < hidden:
                continue
            number = self._numbers.setdefault(heading.values, -1 - len(self._numbers))
            self.headings[number] = heading
            parts.append(np.array([number], dtype=np.int64))
            if heading.collapsed:
                hidden = heading.last
            elif len(heading.values) == len(self._groups[heading.first].values):
                parts.append(self._ids[heading.start : heading.stop])
        self.keys = np.concatenate(parts)

    def _all(self) -> Iterator[Heading]:
        """Every heading, an outer one before those in it."""
        yield from self._within(0, len(self._groups), 0)

    def _within(self, first: int, last: int, level: int) -> Iterator[Heading]:
        place = first
        while place < last:
            values = self._groups[place].values[: level + 1]
            end = place + 1
            while end < last and self._groups[end].values[: level + 1] == values:
                end += 1
            start, stop = self._groups[place].start, self._groups[end - 1].stop
            yield Heading(values, start, stop, place, end, values in self._collapsed)
            if level + 1 < len(self._groups[place].values):
                yield from self._within(place, end, level + 1)
            place = end


@dataclass(frozen=True, slots=True)
class Difference:
    """How one arrangement becomes another: remove, then reorder what is kept, then insert."""

    removed: Ranges
    kept: Keys
    """What both have, in the new order."""
    moved: bool
    inserted: Ranges

    @property
    def steps(self) -> int:
        return len(self.removed) + len(self.inserted)


def difference(old: Keys, new: Keys) -> Difference:
    """``removed`` are rows of the old arrangement, ``inserted`` rows of the new one."""
    gone, come = ~np.isin(old, new), ~np.isin(new, old)
    kept = new[~come]
    return Difference(_ranges(gone), kept, not np.array_equal(old[~gone], kept), _ranges(come))


def _ranges(flags: NDArray[np.bool_]) -> Ranges:
    edges = np.flatnonzero(np.diff(flags, prepend=False, append=False))
    return [(int(first), int(end) - 1) for first, end in zip(edges[::2], edges[1::2], strict=True)]
