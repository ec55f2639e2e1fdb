"""Changing images at random before they are trained on, in NumPy, so that every framework sees the same pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Input, Task
from runners.train.engine import Array
from runners.train.setup import Setup

Transform = Callable[[Array, Array, np.random.Generator], tuple[Array, Array]]
_Move = Callable[[np.random.Generator, int], Callable[[Array], Array]]
"""Draws for so many samples how their pixels move; the same is then done to images and to masks."""


def augmentations(setup: Setup) -> list[Transform]:
    """Those that the run asks for, in their order; y of a segmentation moves with its images."""
    given, found = setup.parameters, list[Transform]()
    if setup.dataset.input is Input.IMAGE:
        masks = setup.task is Task.SEGMENTATION
        if given["flip"]:
            found.append(_moved(_flips, masks=masks))
        if given["shift"]:
            found.append(_moved(_shifts(given["shift"]), masks=masks))
        if given["rotate"]:
            found.append(_moved(_rotations(given["rotate"]), masks=masks))
        if given["brightness"]:
            found.append(_brightness(given["brightness"], setup.dataset.scale))
        if given["cutout"]:
            found.append(_cutout(given["cutout"]))
    if setup.task is Task.CLASSIFICATION and given["mixup"]:
        scale = setup.dataset.scale if setup.dataset.input is Input.IMAGE else 1
        found.append(_mixup(given["mixup"], scale, len(setup.dataset.classes)))
    return found


def _moved(move: _Move, *, masks: bool) -> Transform:
    def transform(x: Array, y: Array, generator: np.random.Generator) -> tuple[Array, Array]:
        apply = move(generator, len(x))
        return apply(x), apply(y) if masks else y

    return transform


def _flips(generator: np.random.Generator, count: int) -> Callable[[Array], Array]:
    turned = generator.random(count) < 0.5

    def apply(values: Array) -> Array:
        values = values.copy()
        values[turned] = values[turned, :, ::-1]
        return values

    return apply


def _shifts(most: int) -> _Move:
    def move(generator: np.random.Generator, count: int) -> Callable[[Array], Array]:
        down, right = generator.integers(-most, most + 1, (2, count))

        def sources(height: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
            rows = np.arange(height)[None, :, None] - down[:, None, None]
            columns = np.arange(width)[None, None, :] - right[:, None, None]
            return np.broadcast_arrays(rows, columns)  # type: ignore[return-value]

        return lambda values: _picked(values, *sources(*values.shape[1:3]))

    return move


def _rotations(most: float) -> _Move:
    """Around the middle; each pixel is the nearest one of the source, so that masks keep whole classes."""

    def move(generator: np.random.Generator, count: int) -> Callable[[Array], Array]:
        angles = np.radians(generator.uniform(-most, most, count))[:, None, None]
        cosine, sine = np.cos(angles), np.sin(angles)

        def apply(values: Array) -> Array:
            height, width = values.shape[1:3]
            y = np.arange(height)[None, :, None] - (height - 1) / 2
            x = np.arange(width)[None, None, :] - (width - 1) / 2
            rows = np.rint(cosine * y - sine * x + (height - 1) / 2).astype(np.int64)
            columns = np.rint(sine * y + cosine * x + (width - 1) / 2).astype(np.int64)
            return _picked(values, rows, columns)

        return apply

    return move


def _picked(values: Array, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Array:
    """From each image the pixels at these places, (samples, height, width); those outside are 0."""
    height, width = values.shape[1:3]
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    samples = np.arange(len(values))[:, None, None]
    found: Array = values[samples, rows.clip(0, height - 1), columns.clip(0, width - 1)]
    found[~inside] = 0
    return found


def _brightness(most: float, scale: int) -> Transform:
    """Contrast around the middle of the scale, and brightness, each by up to ``most`` of it."""

    def transform(x: Array, y: Array, generator: np.random.Generator) -> tuple[Array, Array]:
        shape = (len(x), 1, 1, 1)
        contrast = generator.uniform(1 - most, 1 + most, shape)
        brightness = generator.uniform(-most, most, shape) * scale
        changed = (x - scale / 2) * contrast + scale / 2 + brightness
        return np.rint(changed).clip(0, scale).astype(x.dtype), y

    return transform


def _cutout(side: int) -> Transform:
    """A square around a random pixel, so that at a border less than all of it lies within the image."""

    def transform(x: Array, y: Array, generator: np.random.Generator) -> tuple[Array, Array]:
        count, height, width = x.shape[:3]
        top = generator.integers(0, height, (count, 1, 1)) - side // 2
        left = generator.integers(0, width, (count, 1, 1)) - side // 2
        rows, columns = np.arange(height)[None, :, None], np.arange(width)[None, None, :]
        hit = (rows >= top) & (rows < top + side) & (columns >= left) & (columns < left + side)
        return np.where(hit[..., None], 0, x).astype(x.dtype), y

    return transform


def _mixup(alpha: float, scale: int, classes: int) -> Transform:
    """Zhang et al. (2018): one share for the batch. x becomes float32, divided by ``scale``, y shares of classes."""

    def transform(x: Array, y: Array, generator: np.random.Generator) -> tuple[Array, Array]:
        share = generator.beta(alpha, alpha)
        other = generator.permutation(len(x))
        values = x / np.float32(scale)
        mixed = values * np.float32(share) + values[other] * np.float32(1 - share)
        shares = np.eye(classes)[y]
        return mixed, shares * share + shares[other] * (1 - share)

    return transform
