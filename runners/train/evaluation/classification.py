"""Classification: how often the answers are right, which classes are told apart, and the worst mistakes."""

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
from runners.train.evaluation.errors import defined
from runners.train.evaluation.evaluation import Evaluation, Kept
from runners.train.pictures import png, tiled
from runners.train.setup import Setup

_MOSAIC_COLUMNS, _MOSAIC_SAMPLES = 5, 25
_SAMPLES, _MISTAKES = 64, 64
_TOP = 5


class Classification(Evaluation):
    measure = "accuracy"

    def __init__(self, setup: Setup, part: Part) -> None:
        super().__init__(setup, part)
        self._batches: list[Answers] = []

    def add(self, outputs: Outputs, x: Array, y: Array) -> None:
        del x
        self._batches.append(answers(outputs, y))

    def metrics(self) -> dict[str, float]:
        """``accuracy``; ``macro_f1`` and ``roc_auc``, means over the classes; ``top5_accuracy`` where there are more than five.

        ``roc_auc`` is that of each class against all others; it is missing where the part holds samples of one class only.
        """
        given, count = joined(self._batches), len(self._part)
        classes = len(self._setup.dataset.classes)
        truth = self._part.y[self._part.indices]
        metrics = {"accuracy": int(np.count_nonzero(given.right)) / count}
        if classes > _TOP:
            metrics["top5_accuracy"] = int(np.count_nonzero(given.rank < _TOP)) / count
        metrics["macro_f1"] = macro_f1(confusion_matrix(truth, given.classes, classes))
        metrics["roc_auc"] = roc_auc(given.shares, truth)
        return defined(metrics)

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
        truth = self._part.y[self._part.indices]
        matrix = confusion_matrix(truth, given.classes, len(names))
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
    rank: NDArray[np.int64]
    """How many other classes seemed at least as likely as the true one."""
    shares: NDArray[np.float32]
    """The probabilities of all classes, of shape (samples, classes)."""


def answers(scores: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> Answers:
    """From the scores before the softmax, of shape (samples, classes), and the true classes."""
    classes = scores.argmax(axis=1).astype(np.int64)
    with np.errstate(invalid="ignore", over="ignore"):
        powers = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
    each = np.arange(len(labels))
    less = scores < scores[each, labels, None]  # never true of what is not a number
    return Answers(
        classes,
        classes == labels,
        shares[each, classes],
        shares[each, labels],
        np.count_nonzero(~less, axis=1) - 1,
        shares.astype(np.float32),
    )


def joined(parts: Sequence[Answers]) -> Answers:
    """The answers of all batches; there must be one."""
    return Answers(
        np.concatenate([part.classes for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.probability for part in parts]),
        np.concatenate([part.truth_probability for part in parts]),
        np.concatenate([part.rank for part in parts]),
        np.concatenate([part.shares for part in parts]),
    )


def confusion_matrix(
    truth: NDArray[np.integer[Any]], given: NDArray[np.integer[Any]], classes: int
) -> NDArray[np.int64]:
    """How often each class (row) was given as each class (column), of shape (classes, classes)."""
    pairs = truth.astype(np.int64) * classes + given
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def macro_f1(matrix: NDArray[np.int64]) -> float:
    """The mean F1 of the classes that occur or are given; of the others it is undefined."""
    both = matrix.sum(axis=0) + matrix.sum(axis=1)
    f1: NDArray[np.float64] = 2 * np.diag(matrix)[both > 0] / both[both > 0]
    return float(f1.mean())


def roc_auc(shares: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> float:
    """The area under the ROC curve of each class against all others, as the mean over the classes that it is defined for.

    That is the probability that a sample of the class is given more of it than one of another class, after Hanley and McNeil
    (1982); by ranks it takes no more than sorting (Mann and Whitney 1947). NaN where no class or no score allows it.
    """
    if not np.isfinite(shares).all():
        return math.nan
    areas = []
    for number in range(shares.shape[1]):
        inside = labels == number
        count = np.count_nonzero(inside)
        pairs = count * (len(labels) - count)
        if pairs:
            higher = _ranks(shares[:, number])[inside].sum() - count * (count + 1) / 2
            areas.append(higher / pairs)
    return float(np.mean(areas)) if areas else math.nan


def _ranks(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """From 1 for the smallest; equal values share the mean of their ranks."""
    _unique, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    ranks: NDArray[np.float64] = (last - (counts - 1) / 2)[places]
    return ranks


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
