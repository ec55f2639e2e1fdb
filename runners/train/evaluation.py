"""How good a model is on the test part: the confusion matrix and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
