"""How good a model is on the test part: the confusion matrix and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
