"""How many values of a curve lie outside of a picture."""

from __future__ import annotations

import numpy as np

from storage.blocks import BLOCK_POINTS, SEALED, blocks_of
from storage.points import Series
from workbench.curve import Curve
from workbench.details import Details
from workbench.long_curve import LongCurve

KEY = (1, "loss")


def long_curve(values: np.ndarray) -> tuple[LongCurve, Details]:
    """Of whole chunks and a tail."""
    details, steps = Details(), np.arange(len(values))
    whole = len(values) // SEALED * SEALED
    times = steps * 1.0
    curve = LongCurve(KEY, details)
    curve.begin(
        blocks_of(steps[:whole], times[:whole], values[:whole]),
        Series(steps[whole:], times[whole:], values[whole:]),
    )
    return curve, details


def test_of_points_in_memory_each_is_counted() -> None:
    curve = Curve()
    values = np.array([0.0, 5.0, np.nan, -5.0, 9.0])
    curve.append(np.arange(5), np.arange(5.0), values)
    assert curve.outside(0, 5, -1.0, 6.0) == (2, True)
    assert curve.outside(0, 4, -1.0, 4.0) == (2, True)


def test_blocks_beyond_a_picture_are_counted_without_their_points() -> None:
    values = np.zeros(4 * SEALED + 10)
    values[:BLOCK_POINTS] = 7.0
    values[3] = np.nan
    values[-1] = 7.0
    curve, _ = long_curve(values)
    assert curve.outside(0, len(curve), -1.0, 1.0) == (BLOCK_POINTS, True)


def test_blocks_across_the_edge_are_counted_once_their_points_are_here() -> None:
    values = np.zeros(4 * SEALED)
    values[[5, 6, SEALED + 1]] = 7.0
    curve, details = long_curve(values)
    assert curve.outside(0, len(curve), -1.0, 1.0) == (2, False), "one a block at least"
    steps = np.arange(len(values))
    asked = details.take_wanted()[KEY]
    details.put(
        KEY,
        {
            (start, stop): Series(steps[start:stop], steps[start:stop] * 1.0, values[start:stop])
            for start, stop in asked
        },
    )
    assert curve.outside(0, len(curve), -1.0, 1.0) == (3, True)
