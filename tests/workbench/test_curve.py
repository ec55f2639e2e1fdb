from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from storage.series import Series
from workbench import pyramid as pyramid_module
from workbench.curve import Curve, PointLine, drawable

VALUES = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -1.0])


def curve_of(
    values: list[float] | NDArray[np.float64], steps: list[int] | None = None, pieces: int = 1
) -> Curve:
    """A point a step and a second, unless other steps are given, extended piece by piece."""
    curve = Curve()
    whole = np.asarray(values, float)
    numbers = np.arange(len(whole)) if steps is None else np.asarray(steps, np.int64)
    for part in np.array_split(np.arange(len(whole)), pieces):
        curve.extend(Series(numbers[part], part.astype(float), whole[part]))
    return curve


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    """Long enough for two levels of the pyramid, with runs of gaps and with steps left out."""
    seed, length = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 1500))
    random = np.random.default_rng(seed)
    values = random.normal(size=length).cumsum()
    for value, share in ((math.nan, 0.05), (math.inf, 0.05), (-math.inf, 0.02)):
        values[random.random(length) < share * draw(st.integers(0, 1))] = value
    special = draw(st.lists(st.tuples(st.integers(0, length - 1), VALUES), max_size=5))
    for place, value in special:
        values[place] = value
    gaps = random.integers(0, draw(st.sampled_from([1, 2, 5])) + 1, length)
    steps = np.cumsum(np.where(random.random(length) < 0.01, 300, gaps)).tolist()
    return curve_of(values, steps, pieces=draw(st.integers(1, 5)))


def brute_force(
    line: PointLine, edges: NDArray[np.float64], positive: bool
) -> list[tuple[float, float] | None]:
    """The smallest and largest drawable value in each pixel, from the definition."""
    result: list[tuple[float, float] | None] = []
    values, x = line.values, line.x("steps")
    for pixel, (low, high) in enumerate(pairwise(edges)):
        last = pixel == len(edges) - 2
        inside = (x >= low) & ((x <= high) if last else (x < high))
        shown = values[inside & drawable(values, positive=positive)]
        result.append((shown.min(), shown.max()) if len(shown) else None)
    return result


@given(curves(), st.integers(1, 60), st.floats(0, 1), st.floats(0, 1), st.booleans(), st.booleans())
def test_the_smallest_and_largest_drawn_in_each_pixel_are_those_of_all_its_points(
    curve: Curve, pixels: int, left: float, right: float, positive: bool, by_blocks: bool
) -> None:
    span = float(curve.steps[-1]) or 1.0
    low, high = sorted((left * span, right * span))
    edges = np.linspace(low, max(high, low + 0.5), pixels + 1)
    with pytest.MonkeyPatch.context() as patch:
        if by_blocks:
            patch.setattr(pyramid_module, "_READ_AT_ONCE", 0)
        drawn = curve.envelope("steps", edges, positive=positive)
    for pixel, expected in enumerate(brute_force(curve, edges, positive)):
        last = pixel == pixels - 1
        before_end = drawn.x <= edges[pixel + 1] if last else drawn.x < edges[pixel + 1]
        y = drawn.y[(drawn.x >= edges[pixel]) & before_end]
        y = y[np.isfinite(y)]
        assert (None if not len(y) else (y.min(), y.max())) == expected


@given(curves(), st.integers(3, 20), st.floats(0, 0.4), st.floats(0.6, 1), st.booleans())
def test_the_spans_of_a_dense_line_are_those_of_its_pixels_but_for_a_twelfth_at_their_borders(
    curve: Curve, pixels: int, left: float, right: float, positive: bool
) -> None:
    span = float(curve.steps[-1]) or 1.0
    edges = np.linspace(left * span, max(right * span, left * span + 1), pixels + 1)
    found = curve.spans("steps", edges, positive=positive)
    if found is None:
        counts = np.diff(np.searchsorted(curve.steps, edges))
        filled = np.flatnonzero(counts)
        assert len(filled) < 3 or counts[filled[0] + 1 : filled[-1]].min() < 8
        return
    first, lows, highs = found
    points = np.diff(np.searchsorted(curve.steps, edges))
    moved = -(-points[first + 1 : first + len(lows) - 1].min() // 12)
    bounds = np.searchsorted(curve.steps, edges)
    bounds[-1] = curve.between("steps", edges[0], edges[-1])[1]
    for pixel, (low, high) in enumerate(zip(lows, highs, strict=True), first):
        start, stop = int(bounds[pixel]), int(bounds[pixel + 1])
        within = _extremes(curve, start + moved, stop - moved, positive)
        around = _extremes(curve, start - moved, stop + moved, positive)
        assert around[0] <= low <= within[0]
        assert within[1] <= high <= around[1]


def _extremes(curve: Curve, start: int, stop: int, positive: bool) -> tuple[float, float]:
    part = curve.values[max(0, start) : max(0, stop)]
    shown = part[drawable(part, positive=positive)]
    return float(shown.min(initial=math.inf)), float(shown.max(initial=-math.inf))


def test_the_newest_points_are_in_the_last_span_before_they_fill_a_block() -> None:
    values = np.zeros(16 * 400 + 5)
    values[-1] = 7.0
    found = curve_of(values).spans("steps", np.linspace(0, len(values), 21))
    assert found is not None
    assert found[2].max() == found[2][-1] == 7.0


@given(st.lists(st.integers(0, 3), min_size=2, max_size=200), st.floats(-5, 400), st.booleans())
def test_places_are_found_the_same_whether_steps_are_even_or_not(
    gaps: list[int], at: float, even: bool
) -> None:
    steps = (
        np.arange(0, len(gaps) * 3, 3, dtype=np.int64) if even else np.cumsum(gaps, dtype=np.int64)
    )
    curve = curve_of([0.0] * (len(steps) // 2), steps[: len(steps) // 2].tolist())
    for _ in range(2):
        start, _stop = curve.between("steps", at, at + 1)
        assert start == np.searchsorted(curve.steps, at)
        rest = steps[len(curve) :]
        curve.extend(Series(rest, rest.astype(float), np.zeros(len(rest))))


@given(curves(), st.booleans())
def test_limits_are_those_of_the_points(curve: Curve, positive: bool) -> None:
    start, stop = len(curve) // 3, len(curve)
    part = curve.values[start:stop]
    shown = part[drawable(part, positive=positive)]
    expected = (shown.min(), shown.max()) if len(shown) else None
    assert curve.limits(start, stop, positive=positive) == expected


@given(curves(), st.integers(1, 50))
def test_an_envelope_goes_from_left_to_right_with_about_two_points_a_pixel(
    curve: Curve, pixels: int
) -> None:
    edges = np.linspace(0, float(curve.steps[-1]) + 1, pixels + 1)
    drawn = curve.envelope("steps", edges)
    assert np.all(np.diff(drawn.x) >= 0)
    assert len(drawn.x) <= 4 * pixels + 2
    if np.all(np.diff(curve.steps) <= 1):
        assert len(drawn.x) <= 2 * pixels + 6


def test_a_hundred_thousand_points_on_900_pixels_are_drawn_with_two_points_a_pixel() -> None:
    curve = curve_of(np.random.default_rng(1).normal(size=100_000))
    assert len(curve.envelope("steps", np.linspace(0, 99_999, 901)).x) <= 1802


def test_few_points_are_drawn_as_they_are_and_the_neighbours_outside_too() -> None:
    curve = curve_of([1.0, 5.0, 2.0, 8.0, 3.0])
    drawn = curve.envelope("steps", np.linspace(1.5, 2.5, 11))
    assert drawn.x.tolist() == [1, 2, 3]
    assert drawn.y.tolist() == [5, 2, 8]


def test_a_line_over_empty_pixels_starts_and_ends_where_the_points_do() -> None:
    burst = np.tile([0.0, 10.0, -10.0, 4.0], 100)
    steps = [*range(400), *range(100_000, 100_400)]
    drawn = curve_of(np.concatenate((burst, burst)), steps).envelope(
        "steps", np.linspace(0, 100_400, 101)
    )
    jump = int(np.argmax(np.diff(drawn.x)))
    assert (drawn.x[jump], drawn.y[jump]) == (399, 4.0)
    assert (drawn.x[jump + 1], drawn.y[jump + 1]) == (100_000, 0.0)


@pytest.mark.parametrize("hole", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_a_gap_at_every_zoom(hole: float) -> None:
    values = np.ones(10_000)
    values[4000:6000] = hole
    curve = curve_of(values)
    near = curve.envelope("steps", np.linspace(3990, 4010, 101))
    far = curve.envelope("steps", np.linspace(0, 10_000, 101))
    assert np.isnan(near.y[near.x >= 4000]).all()
    inside = (far.x >= 4100) & (far.x < 5900)
    assert inside.any()
    assert np.isnan(far.y[inside]).all()
    assert np.isfinite(far.y[~inside & (far.x < 4000)]).all()


def test_on_a_logarithmic_axis_what_is_not_positive_is_a_gap_and_does_not_hide_its_neighbours() -> (
    None
):
    values = np.full(4000, 2.0)
    values[::3] = -5.0
    values[1000:2000] = 0.0
    drawn = curve_of(values).envelope("steps", np.linspace(0, 4000, 41), positive=True)
    assert set(drawn.y[np.isfinite(drawn.y)]) == {2.0}
    assert np.isnan(drawn.y[(drawn.x >= 1100) & (drawn.x < 1900)]).all()


def test_a_curve_keeps_every_point_in_the_order_it_came() -> None:
    values = np.random.default_rng(0).normal(size=10_000)
    curve = curve_of(values, pieces=333)
    assert len(curve) == 10_000
    np.testing.assert_array_equal(curve.values, values)
    np.testing.assert_array_equal(curve.steps, np.arange(10_000))
    np.testing.assert_array_equal(curve.times, np.arange(10_000.0))


def test_arrays_handed_out_before_do_not_change_when_points_arrive() -> None:
    curve = curve_of([1.0, 2.0])
    before = curve.values
    curve.extend(Series(np.array([2]), np.array([2.0]), np.array([3.0])))
    assert before.tolist() == [1.0, 2.0]


def test_appending_point_by_point_copies_each_point_a_few_times_at_most() -> None:
    curve = Curve()
    rooms = set()
    for step in range(5000):
        curve.extend(Series(np.array([step]), np.array([0.0]), np.array([0.0])))
        rooms.add(curve.values.base.size if curve.values.base is not None else 0)
    assert len(rooms) <= 14


def test_an_empty_curve_has_nothing_to_draw() -> None:
    curve = Curve()
    assert len(curve.envelope("steps", np.linspace(0, 1, 11)).x) == 0
    assert curve.limits(0, 0) is None
    assert curve.nearest("steps", 3.0) is None


def test_steps_that_go_back_are_drawn_from_left_to_right() -> None:
    curve = curve_of([1.0, 2.0, 3.0, 4.0], steps=[0, 1, 0, 1])
    ordered = curve.in_order("steps")
    assert ordered.steps.tolist() == [0, 0, 1, 1]
    assert ordered.values.tolist() == [1.0, 3.0, 2.0, 4.0]
    assert curve.in_order("times") is curve
    curve.extend(Series(np.array([1]), np.array([9.0]), np.array([9.0])))
    assert len(curve.in_order("steps")) == 5


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.floats(-10, 60))
def test_the_nearest_point_is_found(steps: list[int], at: float) -> None:
    steps.sort()
    curve = curve_of([0.0] * len(steps), steps)
    place = curve.nearest("steps", at)
    assert place is not None
    assert abs(steps[place] - at) == min(abs(step - at) for step in steps)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.floats(-5, 35), st.floats(-5, 35))
def test_the_points_between_two_places_are_counted_with_both_ends(
    steps: list[int], one: float, other: float
) -> None:
    steps.sort()
    low, high = sorted((one, other))
    start, stop = curve_of([0.0] * len(steps), steps).between("steps", low, high)
    assert stop - start == sum(low <= step <= high for step in steps)


@given(curves(), st.booleans())
def test_points_without_a_place_on_the_y_axis_are_counted(curve: Curve, positive: bool) -> None:
    start, stop = len(curve) // 4, 3 * len(curve) // 4
    for _ in range(2):
        hidden = ~drawable(curve.values[start:stop], positive=positive)
        assert curve.undrawable(start, stop, positive=positive) == hidden.sum()
        curve.extend(Series(curve.steps[-1:], curve.times[-1:], np.array([math.nan])))
