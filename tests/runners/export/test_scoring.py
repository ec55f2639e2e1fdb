from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from runners.datasets.dataset import Task
from runners.export.scoring import HELD, Samples, choices, scores

GENERATOR = np.random.default_rng(0)
TARGETS = [{"name": "height", "mean": 100.0, "std": 10.0}, {"name": "width", "mean": 0.0, "std": 2.0}]  # fmt: skip


def samples(task: Task, truth: np.ndarray, x: np.ndarray | None = None, **about: Any) -> Samples:
    return Samples(truth if x is None else x, truth, {"task": task.value, "scale": 1, **about})


def test_classes_are_told_right_or_wrong() -> None:
    outputs = np.eye(3)[[0, 1, 2, 2]]
    found = scores(outputs, samples(Task.CLASSIFICATION, np.array([0, 1, 2, 0])))
    assert found["accuracy"] == 0.75
    assert found["macro_f1"] == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)


def test_pixels_are_told_right_or_wrong() -> None:
    truth = np.array([[[0, 1], [1, 1]]])
    found = scores(np.eye(2)[[[[0, 1], [1, 0]]]], samples(Task.SEGMENTATION, truth))
    assert found == {"pixel_accuracy": 0.75, "iou": pytest.approx((1 / 2 + 2 / 3) / 2)}


@pytest.mark.parametrize("task", [Task.REGRESSION, Task.FORECASTING])
def test_numbers_are_off_by_so_much_in_their_units_and_in_deviations(task: Task) -> None:
    truth = np.zeros((5, 2), np.float32)
    outputs = truth + np.float32([1, 3])
    if task is Task.FORECASTING:
        truth, outputs = truth[:, None], outputs[:, None]
    found = scores(outputs, samples(task, truth, targets=TARGETS))
    assert found["mae"] == pytest.approx((10 + 6) / 2)
    assert found["standardised_rmse"] == pytest.approx(math.sqrt((1 + 9) / 2))


def test_text_is_foretold_among_so_many_tokens() -> None:
    truth = GENERATOR.integers(0, 8, (3, 2000))
    even = scores(np.zeros((3, 2000, 8), np.float32), samples(Task.TEXT_GENERATION, truth))
    assert even["perplexity"] == pytest.approx(8)
    sure = scores(np.eye(8, dtype=np.float32)[truth] * 100, samples(Task.TEXT_GENERATION, truth))
    assert sure == {"accuracy": 1, "perplexity": pytest.approx(1)}


def test_pixels_come_back_as_bright_as_they_were() -> None:
    x = np.full((2, 4, 4, 1), 255, np.float32)
    given = samples(Task.RECONSTRUCTION, x, x, scale=255)
    assert scores(np.full_like(x, 50), given)["mse"] == pytest.approx(0)
    assert scores(np.zeros_like(x), given)["pixel_rmse"] == pytest.approx(0.5)


def test_what_is_no_finite_number_is_left_out() -> None:
    wild = np.eye(3)[[0, 1, 2]] * 1e6
    found = scores(wild[None], samples(Task.TEXT_GENERATION, np.array([[1, 2, 0]])))
    assert found == {"accuracy": 0}


@pytest.mark.parametrize("task", Task)
def test_every_task_has_the_figure_that_it_is_held_to(task: Task) -> None:
    shape = {Task.CLASSIFICATION: (4, 2), Task.REGRESSION: (4, 2)}.get(task, (4, 3, 3, 2))
    outputs = GENERATOR.normal(size=shape)
    chosen = choices(outputs, task)
    truth = outputs if chosen is None else chosen
    held = HELD[task]
    found = scores(outputs, samples(task, truth, targets=TARGETS))
    assert found[held.metric] == (1.0 if held.higher_is_better else 0.0) or task is Task.RECONSTRUCTION  # fmt: skip
    assert held.loss(0.5, 0.4) == pytest.approx(0.1 if held.higher_is_better else -0.1)
