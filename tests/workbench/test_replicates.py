from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from storage.records import Cell, RunRecord
from tests.widgets.plots.conftest import RUN
from workbench import replicates
from workbench.replicates import Centre, Spread, grouped, pool, student_quantile

Points = tuple[NDArray[np.float64], NDArray[np.float64]]


@st.composite
def curves(draw: st.DrawFn, values: st.SearchStrategy[float] = st.floats(-1e3, 1e3)) -> Points:
    x = draw(st.lists(st.integers(0, 60), min_size=1, max_size=30, unique=True))
    y = draw(st.lists(values, min_size=len(x), max_size=len(x)))
    return np.array(sorted(x), float), np.array(y)


def read(curve: Points, place: float) -> float:
    """On the straight line between two points; NaN outside."""
    x, y = curve
    return float(np.interp(place, x, y, left=math.nan, right=math.nan))


@given(st.lists(curves(), min_size=1, max_size=6), st.sampled_from(list(Spread)))
def test_each_place_has_the_mean_of_the_curves_that_reach_it(
    members: list[Points], spread: Spread
) -> None:
    pooled = pool(members, Centre.MEAN, spread)
    assert pooled.x.tolist() == sorted({place for x, _ in members for place in x.tolist()})
    for place, middle, count in zip(pooled.x, pooled.middle, pooled.n, strict=True):
        there = [value for one in members if not math.isnan(value := read(one, place))]
        assert count == len(there)
        assert middle == pytest.approx(np.mean(there), abs=1e-6)


@given(st.lists(curves(), min_size=1, max_size=6))
def test_the_bands_are_those_of_their_formulas(members: list[Points]) -> None:
    bands = {spread: pool(members, Centre.MEDIAN, spread) for spread in Spread}
    means = {spread: pool(members, Centre.MEAN, spread) for spread in Spread}
    for number, place in enumerate(bands[Spread.RANGE].x):
        there = np.array([v for one in members if not math.isnan(v := read(one, place))])
        middle = bands[Spread.RANGE].middle[number]
        assert middle == pytest.approx(np.median(there), abs=1e-6)
        assert bands[Spread.RANGE].low[number] == pytest.approx(there.min(), abs=1e-6)
        assert bands[Spread.RANGE].high[number] == pytest.approx(there.max(), abs=1e-6)
        assert math.isnan(bands[Spread.NONE].low[number])
        if len(there) < 2:
            assert math.isnan(means[Spread.DEVIATION].low[number])
            continue
        error = there.std(ddof=1) / math.sqrt(len(there))
        reach = {
            Spread.DEVIATION: there.std(ddof=1),
            Spread.ERROR: error,
            Spread.CONFIDENCE: student_quantile(len(there) - 1) * error,
        }
        for spread, wanted in reach.items():
            pooled = means[spread]
            assert pooled.high[number] - pooled.middle[number] == pytest.approx(wanted, abs=1e-5)
            assert pooled.middle[number] - pooled.low[number] == pytest.approx(wanted, abs=1e-5)


@given(st.lists(curves(), min_size=1, max_size=5), st.sampled_from(list(Centre)))
def test_the_order_of_the_curves_changes_nothing(members: list[Points], centre: Centre) -> None:
    there, back = pool(members, centre, Spread.RANGE), pool(members[::-1], centre, Spread.RANGE)
    for one, other in zip(there[:-1], back[:-1], strict=True):
        assert np.allclose(np.asarray(one), np.asarray(other), equal_nan=True)


@given(curves(st.floats(-1e3, 1e3) | st.just(math.nan)), st.integers(2, 5))
def test_equal_curves_have_themselves_as_the_middle_and_no_width(curve: Points, times: int) -> None:
    pooled = pool([curve] * times, Centre.MEAN, Spread.DEVIATION)
    assert np.allclose(pooled.middle, curve[1], equal_nan=True)
    finite = np.isfinite(curve[1])
    assert np.allclose((pooled.high - pooled.low)[finite], 0, atol=1e-6)
    assert pooled.n.tolist() == np.where(finite, times, 0).tolist()


def test_nothing_is_read_beyond_the_ends_of_a_curve() -> None:
    short = (np.array([0.0, 10.0]), np.array([0.0, 10.0]))
    long = (np.array([0.0, 20.0]), np.array([2.0, 2.0]))
    pooled = pool([short, long])
    assert pooled.x.tolist() == [0, 10, 20]
    assert pooled.middle.tolist() == [1, 6, 2]
    assert pooled.n.tolist() == [2, 2, 1]


def test_a_value_that_is_not_finite_makes_a_gap_to_its_neighbours() -> None:
    broken = (np.array([0.0, 2.0, 4.0]), np.array([1.0, math.inf, 1.0]))
    fine = (np.arange(5.0), np.full(5, 3.0))
    assert pool([broken, fine]).n.tolist() == [2, 1, 1, 1, 2]


def test_of_several_points_at_one_place_the_last_counts() -> None:
    pooled = pool([(np.array([1.0, 1.0, 2.0]), np.array([5.0, 7.0, 9.0]))])
    assert pooled.middle.tolist() == [7, 9]


def test_beyond_a_limit_curves_are_read_at_evenly_spaced_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replicates, "MOST_PLACES", 1024)
    x = np.arange(5000.0)
    pooled = pool([(x, x), (x, x + 2)])
    assert pooled.thinned
    assert len(pooled.x) == 1024
    assert np.allclose(pooled.middle, pooled.x + 1)


def test_without_points_there_is_nothing() -> None:
    assert len(pool([]).x) == len(pool([(np.empty(0), np.empty(0))]).x) == 0


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.706204736), (2, 4.302652730), (4, 2.776445105), (9, 2.262157163), (30, 2.042272456)],
)
def test_students_quantile_is_that_of_the_tables(freedom: int, quantile: float) -> None:
    assert student_quantile(freedom) == pytest.approx(quantile, abs=1e-8)


def test_students_quantile_is_that_of_scipy() -> None:
    from scipy import stats

    for freedom in (*range(1, 40), 99, 1000):
        assert student_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-9)
    with pytest.raises(ValueError, match="at least one"):
        student_quantile(0)


# -- which runs repeat each other -----------------------------------------------------------------
def run(number: int, seed: int, **parameters: float) -> RunRecord:
    spec = replace(RUN.spec, seed=seed, parameters={**RUN.spec.parameters, **parameters})
    return replace(RUN, id=number, spec=spec, tags=("odd",) if number % 2 else ())


def no_column(one: RunRecord, column: str) -> Cell:
    raise AssertionError(f"no column was asked for, but {column} of {one.name}")


def test_runs_repeat_each_other_whose_specs_differ_in_the_seed_alone() -> None:
    runs = [run(1, 1, lr=0.1), run(2, 2, lr=0.1), run(3, 1, lr=0.2)]
    groups = grouped(runs, (), no_column)
    assert [[one.id for one in group.runs] for group in groups] == [[1, 2], [3]]
    assert [group.label for group in groups] == ["lr=0.1", "lr=0.2"]


def test_runs_can_be_grouped_by_any_columns() -> None:
    runs = [run(number, number, lr=number * 0.1) for number in (1, 2, 3)]

    def seed_is_odd(one: RunRecord, column: str) -> Cell:
        assert column == "odd"
        return one.spec.seed % 2 == 1

    groups = grouped(runs, ("odd",), seed_is_odd)
    assert [(group.label, len(group.runs)) for group in groups] == [("odd=true", 2), ("odd=false", 1)]  # fmt: skip


def test_runs_that_agree_in_all_are_named_by_what_they_train() -> None:
    assert [group.label for group in grouped([run(1, 1), run(2, 2)], (), no_column)] == [
        RUN.spec.template
    ]
