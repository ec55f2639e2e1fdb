"""Models that can be asked without a framework: their outputs are a function of NumPy's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Input, Task
from runners.datasets.vocabulary import Vocabulary
from runners.export.answering.subject import Subject
from runners.export.facts import Facts, Scaled
from runners.train.data import Part

Array = NDArray[Any]
IMAGES = Facts(format="trained", task=Task.CLASSIFICATION, input=Input.IMAGE, shape=(8, 8, 1), scale=16, classes=("left", "right"))  # fmt: skip
HOUSES = Facts(format="trained", task=Task.REGRESSION, input=Input.FEATURES, shape=(2,), features=(Scaled("rooms", 4, 1), Scaled("age", 30, 20)), targets=(Scaled("price", 1000, 200),))  # fmt: skip
LETTERS = Vocabulary("characters", ("", "\ufffd", "a", "b", "c"))
TEXT = Facts(format="trained", task=Task.TEXT_GENERATION, input=Input.TOKENS, shape=(4,), vocabulary=LETTERS)  # fmt: skip


@dataclass(frozen=True)
class Function:
    """A predictor."""

    of: Callable[[Array], Array]

    def predict(self, x: Array) -> Array:
        return self.of(x)


def brighter_side(x: Array) -> Array:
    """Scores by how bright the pixel in the middle of the left and of the right half is."""
    return np.stack([x[:, 4, 1, 0], x[:, 4, 6, 0]], 1).astype(np.float32)


def images(count: int = 6) -> Subject:
    """Those of even places are bright on the left, the others on the right; of each the truth is "left"."""
    x = np.zeros((count, 8, 8, 1), np.uint8)
    x[::2, 4, 1], x[1::2, 4, 6] = 16, np.arange(1, count // 2 + 1)[:, None]
    part = Part(x, np.zeros(count, np.uint8), np.arange(count))
    return Subject(replace(IMAGES, test_count=count), Function(brighter_side), part)


def houses() -> Subject:
    return Subject(HOUSES, Function(lambda x: x.sum(1, keepdims=True)))


def text() -> Subject:
    """After each letter comes the one behind it in the alphabet, and "a" after "c"."""

    def scores(x: Array) -> Array:
        following = np.where(x == 4, 2, x + 1)
        return np.asarray(np.eye(5, dtype=np.float32)[following] * 50)

    return Subject(TEXT, Function(scores))
