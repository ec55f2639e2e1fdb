"""How good outputs are at their task, by the functions that judge a training, and which of the figures an export is held to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Task
from runners.train.evaluation.classification import answers, confusion_matrix, macro_f1
from runners.train.evaluation.errors import Errors, Units
from runners.train.evaluation.segmentation import mean_iou

Array = NDArray[Any]
Metrics = dict[str, float]
_ROWS = 4096
"""Of so many tokens at most the scores are held as float64 at once."""


@dataclass(frozen=True)
class Samples:
    """Held-out inputs as the model takes them, what they truly are, and what `Manifest.preprocessing` says of them."""

    x: Array
    truth: Array
    about: Mapping[str, Any]

    @property
    def task(self) -> Task:
        return Task(self.about["task"])


@dataclass(frozen=True, slots=True)
class Held:
    """The figure of a task that a quantised model is held to. It lies between 0 and about 1 whatever the data's unit."""

    metric: str
    higher_is_better: bool

    def loss(self, trained: float, exported: float) -> float:
        """How much worse the exported model is."""
        return trained - exported if self.higher_is_better else exported - trained


HELD: Mapping[Task, Held] = {
    Task.CLASSIFICATION: Held("accuracy", True),
    Task.SEGMENTATION: Held("pixel_accuracy", True),
    Task.TEXT_GENERATION: Held("accuracy", True),
    Task.REGRESSION: Held("standardised_rmse", False),
    Task.FORECASTING: Held("standardised_rmse", False),
    Task.RECONSTRUCTION: Held("pixel_rmse", False),
}


def scores(outputs: Array, samples: Samples) -> Metrics:
    """The task's figures of these outputs; what is no finite number is left out."""
    with np.errstate(all="ignore"):
        found = _SCORES[samples.task](outputs, samples)
    return {name: value for name, value in found.items() if math.isfinite(value)}


def choices(outputs: Array, task: Task) -> Array | None:
    """What is chosen: a class per sample, pixel or token. None where the outputs are numbers."""
    chosen = (Task.CLASSIFICATION, Task.SEGMENTATION, Task.TEXT_GENERATION)
    return outputs.argmax(-1) if task in chosen else None


def _classification(outputs: Array, samples: Samples) -> Metrics:
    given = answers(outputs, samples.truth)
    matrix = confusion_matrix(samples.truth, given.classes, outputs.shape[1])
    return {"accuracy": float(given.right.mean()), "macro_f1": macro_f1(matrix)}


def _segmentation(outputs: Array, samples: Samples) -> Metrics:
    given = outputs.argmax(-1)
    matrix = confusion_matrix(samples.truth.ravel(), given.ravel(), outputs.shape[-1])
    return {"pixel_accuracy": float((given == samples.truth).mean()), "iou": mean_iou(matrix)}


def _numbers(outputs: Array, samples: Samples) -> Metrics:
    """In the targets' own units, and in their standard deviations."""
    targets = samples.about["targets"]
    units = Units(
        tuple(float(one["mean"]) for one in targets), tuple(float(one["std"]) for one in targets)
    )
    errors = Errors(outputs.shape[1:], units.smallest)
    errors.add(units(outputs), units(samples.truth))
    difference = outputs.astype(np.float64) - samples.truth
    return {
        "mae": float(errors.mae()),
        "rmse": float(errors.rmse()),
        "standardised_rmse": float(np.sqrt(np.square(difference).mean())),
    }


def _text(outputs: Array, samples: Samples) -> Metrics:
    rows = outputs.reshape(-1, outputs.shape[-1])
    truth = samples.truth.ravel().astype(np.int64)
    loss = right = 0.0
    for start in range(0, len(rows), _ROWS):
        some, true = rows[start : start + _ROWS].astype(np.float64), truth[start : start + _ROWS]
        shifted = some - some.max(-1, keepdims=True)
        own = np.take_along_axis(shifted, true[:, None], -1)[:, 0]
        loss += float((np.log(np.exp(shifted).sum(-1)) - own).sum())
        right += float(np.count_nonzero(some.argmax(-1) == true))
    return {"accuracy": right / len(rows), "perplexity": float(np.exp(loss / len(rows)))}


def _reconstruction(outputs: Array, samples: Samples) -> Metrics:
    """The pixels' brightness lies between 0 and 1."""
    images = samples.x.astype(np.float64) / samples.about["scale"]
    bright = 0.5 + 0.5 * np.tanh(outputs.astype(np.float64) / 2)
    mse = float(np.square(bright - images).mean())
    return {"mse": mse, "pixel_rmse": math.sqrt(mse) if mse >= 0 else math.nan}


_SCORES: Mapping[Task, Callable[[Array, Samples], Metrics]] = {
    Task.CLASSIFICATION: _classification,
    Task.SEGMENTATION: _segmentation,
    Task.TEXT_GENERATION: _text,
    Task.REGRESSION: _numbers,
    Task.FORECASTING: _numbers,
    Task.RECONSTRUCTION: _reconstruction,
}
