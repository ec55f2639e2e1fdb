from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from runners.datasets.dataset import Task
from runners.train.data import Part
from runners.train.evaluation.forecasting import Forecasting
from tests.runners.train.evaluation.numbers import STDS, judge, part, setup, standardised

CONTEXT, HORIZON = 5, 3
STEPS = 60


def _series() -> NDArray[np.float64]:
    """Two channels in their own units: one that rises by 1 a step, one that swings."""
    steps = np.arange(STEPS)
    return np.stack([10.0 + steps, -3 + np.sin(steps)], axis=1)


def _windows(series: NDArray[Any]) -> Part:
    windows = sliding_window_view(standardised(series), CONTEXT + HORIZON, axis=0)
    windows = windows.transpose(0, 2, 1)
    return part(windows[:, :CONTEXT], windows[:, CONTEXT:])


def _judged(of: Part, outputs: NDArray[Any]) -> Forecasting:
    evaluation = Forecasting(setup(Task.FORECASTING, context=CONTEXT, horizon=HORIZON), of)
    judge(evaluation, outputs, of)
    return evaluation


def _report(evaluation: Forecasting) -> Any:
    (kept,) = evaluation.results(None)  # type: ignore[arg-type]
    return json.loads(kept.content, parse_constant=pytest.fail)


def test_errors_are_in_the_units_of_the_series() -> None:
    of = _windows(_series())
    outputs = of.y + np.array([1, -4], np.float32)
    metrics = _judged(of, outputs).metrics()
    errors = np.array([1, 4]) * STDS
    assert metrics["mae"] == pytest.approx(errors.mean(), rel=1e-5)
    assert metrics["rmse"] == pytest.approx(np.sqrt(np.square(errors).mean()), rel=1e-5)
    truth = _series()[CONTEXT:]
    future = sliding_window_view(truth, HORIZON, axis=0).transpose(0, 2, 1)
    assert metrics["mape"] == pytest.approx((errors / np.abs(future)).mean(), rel=1e-4)


def test_errors_are_given_for_each_step_ahead() -> None:
    of = _windows(_series())
    ahead = np.array([1, 2, 3], np.float32)[:, None]
    report = _report(_judged(of, of.y + ahead))
    assert report["mae"] == pytest.approx(np.mean(STDS) * ahead[:, 0], rel=1e-5)
    assert report["rmse"] == pytest.approx(
        np.sqrt(np.mean(np.square(STDS))) * ahead[:, 0], rel=1e-5
    )


def test_repeating_the_last_value_has_the_relative_error_one() -> None:
    of = _windows(_series())
    evaluation = _judged(of, np.repeat(of.x[:, -1:], HORIZON, axis=1))
    assert evaluation.metrics()["relative_mae"] == pytest.approx(1)
    assert _report(evaluation)["naive_mae"] == _report(evaluation)["mae"]


def test_the_relative_error_is_the_mean_over_the_channels_whatever_their_units() -> None:
    of = _windows(_series())
    naive = np.repeat(of.x[:, -1:], HORIZON, axis=1)
    outputs = naive.copy()
    outputs[:, :, 0] = of.y[:, :, 0]  # the rising channel is foretold exactly
    assert _judged(of, outputs).metrics()["relative_mae"] == pytest.approx(0.5)


def test_a_series_that_never_changes_has_no_relative_error() -> None:
    of = _windows(np.full((STEPS, 2), (4.0, 2.0)))
    assert "relative_mae" not in _judged(of, of.y + 1).metrics()


def test_forecasts_are_kept_with_what_was_before_and_what_came() -> None:
    series = _series()
    of = _windows(series)
    report = _report(_judged(of, of.y + np.float32(1)))
    assert report["channels"] == ["height", "depth"]
    windows = report["windows"]
    assert len(windows) == 24
    assert windows[0]["start"] == CONTEXT
    assert windows[-1]["start"] == STEPS - HORIZON
    for window in windows:
        start = window["start"]
        np.testing.assert_allclose(window["past"], series[start - CONTEXT : start], atol=1e-3)
        np.testing.assert_allclose(window["truth"], series[start : start + HORIZON], atol=1e-3)
        said = series[start : start + HORIZON] + STDS
        np.testing.assert_allclose(window["forecast"], said, atol=1e-3)


def test_forecasts_that_are_no_numbers_are_reported_without_breaking_the_json() -> None:
    of = _windows(_series())
    report = _report(_judged(of, np.full_like(of.y, np.nan)))
    assert report["mae"] == [None] * HORIZON
    assert report["windows"][0]["forecast"] == [[None, None]] * HORIZON
