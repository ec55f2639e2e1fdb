"""What passes between the history and curves. Needs NumPy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storage.blocks import NO_BLOCKS, Blocks


class Series(NamedTuple):
    """Points of one metric of one run, in the order they were logged."""

    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    """UTC, seconds since 1970."""
    values: NDArray[np.float64]


EMPTY = Series(np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.float64))
CurveKey = tuple[int, str]
"""Run id and metric."""
Range = tuple[int, int]
"""The index of the first point, and the one behind the last."""


@dataclass(frozen=True, slots=True)
class CurveRequest:
    """What is known of a series: how many points, and the step and the time of the last one.

    With ``blocks``, a series that is read from its beginning comes as blocks, and only what follows them as points.
    ``ranges`` are asked for besides.
    """

    length: int = 0
    step: int = 0
    time: float = 0.0
    blocks: bool = False
    ranges: tuple[Range, ...] = ()


class CurvePart(NamedTuple):
    """The points from index ``start`` on: where the series ended before, or 0 where its points are others now.

    Where there are ``blocks``, ``series`` follows them.
    """

    start: int
    series: Series = EMPTY
    blocks: Blocks = NO_BLOCKS
    ranges: Mapping[Range, Series] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to add."""
        return not (len(self.series.steps) or len(self.blocks) or self.ranges)
