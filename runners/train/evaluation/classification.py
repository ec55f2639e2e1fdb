"""Classification: how often the answers are right, which classes are confused, and the worst mistakes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Input
from runners.protocol import ArtifactKind
from runners.train.data import Part
from runners.train.engine import Array, Engine, Outputs
from runners.train.evaluation.evaluation import Evaluation, Kept
from runners.train.pictures import png, tiled
from runners.train.setup import Setup

_MOSAIC_COLUMNS, _MOSAIC_SAMPLES = 5, 25
_SAMPLES, _MISTAKES = 64, 64


class Classification(Evaluation):
    measure = "accuracy"

    def __init__(self, setup: Setup, part: Part) -> None:
        super().__init__(setup, part)
        self._batches: list[Answers] = []

    def add(self, outputs: Outputs, x: Array, y: Array) -> None:
        del x
        self._batches.append(answers(outputs, y))

    def metrics(self) -> dict[str, float]:
        right = sum(int(np.count_nonzero(batch.right)) for batch in self._batches)
        return {"accuracy": right / len(self._part)}

    def pictures(self, engine: Engine) -> Iterator[Kept]:
        del engine
        if self._setup.dataset.input is not Input.IMAGE:
            return
        picture = mosaic(self._part, joined(self._batches), self._setup.dataset.scale)
        if picture is not None:
            yield Kept("images/mistakes", ArtifactKind.IMAGE, ".png", picture)

    def results(self, engine: Engine) -> Iterator[Kept]:
        del engine
        given, names = joined(self._batches), self._setup.dataset.classes
        matrix = confusion_matrix(self._part.y, given.classes, len(names))
        yield Kept.as_json("confusion matrix", ArtifactKind.CONFUSION_MATRIX, report(matrix, names))
        told = predictions(self._part, given, names)
        yield Kept.as_json("predictions", ArtifactKind.PREDICTIONS, told)


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model says of samples; arrays of one length, in the order of the samples."""

    classes: NDArray[np.int64]
    right: NDArray[np.bool_]
    probability: NDArray[np.float64]
    """Of the class that was given."""
    truth_probability: NDArray[np.float64]
    """Of the true class."""


def answers(scores: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> Answers:
    """From the scores before the softmax, of shape (samples, classes), and the true classes."""
    classes = scores.argmax(axis=1).astype(np.int64)
    with np.errstate(invalid="ignore", over="ignore"):
        powers = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
    each = np.arange(len(labels))
    return Answers(classes, classes == labels, shares[each, classes], shares[each, labels])


def joined(parts: Sequence[Answers]) -> Answers:
    """The answers of all batches; there must be one."""
    return Answers(
        np.concatenate([part.classes for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.probability for part in parts]),
        np.concatenate([part.truth_probability for part in parts]),
    )


def confusion_matrix(
    truth: NDArray[np.integer[Any]], given: NDArray[np.integer[Any]], classes: int
) -> NDArray[np.int64]:
    """How often each class (row) was given as each class (column), of shape (classes, classes)."""
    pairs = truth.astype(np.int64) * classes + given
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def report(matrix: NDArray[np.int64], names: Sequence[str]) -> dict[str, Any]:
    """The artifact's JSON. What is undefined, because a class never occurs or is never given, is 0."""
    right = np.diag(matrix).astype(np.float64)
    support, given = matrix.sum(axis=1), matrix.sum(axis=0)
    precision = right / np.maximum(given, 1)
    recall = right / np.maximum(support, 1)
    f1 = 2 * right / np.maximum(given + support, 1)
    per_class = {
        name: {
            "precision": float(precision[i]),
            "recall": float(recall[i]),
            "f1": float(f1[i]),
            "support": int(support[i]),
        }
        for i, name in enumerate(names)
    }
    return {"classes": list(names), "matrix": matrix.tolist(), "per_class": per_class}


def worst(answers: Answers, count: int) -> NDArray[np.int64]:
    """The places of wrong answers, the ones whose truth seemed least likely first."""
    wrong = np.flatnonzero(~answers.right)
    order = np.argsort(answers.truth_probability[wrong], kind="stable")
    return wrong[order][:count]


def mosaic(part: Part, answers: Answers, scale: int) -> bytes | None:
    """The worst mistakes, at most 25, five in a row, as a PNG; None if there is none or they are no pictures.

    ``scale`` is the largest value of the dataset, which is white.
    """
    places = worst(answers, _MOSAIC_SAMPLES)
    if not len(places) or part.x.ndim != 4 or part.x.shape[-1] not in (1, 3):
        return None
    bright = np.clip(part.x[part.indices[places]] * (255 / scale), 0, 255).astype(np.uint8)
    return png(tiled(bright, _MOSAIC_COLUMNS))


def predictions(part: Part, answers: Answers, names: Sequence[str]) -> dict[str, Any]:
    """Answers about 64 samples, the same ones in every run on these data, and about the 64 worst mistakes.

    ``samples`` and ``mistakes`` are lists of ``index`` (in the part), ``truth``, ``predicted``, ``probability``
    (of what was predicted) and ``truth_probability``.
    """
    count = min(_SAMPLES, len(part))
    chosen = np.sort(np.random.default_rng(0).permutation(len(part))[:count])
    return {
        "samples": [_answer(part, answers, names, int(place)) for place in chosen],
        "mistakes": [
            _answer(part, answers, names, int(place)) for place in worst(answers, _MISTAKES)
        ],
    }


def _answer(part: Part, answers: Answers, names: Sequence[str], place: int) -> dict[str, Any]:
    truth = int(part.y[part.indices[place]])
    return {
        "index": int(part.indices[place]),
        "truth": names[truth],
        "predicted": names[int(answers.classes[place])],
        "probability": _plain(answers.probability[place]),
        "truth_probability": _plain(answers.truth_probability[place]),
    }


def _plain(probability: np.floating[Any]) -> float | None:
    """JSON has no NaN, which a training that went on after one gives."""
    return round(float(probability), 6) if math.isfinite(probability) else None
