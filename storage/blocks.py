"""Blocks of a series: what to draw 64 points from without reading them. Needs NumPy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SEALED = 4096
"""Points in a sealed chunk, a whole number of blocks."""
BLOCK_POINTS = 64
"""Points in a block. With 80 bytes a block, an overview is a twentieth of its series."""
STEP_FALLS, TIME_FALLS = 1, 2
BLOCK = np.dtype(
    [
        ("first_step", "<i8"), ("last_step", "<i8"), ("first_time", "<f8"), ("last_time", "<f8"),
        ("first", "<f8"), ("last", "<f8"), ("low", "<f8"), ("high", "<f8"), ("positive", "<f8"),
        ("not_finite", "<u2"), ("not_positive", "<u2"), ("falls", "<u4"),
    ]
)  # fmt: skip
"""``first`` and ``last`` are the values of the first and the last point. ``low`` and ``high`` are the extremes of the finite
values, inf and -inf where there is none, and ``positive`` is the smallest finite value above zero, inf where there is none.
``not_finite`` counts the values that have no place on a linear axis, ``not_positive`` those that have none on a logarithmic
one. ``falls`` says whether a step (1) or a time (2) within the block is smaller than the one before it.
"""
Blocks = NDArray[np.void]
"""An array of BLOCK."""
NO_BLOCKS: Blocks = np.empty(0, BLOCK)


def blocks_of(
    steps: NDArray[np.int64], times: NDArray[np.float64], values: NDArray[np.float64]
) -> Blocks:
    """The blocks of points whose number is a multiple of 64; raises ValueError for others."""
    step, time, value = (array.reshape(-1, BLOCK_POINTS) for array in (steps, times, values))
    blocks = np.empty(len(value), BLOCK)
    blocks["first_step"], blocks["last_step"] = step[:, 0], step[:, -1]
    blocks["first_time"], blocks["last_time"] = time[:, 0], time[:, -1]
    blocks["first"], blocks["last"] = value[:, 0], value[:, -1]
    finite = np.isfinite(value)
    positive = finite & (value > 0)
    blocks["low"] = np.where(finite, value, np.inf).min(axis=1)
    blocks["high"] = np.where(finite, value, -np.inf).max(axis=1)
    blocks["positive"] = np.where(positive, value, np.inf).min(axis=1)
    blocks["not_finite"] = BLOCK_POINTS - finite.sum(axis=1)
    blocks["not_positive"] = BLOCK_POINTS - positive.sum(axis=1)
    blocks["falls"] = np.where((step[:, 1:] < step[:, :-1]).any(axis=1), STEP_FALLS, 0)
    blocks["falls"] |= np.where((time[:, 1:] < time[:, :-1]).any(axis=1), TIME_FALLS, 0).astype(
        "<u4"
    )
    return blocks
