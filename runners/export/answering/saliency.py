"""What in an image an answer rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Task
from runners.export.answering.judging import softmax
from runners.export.answering.subject import Subject, Unanswerable

Array = NDArray[Any]
Map = NDArray[np.float32]
_PATCHES_ACROSS = 7
GRADIENT, OCCLUSION = "gradient", "occlusion"


def saliency(
    subject: Subject, x: Array, method: str, choice: int | None, tell: Callable[[str, float], None]
) -> tuple[Map, int]:
    """How much each pixel of one image, (height, width, channels), counts for an output, from 0 to 1, and which output that is.

    ``choice`` is a class or a target; None is the likeliest class, or the first target. ``tell`` may raise to cancel. Raises Unanswerable.
    """
    facts = subject.facts
    if not facts.explains:
        raise Unanswerable("Only of an image with one answer can be told where the answer rests")
    outputs = subject.predict(x[None])[0]
    likeliest = int(outputs.argmax()) if facts.task is Task.CLASSIFICATION else 0
    chosen = likeliest if choice is None else choice
    if not 0 <= chosen < len(outputs):
        raise Unanswerable(f"There is no output {chosen}")
    if method == OCCLUSION:
        return scaled(occlusion(subject, x, chosen, tell)), chosen
    if method != GRADIENT or subject.gradient is None:
        raise Unanswerable("Gradients can be asked of the framework itself only: try occlusion")
    found = np.abs(subject.gradient(subject.inputs(x[None]), chosen)[0]).max(-1)
    return scaled(found), chosen


def occlusion(
    subject: Subject, x: Array, choice: int, tell: Callable[[str, float], None]
) -> NDArray[np.float64]:
    """How much less likely, in nats, the class becomes when what is around a pixel is hidden; of a number, how far it moves. (height, width).

    A square in the colour of the background is laid over one place after another, as in Zeiler and Fergus (2014), Visualizing and
    Understanding Convolutional Networks, https://arxiv.org/abs/1311.2901. A pixel's value is the mean over the squares that hide it.
    """
    height, width = x.shape[:2]
    side = max(1, round(min(height, width) / _PATCHES_ACROSS))
    corners = [(top, left) for top in _starts(height, side) for left in _starts(width, side)]
    whole = _worth(subject, x[None], choice)[0]
    lost, hidden = np.zeros((height, width)), np.zeros((height, width))
    size = subject.batch_size
    for start in range(0, len(corners), size):
        tell("Hiding one place after another", start / len(corners))
        some = corners[start : start + size]
        covered = np.repeat(x[None], len(some), 0)
        for image, (top, left) in zip(covered, some, strict=True):
            image[top : top + side, left : left + side] = subject.facts.background * subject.facts.scale  # fmt: skip
        for worth, (top, left) in zip(_worth(subject, covered, choice), some, strict=True):
            lost[top : top + side, left : left + side] += whole - worth
            hidden[top : top + side, left : left + side] += 1
    means = lost / hidden
    return np.abs(means) if subject.facts.task is Task.REGRESSION else means.clip(0)


def scaled(values: Array) -> Map:
    """From 0 to 1, the largest 1 unless all are 0. What is no number counts for nothing."""
    finite = np.nan_to_num(np.asarray(values, np.float64), posinf=0, neginf=0)
    most = finite.max(initial=0)
    result: Map = (finite / most if most > 0 else finite).astype(np.float32)
    return result


def _starts(length: int, side: int) -> list[int]:
    """Every half square, and one at the end."""
    return sorted({*range(0, length - side, max(1, side // 2)), length - side})


def _worth(subject: Subject, x: Array, choice: int) -> Array:
    outputs = subject.predict(x)
    if subject.facts.task is Task.REGRESSION:
        return outputs[:, choice].astype(np.float64)
    chosen: Array = softmax(outputs)[:, choice].astype(np.float64)
    return np.log(np.maximum(chosen, 1e-12))
