"""Thousands of polylines over parallel axes as pixels, by NumPy: what a painter needs seconds for takes tenths of one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from widgets.explain.canvas import Pixels

Floats = NDArray[np.float64]

_AT_ONCE = 1 << 19
"""Pixels that are computed at once, so that other threads have their turn."""
_STEEPER = 1.3
"""Lines of about one steepness have as many steps; so much more of them has the next kind."""
_FEW, _LEAST = 60, 0.22
"""From so many lines on each one is more transparent, down to this."""


@dataclass(frozen=True)
class Lines:
    """``places`` has a row a line and a column an axis: 0 (bottom) to 1, NaN where there is no value; ``axes`` are from 0 (left) to 1.

    ``colors`` are blue, green and red of each line. Where lines cross, one that is drawn at random is in front. ``most`` is how opaque
    many lines together are at most; ``strong`` ones are two pixels wide.
    """

    places: NDArray[np.float32]
    axes: Floats
    colors: NDArray[np.uint8]
    most: float = 1.0
    strong: bool = False

    def draw(self, width: int, height: int) -> Pixels:
        count = np.zeros(width * height, np.int32)
        owner = np.zeros(width * height, np.int32)
        order = np.random.default_rng(0).permutation(len(self.places)).astype(np.int32)
        tops = (1 - self.places[order]) * np.float32(height - 1 - self.strong)
        lefts = np.rint(self.axes * (width - 1)).astype(np.intp)
        for gap in range(len(lefts) - 1):
            ends = tops[:, gap : gap + 2]
            known = np.flatnonzero(np.isfinite(ends).all(axis=1))
            for lines, at in _pixels(ends[known], int(lefts[gap]), int(lefts[gap + 1]), width):
                for below in (0, width)[: 1 + self.strong]:
                    count += np.bincount(at.ravel() + below, minlength=len(count))
                    owner[at + below] = order[known[lines], None]
        return self._colored(count, owner).reshape(height, width, 4)

    def _colored(self, count: NDArray[np.int32], owner: NDArray[np.int32]) -> Pixels:
        one = opacity(len(self.places)) * self.most
        pixels = np.zeros((len(count), 4), np.uint8)
        there = np.flatnonzero(count)
        pixels[there, :3] = self.colors[owner[there]]
        alpha = 1 - (1 - one) ** count[there]
        pixels[there, 3] = (255 * np.minimum(alpha, self.most)).astype(np.uint8)
        return pixels


def opacity(lines: int) -> float:
    """Of one line among so many."""
    return float(max(_LEAST, min(0.95, (_FEW / max(lines, 1)) ** 0.35)))


def _pixels(
    ends: NDArray[np.float32], left: int, right: int, width: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The pixels of lines between two axes, in steps of at most one along the longer side: which lines, and a row of places for each."""
    if right <= left or not len(ends):
        return
    change = ends[:, 1] - ends[:, 0]
    longest = np.maximum(np.abs(change), right - left)
    kinds = np.ceil(np.log(longest / (right - left)) / np.log(_STEEPER)).astype(np.intp)
    for kind in np.unique(kinds):
        lines = np.flatnonzero(kinds == kind)
        steps = math.ceil((right - left) * _STEEPER**kind) + 1
        along = np.linspace(0, 1, steps, dtype=np.float32)
        across = np.rint(left + along * (right - left)).astype(np.intp)
        for first in range(0, len(lines), max(1, _AT_ONCE // steps)):
            part = lines[first : first + max(1, _AT_ONCE // steps)]
            y = change[part, None] * along
            y += ends[part, :1] + np.float32(0.5)
            at = y.astype(np.intp)
            at *= width
            at += across
            yield part, at
