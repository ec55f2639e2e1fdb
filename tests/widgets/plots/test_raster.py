from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from widgets.plots.raster import join, rasterise, spans_of_corners

RED, BLUE = 0xFFFF0000, 0xFF0000FF


def spans(top: float, bottom: float, columns: int = 4) -> tuple[np.ndarray, np.ndarray]:
    return np.full((1, columns), top), np.full((1, columns), bottom)


@given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.integers(1, 12), st.integers(1, 60))
def test_a_pixel_has_the_colour_of_the_last_stroke_that_covers_it(
    seed: int, strokes: int, width: int, height: int
) -> None:
    random = np.random.default_rng(seed)
    upper = random.integers(-20, height + 5, (strokes, width)).astype(float)
    lower = upper + random.integers(20, 90, (strokes, width))
    upper[random.random((strokes, width)) < 0.2] = math.inf
    lower[upper == math.inf] = -math.inf
    colors = [0xFF000000 + number for number in range(1, strokes + 1)]
    picture = rasterise(upper, lower, colors, [1] * strokes, height)
    expected = np.zeros((height, width), np.uint32)
    for number in range(strokes):
        for column in range(width):
            if upper[number, column] < math.inf:
                first, last = (max(0, int(ends[number, column])) for ends in (upper, lower))
                expected[first:last, column] = colors[number]
    np.testing.assert_array_equal(picture, expected)


def test_a_flat_line_covers_one_row_or_shares_two() -> None:
    whole = rasterise(*spans(2.5, 2.5), [RED], [1], 6)
    assert [hex(row) for row in whole[:, 1]] == ["0x0", "0x0", hex(RED), "0x0", "0x0", "0x0"]
    shared = rasterise(*spans(3.25, 3.25), [RED], [1], 6)[:, 1]
    assert [int(row) >> 24 for row in shared] == [0, 0, 64, 191, 0, 0]


def test_a_soft_edge_shows_the_stroke_below_it() -> None:
    upper = np.array([[0.0] * 3, [3.0] * 3])
    lower = np.array([[8.0] * 3, [3.0] * 3])
    pixel = int(rasterise(upper, lower, [RED, BLUE], [1, 1], 8)[3, 1])
    assert (pixel >> 24, pixel >> 16 & 255, pixel & 255) == (255, 128, 128)


def test_a_soft_edge_is_hidden_by_a_later_stroke() -> None:
    upper = np.array([[3.0] * 3, [0.0] * 3])
    lower = np.array([[3.0] * 3, [8.0] * 3])
    assert set(rasterise(upper, lower, [RED, BLUE], [1, 1], 8).ravel()) == {BLUE}


def test_a_wide_line_is_wide_in_both_directions() -> None:
    upper, lower = np.full((1, 8), math.inf), np.full((1, 8), -math.inf)
    upper[0, 3], lower[0, 3] = 0.0, 20.0
    upright = rasterise(upper, lower, [RED], [2], 20)
    assert np.count_nonzero(upright.any(axis=0)) == 2
    flat = rasterise(*spans(10.0, 10.0), [RED], [2], 20)
    assert np.flatnonzero(flat[:, 1]).tolist() == [9, 10]


@given(st.lists(st.tuples(st.floats(0, 4), st.floats(-9, 9)), max_size=12), st.data())
def test_the_spans_of_a_line_are_all_that_it_has_in_a_column(
    steps: list[tuple[float, float]], data: st.DataObject
) -> None:
    left = np.cumsum([-1.77, *(step for step, _ in steps)])
    assume(np.all(np.floor(left) != left))
    top = np.array([0.0, *(value for _, value in steps)])
    if steps and data.draw(st.booleans()):
        top[data.draw(st.integers(0, len(steps)))] = math.nan
    upper, lower = spans_of_corners(left, top, 9)
    for column in range(9):
        low, high = math.inf, -math.inf
        inside = top[(np.floor(left) == column) & ~np.isnan(top)]
        for (x0, y0), (x1, y1) in pairwise(zip(left, top, strict=True)):
            if x1 > x0 and not math.isnan(y0 + y1) and x1 >= column and x0 <= column + 1:
                ends = np.clip([x0, x1], column, column + 1)
                if ends[1] > ends[0] or math.floor(x1) != math.floor(x0):
                    inside = np.append(inside, y0 + (y1 - y0) * (ends - x0) / (x1 - x0))
        low, high = min(inside, default=low), max(inside, default=high)
        np.testing.assert_allclose((upper[column], lower[column]), (low, high), atol=1e-9)


def test_spans_that_are_apart_are_joined_and_gaps_stay() -> None:
    gap = (math.inf, -math.inf)
    ends = np.array([(0.0, 2.0), (6.0, 7.0), (1.0, 3.0), gap, (5.0, 6.0)])
    upper, lower = ends[:, 0], ends[:, 1]
    join(upper, lower)
    assert list(zip(upper, lower, strict=True)) == [
        (0.0, 4.0), (4.0, 7.0), (1.0, 4.5), gap, (5.0, 6.0),
    ]  # fmt: skip
