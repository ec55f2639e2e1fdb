from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from storage.blocks import BLOCK_POINTS, NO_BLOCKS, SEALED, blocks_of
from storage.series import Series
from workbench import long_curve as module
from workbench.curve import Curve, drawable
from workbench.details import Details
from workbench.line import Source
from workbench.long_curve import LongCurve

KEY = (1, "loss")


def part(series: Series, start: int, stop: int | None = None) -> Series:
    cut = slice(start, stop)
    return Series(series.steps[cut], series.times[cut], series.values[cut])


def curve_of(series: Series, *, pieces: int = 1, details: Details | None = None) -> LongCurve:
    """As the session makes one: blocks of what is sealed, then points, then more points as they come."""
    curve = LongCurve(KEY, details or Details())
    count = len(series.steps)
    known = count // pieces
    sealed = known // SEALED * SEALED
    blocks = blocks_of(*part(series, 0, sealed)) if sealed else NO_BLOCKS
    curve.begin(blocks, part(series, sealed, known))
    for start, stop in pairwise(np.linspace(known, count, pieces, dtype=int)):
        curve.extend(part(series, start, stop))
    return curve


def whole(series: Series) -> Curve:
    curve = Curve()
    curve.extend(series)
    return curve


def answer(curve: LongCurve, details: Details, series: Series) -> bool:
    """Bring the points that the curve asked for; whether there were any."""
    wanted = details.take_wanted()
    for key, ranges in wanted.items():
        details.put(key, {each: part(series, *each) for each in ranges})
    return bool(wanted)


@st.composite
def long_series(draw: st.DrawFn) -> Series:
    """Some pages and a tail, with runs of what cannot be drawn, steps left out, and pauses."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    length = draw(st.integers(1, 6)) * SEALED + draw(st.integers(0, SEALED))
    values = random.normal(size=length).cumsum()
    for value, share in ((math.nan, 0.02), (math.inf, 0.01), (-math.inf, 0.01)):
        values[random.random(length) < share * draw(st.integers(0, 1))] = value
    gaps = random.integers(0, 3, length)
    gaps[random.random(length) < draw(st.sampled_from([0.0, 0.0005]))] = 5000
    steps = np.cumsum(gaps).astype(np.int64)
    return Series(steps, np.sort(steps * 0.5 + random.random(length) * 0.4), values)


def low_high(values: NDArray[np.float64], positive: bool) -> tuple[float, float] | None:
    shown = values[drawable(values, positive=positive)]
    return (float(shown.min()), float(shown.max())) if len(shown) else None


@settings(max_examples=60, deadline=None)
@given(
    long_series(),
    st.integers(1, 200),
    st.floats(0, 1),
    st.floats(0, 1),
    st.booleans(),
    st.sampled_from(("steps", "times")),
    st.integers(1, 3),
)
def test_each_pixel_shows_the_extremes_of_its_points_but_for_a_thirty_second_of_its_width(
    series: Series,
    pixels: int,
    left: float,
    right: float,
    positive: bool,
    source: Source,
    pieces: int,
) -> None:
    details = Details()
    x = np.asarray(series.steps if source == "steps" else series.times, np.float64)
    low, high = sorted((left * x[-1], right * x[-1]))
    edges = np.linspace(low, max(high, low + 0.5), pixels + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PAGE_POINTS", SEALED)
        patch.setattr(module, "_PAGE_BLOCKS", SEALED // BLOCK_POINTS)
        curve = curve_of(series, pieces=pieces, details=details)
        drawn = curve.envelope(source, edges, positive=positive)
        while answer(curve, details, series):
            drawn = curve.envelope(source, edges, positive=positive)
    slack = (edges[1] - edges[0]) / 32
    for pixel, (begin, end) in enumerate(pairwise(edges)):
        y = drawn.y[(drawn.x >= begin - slack) & (drawn.x <= end + slack)]
        y = y[np.isfinite(y)]
        inner = low_high(series.values[(x >= begin + slack) & (x < end - slack)], positive)
        if inner is not None:
            assert y.min() <= inner[0], pixel
            assert y.max() >= inner[1], pixel
        own = drawn.y[(drawn.x >= begin + slack) & (drawn.x < end) & np.isfinite(drawn.y)]
        outer = low_high(series.values[(x >= begin) & (x <= end + slack)], positive)
        if len(own):
            assert outer is not None, pixel
            assert outer[0] <= own.min(), pixel
            assert own.max() <= outer[1], pixel


@settings(max_examples=60, deadline=None)
@given(long_series(), st.floats(-0.1, 1.1), st.floats(-0.1, 1.1), st.booleans(), st.integers(1, 3))
def test_places_limits_and_counts_are_those_of_all_points_once_the_ends_have_come(
    series: Series, left: float, right: float, positive: bool, pieces: int
) -> None:
    details = Details()
    curve, expected = curve_of(series, pieces=pieces, details=details), whole(series)
    low, high = sorted((left * series.times[-1], right * series.times[-1]))
    around = curve.between("times", low, high)
    assert around[0] <= expected.between("times", low, high)[0]
    assert around[1] >= expected.between("times", low, high)[1]
    curve.nearest("times", low)
    while answer(curve, details, series):
        around = curve.between("times", low, high)
        curve.nearest("times", low)
    assert around == expected.between("times", low, high)
    assert curve.limits(*around, positive=positive) == expected.limits(*around, positive=positive)
    assert curve.undrawable(*around, positive=positive) == expected.undrawable(
        *around, positive=positive
    )
    place = curve.nearest("times", low)
    other = expected.nearest("times", low)
    assert place is not None
    assert other is not None
    assert curve.x_at("times", place) == expected.x_at("times", other)
    assert len(curve) == len(expected)
    assert curve.x_at("steps", -1) == expected.x_at("steps", -1)


def test_a_curve_whose_clock_went_back_asks_for_all_of_its_points() -> None:
    times = np.arange(3 * SEALED, dtype=np.float64)
    times[SEALED + 1 :] -= 10
    series = Series(np.arange(3 * SEALED), times, times)
    curve = curve_of(series)
    assert curve.rises("steps")
    assert curve.in_order("steps") is curve
    assert not curve.wanted_whole
    assert not curve.rises("times")
    assert not len(curve.in_order("times"))
    assert curve.wanted_whole
    curve.whole.extend(series)
    assert len(curve.in_order("times")) == len(curve)


def test_the_clock_can_go_back_between_blocks_and_between_them_and_the_points_behind() -> None:
    for at in (BLOCK_POINTS, SEALED):
        times = np.arange(SEALED + 5, dtype=np.float64)
        times[at:] -= 10
        assert not curve_of(Series(np.arange(SEALED + 5), times, times)).rises("times")


def test_a_curve_that_begins_anew_shows_nothing_of_what_it_was() -> None:
    old = Series(np.arange(2 * SEALED), np.arange(2.0 * SEALED), np.full(2 * SEALED, 9.0))
    new = part(old._replace(values=np.full(2 * SEALED, 1.0)), 0, SEALED + 3)
    details = Details()
    curve = curve_of(old, details=details)
    edges = np.linspace(0, 50, 100)
    curve.envelope("steps", edges)
    assert answer(curve, details, old)
    curve.begin(blocks_of(*part(new, 0, SEALED)), part(new, SEALED))
    assert curve.generation == 1
    assert len(curve) == SEALED + 3
    assert set(curve.envelope("steps", edges).y) == {1.0}
    assert curve.limits(0, len(curve)) == (1.0, 1.0)
