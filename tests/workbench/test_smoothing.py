from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from storage.series import Series
from workbench.curve import Curve
from workbench.smoothing import (
    ExponentialMean,
    GaussianMean,
    Method,
    RunningMean,
    SmoothedCurve,
    Smoother,
    smoother,
)

Floats = NDArray[np.float64]
VALUES = st.lists(
    st.floats(-1e3, 1e3) | st.sampled_from([math.nan, math.inf, -math.inf]), max_size=400
)


def debiased_mean(values: Floats, weight: float) -> list[float]:
    """As TensorBoard does it, one value after the other."""
    last, count, result = 0.0, 0, []
    for value in values.tolist():
        if not math.isfinite(value):
            result.append(value)
            continue
        last = last * weight + (1 - weight) * value
        count += 1
        result.append(last / (1 - weight**count))
    return result


def running_mean(values: Floats, window: int) -> list[float]:
    recent: list[float] = []
    result = []
    for value in values.tolist():
        if not math.isfinite(value):
            result.append(value)
            continue
        recent = [*recent, value][-window:]
        result.append(math.fsum(recent) / len(recent))
    return result


def in_pieces(smooth: Smoother, values: Floats, sizes: list[int]) -> Floats:
    parts, start = [], 0
    for size in [*sizes, len(values)]:
        parts.append(smooth.next(values[start : start + size]))
        start += size
    return np.concatenate(parts)


@given(VALUES, st.sampled_from([0.0, 0.3, 0.6, 0.9, 0.99, 0.999]), st.lists(st.integers(0, 99)))
def test_the_exponential_mean_is_that_of_tensorboard_however_the_points_arrive(
    values: list[float], weight: float, sizes: list[int]
) -> None:
    given_values = np.array(values, float)
    smoothed = in_pieces(ExponentialMean(weight), given_values, sizes)
    np.testing.assert_allclose(smoothed, debiased_mean(given_values, weight), rtol=1e-9, atol=1e-9)


@given(VALUES, st.integers(1, 60), st.lists(st.integers(0, 99)))
def test_the_running_mean_is_that_of_the_last_finite_values_however_the_points_arrive(
    values: list[float], window: int, sizes: list[int]
) -> None:
    given_values = np.array(values, float)
    smoothed = in_pieces(RunningMean(window), given_values, sizes)
    np.testing.assert_allclose(smoothed, running_mean(given_values, window), rtol=1e-9, atol=1e-9)


def test_ten_thousand_values_are_smoothed_as_one_after_the_other() -> None:
    values = np.random.default_rng(0).normal(size=10_000) + 5
    for weight in (0.5, 0.97, 0.999):
        smoothed = ExponentialMean(weight).next(values)
        np.testing.assert_allclose(smoothed, debiased_mean(values, weight), rtol=1e-12)


def test_the_first_smoothed_value_is_the_first_value() -> None:
    assert ExponentialMean(0.99).next(np.array([7.0, 7.0]))[0] == pytest.approx(7.0)


def test_a_huge_value_spoils_no_window_that_it_is_not_in() -> None:
    values = np.ones(100)
    values[20] = 1e300
    smoothed = RunningMean(10).next(values)
    assert smoothed[:20].tolist() == [1.0] * 20
    assert smoothed[30:].tolist() == [1.0] * 70


@pytest.mark.parametrize("weight", [-0.1, 1.0, 2.0])
def test_a_weight_that_would_not_settle_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        ExponentialMean(weight)


def test_a_window_without_points_is_refused() -> None:
    with pytest.raises(ValueError, match="window"):
        RunningMean(0)


def test_a_smoothed_curve_follows_its_curve_and_keeps_its_x() -> None:
    curve = Curve()
    smoothed = SmoothedCurve(curve, smoother(Method.EXPONENTIAL, 0.6))
    values = np.array([1.0, 4.0, 2.0, 8.0])
    for place in range(4):
        curve.extend(
            Series(np.array([place * 10]), np.array([float(place)]), values[place : place + 1])
        )
        assert len(smoothed) == place
        smoothed.catch_up()
    assert smoothed.steps.tolist() == [0, 10, 20, 30]
    assert smoothed.times.tolist() == [0.0, 1.0, 2.0, 3.0]
    np.testing.assert_allclose(smoothed.values, debiased_mean(values, 0.6))
    assert curve.values.tolist() == values.tolist()


@pytest.mark.parametrize("method", [(Method.EXPONENTIAL, 0.9), (Method.MEAN, 5)])
def test_a_curve_that_begins_anew_is_smoothed_anew(method: tuple[Method, float]) -> None:
    curve, steps = Curve(), np.arange(300)
    curve.append(steps, steps.astype(float), np.sin(steps))
    smoothed = SmoothedCurve(curve, smoother(*method))
    smoothed.catch_up()
    curve.restart()
    assert len(smoothed) == len(smoothed.steps) == 0
    curve.append(steps[:300], steps.astype(float), np.cos(steps))
    smoothed.catch_up()
    assert smoothed.values.tolist() == smoother(*method).next(np.cos(steps)).tolist()
    assert smoothed.limits(0, 300) is not None


def gaussian_mean(values: Floats, sigma: float) -> Floats:
    """Every weight of every pair, out to the ends of the curve."""
    finite = np.isfinite(values)
    distances = np.arange(len(values))[:, None] - np.arange(len(values))[None, :]
    weights = np.exp(-0.5 * (distances / sigma) ** 2) * finite[None, :]
    sums = weights @ np.where(finite, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(finite, sums / weights.sum(axis=1), values)


@given(VALUES.filter(len), st.floats(0.3, 16))
def test_the_gaussian_weighs_the_values_around_each(values: list[float], sigma: float) -> None:
    raw = np.array(values)
    smooth = GaussianMean(sigma).next(raw)
    assert np.allclose(smooth, gaussian_mean(raw, sigma), atol=1.0, equal_nan=True)


@pytest.mark.parametrize("sigma", [17, 40, 100.5])
def test_a_wide_gaussian_is_made_of_running_means_and_is_close_to_it(sigma: float) -> None:
    spike = np.zeros(1601)
    spike[800] = 1.0
    exact = gaussian_mean(spike, sigma)
    assert np.abs(GaussianMean(sigma).next(spike) - exact).max() < 0.03 * exact.max()


@given(
    VALUES.filter(len), st.sampled_from([0.7, 5.0, 20.0]), st.lists(st.integers(0, 50), max_size=6)
)
def test_a_gaussian_curve_that_grows_is_that_of_all_its_points(
    values: list[float], sigma: float, sizes: list[int]
) -> None:
    raw = np.array(values)
    curve = Curve()
    smoothed = SmoothedCurve(curve, GaussianMean(sigma))
    start = 0
    for size in [*sizes, len(raw)]:
        piece = raw[start : start + size]
        steps = np.arange(start, start + len(piece))
        curve.append(steps, steps.astype(np.float64), piece)
        smoothed.catch_up()
        start += size
    whole = GaussianMean(sigma).next(raw)
    assert np.allclose(smoothed.values, whole, atol=1e-6, equal_nan=True)
    limits, finite = smoothed.limits(0, len(raw)), whole[np.isfinite(whole)]
    assert (limits is None) == (len(finite) == 0)
    if limits is not None:
        assert limits == pytest.approx((finite.min(), finite.max()), abs=1e-6)


def test_one_huge_value_spoils_only_what_is_in_reach_of_the_gaussian() -> None:
    values = np.ones(2000)
    values[1000] = 1e30
    smooth = GaussianMean(50).next(values)
    assert np.allclose(smooth[:700], 1.0)
    assert np.allclose(smooth[1300:], 1.0)
