"""Samples of a prepared dataset as a person looks at them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from runners.datasets.dataset import DatasetError, DatasetInfo, Input, PreparedDataset, Task
from runners.datasets.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from runners.datasets.dataset import Array

TOKENS = 512
STEPS = 256
"""How much of a stream a sample shows."""


class SampleKind(StrEnum):
    IMAGE = "image"
    ROW = "row"
    TEXT = "text"
    SERIES = "series"


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a row, to six digits. ``own`` says whether it is in its own unit; else it is standardised."""

    name: str
    value: float
    own: bool


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One of the image, row, text or series is there, by its kind; and of the answers those that the task has."""

    kind: SampleKind
    index: int
    image: NDArray[np.uint8] | None = None
    """(height, width, channels), 0 to 255."""
    row: tuple[Cell, ...] = ()
    text: str = ""
    series: NDArray[np.float64] | None = None
    """(steps, channels), in the channels' own units where they are known."""
    label: str = ""
    """The name of its class."""
    mask: NDArray[np.uint8] | None = None
    """(height, width), the number of each pixel's class."""
    targets: tuple[Cell, ...] = ()


def sample(dataset: PreparedDataset, part: str, index: int) -> Sample:
    """A sample of a part, of which no more is read than this. Of a stream, what begins at this step or token.

    Raises DatasetError where the arrays are damaged, IndexError for a place that is not there, KeyError for a part.
    """
    info = dataset.info
    if part not in info.parts:
        raise KeyError(part)
    try:
        x = np.load(dataset.array(f"{part}_x"), mmap_mode="r", allow_pickle=False)
        if not 0 <= index < len(x):
            raise IndexError(f"there is no sample {index} in {part} of {info.title}")
        answers = None
        if not info.task.streams:
            answers = np.load(dataset.array(f"{part}_y"), mmap_mode="r", allow_pickle=False)[index]
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"{dataset.folder} cannot be read ({error}): prepare it again"
        ) from error
    return _sample(dataset, index, _piece(info, x, index), answers)


def _piece(info: DatasetInfo, x: Array, index: int) -> Array:
    if not info.task.streams:
        return np.asarray(x[index])
    length = TOKENS if info.input is Input.TOKENS else STEPS
    return np.asarray(x[index : index + length])


def _sample(dataset: PreparedDataset, index: int, x: Array, y: Array | None) -> Sample:
    info = dataset.info
    label, mask, targets = _answers(info, y)
    image = series = None
    row: tuple[Cell, ...] = ()
    text = ""
    match info.input:
        case Input.IMAGE:
            kind, image = SampleKind.IMAGE, _bytes(x, info.scale)
        case Input.FEATURES:
            kind = SampleKind.ROW
            row = _cells(x, info.features, info.feature_mean, info.feature_std, "feature")
        case Input.TOKENS:
            kind = SampleKind.TEXT
            text = Vocabulary.read(dataset.folder).decode(int(number) for number in x)
        case Input.SERIES:
            kind, series = SampleKind.SERIES, _series(info, x)
    return Sample(kind, index, image, row, text, series, label, mask, targets)


def _answers(
    info: DatasetInfo, y: Array | None
) -> tuple[str, NDArray[np.uint8] | None, tuple[Cell, ...]]:
    if y is None:
        return "", None, ()
    if info.task is Task.RECONSTRUCTION:
        return "", None, ()
    if info.task is Task.SEGMENTATION:
        return "", np.asarray(y, np.uint8), ()
    if info.task is Task.REGRESSION:
        cells = _cells(y, info.targets, info.target_mean, info.target_std, "target")
        return "", None, cells
    return info.classes[int(y)], None, ()


def _cells(
    numbers: Array, names: Sequence[str], mean: Sequence[float], std: Sequence[float], role: str
) -> tuple[Cell, ...]:
    own = len(mean) == len(std) == len(numbers)
    values = np.asarray(numbers, np.float64)
    if own:
        values = values * np.array(std) + np.array(mean)
    return tuple(
        Cell(
            names[place] if place < len(names) else f"{role} {place + 1}",
            float(f"{value:.6g}"),
            own,
        )
        for place, value in enumerate(values)
    )


def _bytes(image: Array, scale: int) -> NDArray[np.uint8]:
    scaled = np.asarray(image, np.float32) * (255 / max(1, scale))
    return np.asarray(np.clip(np.rint(scaled), 0, 255), np.uint8)


def _series(info: DatasetInfo, x: Array) -> NDArray[np.float64]:
    mean, std = info.feature_mean or info.target_mean, info.feature_std or info.target_std
    values = np.asarray(x, np.float64)
    if len(mean) == len(std) == values.shape[-1]:
        values = values * np.array(std) + np.array(mean)
    return np.asarray(values)
