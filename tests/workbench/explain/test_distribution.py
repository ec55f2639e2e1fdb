from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from storage.records import Cell
from workbench.explain.distribution import MOST_GROUPS, boxes, linear_trend, local_trend

finite = st.floats(-1e6, 1e6)


@given(st.lists(finite, min_size=1, max_size=40))
def test_the_figures_of_a_box_are_in_order_and_hold_every_value(values: list[float]) -> None:
    (box,) = boxes(["a"] * len(values), values)
    figures = [box.low_quartile, box.median, box.high_quartile]
    assert figures == pytest.approx(np.quantile(values, [0.25, 0.5, 0.75]))
    assert box.low_whisker <= box.median <= box.high_whisker
    assert box.n == len(values)
    beyond = [v for v in values if not box.low_whisker <= v <= box.high_whisker]
    assert sorted(beyond) == list(box.outliers)


def test_whiskers_end_at_the_last_value_within_one_and_a_half_boxes() -> None:
    (box,) = boxes([1] * 9, [1, 2, 3, 4, 5, 6, 7, 8, 100])
    assert (box.low_whisker, box.high_whisker, box.outliers) == (1, 8, (100,))


def test_there_is_a_box_for_each_value_in_rising_order_and_one_for_missing_ones() -> None:
    by: list[Cell] = [0.1, 0.001, None, 0.1, 0.001, 0.01]
    found = boxes(by, [1, 2, 3, 4, None, 6])
    assert [box.label for box in found] == ["0.001", "0.01", "0.1", "no value"]
    assert [box.runs for box in found] == [(1,), (5,), (0, 3), (2,)]


def test_a_number_with_many_values_is_cut_into_ranges_of_about_as_many_runs() -> None:
    values = list(np.linspace(0, 1, 400))
    found = boxes(values, values)
    assert len(found) == 8
    assert {box.n for box in found} <= set(range(48, 53))
    assert sum(box.n for box in found) == 400


def test_many_texts_are_not_many_boxes() -> None:
    found = boxes([f"text {at:03}" for at in range(100)], [1.0] * 100)
    assert len(found) == MOST_GROUPS + 1
    assert found[-1].label == "76 other values"
    assert found[-1].n == 76


def test_a_violin_is_the_kernel_density_between_the_extremes() -> None:
    values = np.random.default_rng(0).normal(size=50)
    (box,) = boxes(["a"] * 50, list(values))
    assert (box.places[0], box.places[-1]) == (values.min(), values.max())
    assert box.density == pytest.approx(stats.gaussian_kde(values)(box.places))


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0, 4.0], [2.0] * 9])
def test_few_or_equal_values_have_no_density(values: list[float]) -> None:
    (box,) = boxes(["a"] * len(values), values)
    assert len(box.density) == 0


def test_a_line_is_found_again_and_lies_in_its_band() -> None:
    x = np.linspace(0, 10, 80)
    y = 3 * x + 1 + np.random.default_rng(0).normal(0, 0.5, 80)
    trend = linear_trend(list(x), list(y))
    truth = 3 * trend.x + 1
    assert trend.y == pytest.approx(truth, abs=0.4)
    assert np.mean((trend.low <= truth) & (truth <= trend.high)) > 0.9
    assert "80 runs; slope" in trend.words


def test_the_band_of_a_line_is_narrowest_at_the_mean() -> None:
    x = np.arange(20.0)
    trend = linear_trend(list(x), list(x + np.sin(x)))
    width = trend.high - trend.low
    assert abs(trend.x[np.argmin(width)] - x.mean()) < 1


def test_a_bend_is_followed_and_an_outlier_is_not() -> None:
    x = np.linspace(-3, 3, 121)
    y = np.abs(x)
    y[30] = 1000.0
    trend = local_trend(list(x), list(y))
    assert trend.y[0] == pytest.approx(3, abs=0.3)
    assert trend.y[len(trend.y) // 2] < 1.5
    assert trend.y.max() < 4
    assert np.all(trend.low <= trend.high)


def test_a_straight_line_is_smoothed_to_itself() -> None:
    x = list(np.linspace(0, 1, 30))
    trend = local_trend(x, [2 * value for value in x])
    assert trend.y == pytest.approx(2 * trend.x, abs=1e-6)


@pytest.mark.parametrize("make", [linear_trend, local_trend])
def test_where_there_is_no_trend_the_reason_is_said(make: object) -> None:
    assert callable(make)
    few = make([1.0, 2.0, None, "x"], [1.0, None, 3.0, 4.0])
    assert len(few.x) == 0
    assert few.words == "1 run with both numbers: a trend needs 4"
    assert "same x" in make([1.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]).words
