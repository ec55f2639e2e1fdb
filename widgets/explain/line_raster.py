"""Thousands of polylines over parallel axes as pixels, by NumPy: what a painter needs seconds for takes tenths of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from widgets.explain.canvas import Pixels

Floats = NDArray[np.float64]

_AT_ONCE = 1 << 20
"""Pixels that are computed at once, so that other threads have their turn."""
_FEW, _LEAST = 60, 0.22
"""From so many lines on each one is more transparent, down to this."""


@dataclass(frozen=True)
class Lines:
    """``places`` has a row a line and a column an axis: 0 (bottom) to 1, NaN where there is no value; ``axes`` are from 0 (left) to 1.

    ``colors`` are blue, green and red of each line. Where lines cross, one that is drawn at random is in front.
    """

    places: NDArray[np.float32]
    axes: Floats
    colors: NDArray[np.uint8]
    opacity: float | None = None

    def draw(self, width: int, height: int) -> Pixels:
        count = np.zeros(width * height, np.float32)
        owner = np.zeros(width * height, np.int32)
        order = np.random.default_rng(0).permutation(len(self.places))
        tops = (1 - self.places[order].astype(np.float64)) * (height - 1)
        lefts = self.axes * (width - 1)
        for gap in range(len(lefts) - 1):
            _draw_gap(
                tops[:, gap], tops[:, gap + 1], lefts[gap], lefts[gap + 1], width, order, count, owner
            )  # fmt: skip
        return self._colored(count, owner).reshape(height, width, 4)

    def _colored(self, count: NDArray[np.float32], owner: NDArray[np.int32]) -> Pixels:
        one = self.opacity if self.opacity is not None else opacity(len(self.places))
        pixels = np.zeros((len(count), 4), np.uint8)
        there = np.flatnonzero(count)
        pixels[there, :3] = self.colors[owner[there]]
        pixels[there, 3] = (255 * (1 - (1 - one) ** count[there])).astype(np.uint8)
        return pixels


def opacity(lines: int) -> float:
    return float(max(_LEAST, min(0.95, (_FEW / max(lines, 1)) ** 0.35)))


def _draw_gap(
    before: Floats, after: Floats, left: float, right: float,
    width: int, order: NDArray[np.intp], count: NDArray[np.float32], owner: NDArray[np.int32],
) -> None:  # fmt: skip
    """All lines between two axes, each in steps of at most a pixel along its longer side."""
    known = np.flatnonzero(np.isfinite(before) & np.isfinite(after))
    if right - left < 1 or not len(known):
        return
    steps = np.ceil(np.maximum(right - left, np.abs(after[known] - before[known]))).astype(np.intp)
    ends = np.cumsum(steps)
    first = 0
    while first < len(known):
        done = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + _AT_ONCE)))
        part, of = known[first:last], steps[first:last]
        row = np.repeat(np.arange(len(part)), of)
        start = np.cumsum(of) - of
        along = (np.arange(len(row)) - start[row]) / of[row]
        x = np.rint(left + along * (right - left)).astype(np.intp)
        y = np.rint(before[part][row] + along * (after[part] - before[part])[row]).astype(np.intp)
        at = y * width + x
        count += np.bincount(at, minlength=len(count)).astype(np.float32)
        owner[at] = order[part][row]
        first = last
