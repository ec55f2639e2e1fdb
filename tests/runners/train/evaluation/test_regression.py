from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import (
    mean_absolute_error,
    mean_absolute_percentage_error,
    r2_score,
    root_mean_squared_error,
)

from runners.datasets.dataset import Task
from runners.train.evaluation.regression import Regression
from tests.runners.train.evaluation.numbers import judge, part, setup, standardised


def _judged(said: NDArray[Any], truth: NDArray[Any]) -> Regression:
    of = part(np.zeros((len(truth), 2), np.float32), standardised(truth))
    evaluation = Regression(setup(Task.REGRESSION), of)
    judge(evaluation, standardised(said), of)
    return evaluation


def _report(evaluation: Regression) -> Any:
    (kept,) = evaluation.results(None)  # type: ignore[arg-type]
    return json.loads(kept.content, parse_constant=pytest.fail)


@given(st.integers(2, 60), st.integers(0, 1000))
def test_the_figures_are_those_of_scikit_learn_in_the_targets_own_units(
    count: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    truth = generator.normal((10, -3), (2, 0.5), (count, 2))
    said = truth + generator.normal(0, 1, truth.shape)
    metrics = _judged(said, truth).metrics()
    assert metrics["mae"] == pytest.approx(mean_absolute_error(truth, said), rel=1e-5)
    assert metrics["mape"] == pytest.approx(mean_absolute_percentage_error(truth, said), rel=1e-4)
    assert metrics["r2"] == pytest.approx(r2_score(truth, said), rel=1e-4, abs=1e-4)
    both = np.sqrt(np.mean(np.square(truth - said)))
    assert metrics["rmse"] == pytest.approx(both, rel=1e-5)
    for target, each in enumerate(_report(_judged(said, truth))["targets"]):
        alone = root_mean_squared_error(truth[:, target], said[:, target])
        assert each["rmse"] == pytest.approx(alone, rel=1e-5)


def test_a_truth_of_zero_has_no_percentage() -> None:
    truth = np.array([[0.0, -1.0], [20.0, -2.0]])
    assert _judged(truth * 1.5, truth).metrics()["mape"] == pytest.approx(0.5, rel=1e-5)
    assert "mape" not in _judged(np.ones((3, 2)), np.zeros((3, 2))).metrics()


def test_a_constant_truth_has_no_r2() -> None:
    truth = np.full((50, 2), (7.3, 0.1))
    evaluation = _judged(truth + 1, truth)
    assert "r2" not in evaluation.metrics()
    assert [target["r2"] for target in _report(evaluation)["targets"]] == [None, None]
    truth[:, 1] = np.arange(50)
    assert _judged(truth, truth).metrics()["r2"] == pytest.approx(1)


def test_pairs_of_prediction_and_truth_are_kept_in_their_own_units_with_the_samples_places() -> (
    None
):
    truth = np.arange(20.0).reshape(10, 2)
    report = _report(_judged(truth + 1, truth))
    assert report["count"] == 10
    assert report["samples"] == list(range(10))
    depth = report["targets"][1]
    assert depth["name"] == "depth"
    assert depth["truth"] == pytest.approx(truth[:, 1], abs=1e-4)
    assert depth["prediction"] == pytest.approx(truth[:, 1] + 1, abs=1e-4)


def test_of_a_large_part_2000_pairs_are_kept_from_the_first_to_the_last() -> None:
    truth = np.stack([np.arange(5001.0)] * 2, axis=1)
    report = _report(_judged(truth, truth))
    assert report["count"] == 5001
    assert len(report["samples"]) == 2000
    assert (report["samples"][0], report["samples"][-1]) == (0, 5000)
    assert report["targets"][0]["truth"] == pytest.approx(report["samples"], rel=1e-5)


def test_predictions_that_are_no_numbers_are_reported_without_breaking_the_json() -> None:
    truth = np.arange(20.0).reshape(10, 2)
    said = np.where(truth > 10, np.nan, truth)
    report = _report(_judged(said, truth))
    assert None in report["targets"][0]["prediction"]
    assert report["targets"][0]["mae"] is None
