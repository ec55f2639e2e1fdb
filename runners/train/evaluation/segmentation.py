"""Segmentation: how well the places of the classes agree with the truth, and pictures of both."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.protocol import ArtifactKind
from runners.train.data import Part
from runners.train.engine import Array, Engine, Outputs
from runners.train.evaluation.classification import confusion_matrix, macro_f1, report
from runners.train.evaluation.errors import spread
from runners.train.evaluation.evaluation import Evaluation, Kept
from runners.train.pictures import png, tiled
from runners.train.setup import Setup

_SHOWN, _SHOWN_IN_ROW = 12, 2
"""So many samples are shown, each as image, truth and prediction beside each other."""
_OPACITY = 0.5


class Segmentation(Evaluation):
    """``outputs`` are the likeliest classes of the pixels, of shape (samples, height, width)."""

    measure = "pixel_accuracy"
    batch = 32

    def __init__(self, setup: Setup, part: Part) -> None:
        super().__init__(setup, part)
        classes = len(setup.dataset.classes)
        self._matrix = np.zeros((classes, classes), np.int64)
        self._chosen = spread(len(part), _SHOWN)
        self._shown: list[NDArray[np.uint8]] = []
        self._seen = 0

    def add(self, outputs: Outputs, x: Array, y: Array) -> None:
        self._matrix += confusion_matrix(y.ravel(), outputs.ravel(), len(self._matrix))
        places = self._chosen - self._seen
        for place in places[(places >= 0) & (places < len(y))]:
            image = _bright(x[place], self._setup.dataset.scale)
            masks = (y[place], outputs[place])
            self._shown += [image, *(overlay(image, mask, len(self._matrix)) for mask in masks)]
        self._seen += len(y)

    def metrics(self) -> dict[str, float]:
        """``iou`` and ``dice``, means over the classes that occur or are given, and ``pixel_accuracy``."""
        right = int(np.diag(self._matrix).sum())
        return {
            "iou": mean_iou(self._matrix),
            "dice": macro_f1(self._matrix),
            "pixel_accuracy": right / int(self._matrix.sum()),
        }

    def pictures(self, engine: Engine) -> Iterator[Kept]:
        """Per sample the image, the true classes laid over it, and the predicted ones; the first class has no colour."""
        del engine
        picture = png(tiled(np.stack(self._shown), 3 * _SHOWN_IN_ROW))
        yield Kept("images/overlays", ArtifactKind.IMAGE, ".png", picture)

    def results(self, engine: Engine) -> Iterator[Kept]:
        """The confusion matrix of the pixels, whose ``per_class`` also has ``iou``; ``f1`` is the Dice coefficient."""
        del engine
        found = report(self._matrix, self._setup.dataset.classes)
        for name, share in zip(self._setup.dataset.classes, iou(self._matrix), strict=True):
            found["per_class"][name]["iou"] = float(np.nan_to_num(share))
        yield Kept.as_json("confusion matrix", ArtifactKind.CONFUSION_MATRIX, found)


def iou(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    """Per class the places that are both true and given, as a share of those that are one of both (Jaccard).

    NaN for a class that neither occurs nor is given.
    """
    both = np.diag(matrix)
    either = matrix.sum(axis=0) + matrix.sum(axis=1) - both
    return np.asarray(np.divide(both, either, out=np.full(len(matrix), np.nan), where=either > 0))


def mean_iou(matrix: NDArray[np.int64]) -> float:
    """The mean over the classes that occur or are given."""
    return float(np.nanmean(iou(matrix)))


def overlay(image: NDArray[np.uint8], mask: Array, classes: int) -> NDArray[np.uint8]:
    """An image (height, width, 3) under the colours of a mask (height, width), of which class 0 has none."""
    mixed = (1 - _OPACITY) * image + _OPACITY * _colours(classes)[mask]
    covered = np.where(mask[..., None] > 0, mixed, image)
    rounded: NDArray[np.uint8] = np.rint(covered).astype(np.uint8)
    return rounded


def _colours(classes: int) -> NDArray[np.float64]:
    """A colour (red, green, blue up to 255) per class, whose hues are as far apart as can be; that of class 0 is not used."""
    hues = np.arange(classes) / max(1, classes - 1)
    return np.array([colorsys.hsv_to_rgb(float(hue), 1.0, 1.0) for hue in hues]) * 255


def _bright(image: NDArray[Any], scale: int) -> NDArray[np.uint8]:
    """The image with three channels up to 255: its own, or their mean three times where they are no colours."""
    values = np.clip(image * (255 / scale), 0, 255)
    if values.shape[-1] != 3:
        values = np.repeat(values.mean(axis=-1, keepdims=True), 3, axis=-1)
    return values.astype(np.uint8)
