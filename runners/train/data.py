"""The batches, the same in the same order for every framework."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from runners.datasets.dataset import PreparedDataset, Task
from runners.train.engine import Array
from runners.train.setup import Setup, TrainerError

Indices = NDArray[np.int64]
_WHOLE_BYTES = 1 << 26
"""Smaller arrays are read whole, since picking samples out of a mapped file takes longer."""


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a dataset: the samples of these indices, in this order."""

    x: Array
    y: Array
    indices: Indices

    def __len__(self) -> int:
        return len(self.indices)

    def shuffled(self, seed: int, epoch: int) -> Part:
        """The same samples in the order of an epoch."""
        generator = np.random.default_rng([seed, *b"epoch", epoch])
        return Part(self.x, self.y, generator.permutation(self.indices))

    def batches(self, size: int, first: int = 0) -> Iterator[tuple[Array, Array]]:
        """Copies of the samples, ``size`` at a time, from batch ``first`` on; the last may be smaller."""
        for start in range(first * size, len(self.indices), size):
            chosen = self.indices[start : start + size]
            yield self.x[chosen], self.y[chosen]

    def batch_count(self, size: int) -> int:
        return math.ceil(len(self) / size)


@dataclass(frozen=True, eq=False)
class Data:
    train: Part
    validation: Part
    test: Part

    def whole_batch(self, batch_size: int) -> int:
        """The samples of a training batch that is not what is left at the end of an epoch."""
        return min(batch_size, len(self.train))


def open_data(dataset: PreparedDataset, setup: Setup) -> Data:
    """Map the dataset into memory; validation takes the dataset's own part for it, or a share of the training part.

    Raises TrainerError where there are too few samples to train on.
    """
    x, y = _arrays(dataset, setup, "train")
    test = _whole(*_arrays(dataset, setup, "test"))
    if dataset.info.validation_count:
        validation = _whole(*_arrays(dataset, setup, "validation"))
        data = Data(_whole(x, y), validation, test)
    else:
        for_training, for_validation = _split(len(x), dataset, setup)
        data = Data(Part(x, y, for_training), Part(x, y, for_validation), test)
    for name, part in (("train", data.train), ("test", data.test)):
        if not len(part):
            raise TrainerError(f"{dataset.info.title} holds too little to {name} on")
    return data


def pieces(x: Array, y: Array, count: int) -> Iterator[tuple[Array, Array]]:
    """A batch in at most so many pieces of almost equal size."""
    count = min(count, len(x))
    for part in range(count):
        chosen = slice(part * len(x) // count, (part + 1) * len(x) // count)
        yield x[chosen], y[chosen]


@dataclass(frozen=True, eq=False)
class Piece:
    """Samples that a device computes at once, for a batch. Its mean loss counts by ``share``, the sum of its measure by 1 / ``repeats``.

    ``full`` says that it, with what other devices compute beside it, has the size of most pieces.
    """

    x: Array
    y: Array
    share: float
    repeats: int
    full: bool


def portions(
    x: Array, y: Array, count: int, devices: int, size: int, all_alike: bool = False
) -> list[list[Piece]]:
    """For each device its pieces of a batch, of which there are at most ``count``, one after the other; ``size`` is the usual batch's.

    Each piece is cut into one almost equal part a device. A piece of fewer samples than devices, or one that leaves no equal parts where
    these are to be ``all_alike``, is given to each of them whole, so that all have something to do: together they then count as one. Only the running variance of batch norm, where it is
    corrected by n - 1, takes the copies for so many samples.
    """
    given: list[list[Piece]] = [[] for _ in range(devices)]
    for piece in pieces(x, y, count):
        alone = len(piece[0]) < devices or (all_alike and len(piece[0]) % devices > 0)
        parts = [piece] * devices if alone else pieces(*piece, devices)
        repeats = devices if alone else 1
        full = len(piece[0]) == size // count
        for pile, part in zip(given, parts, strict=True):
            share = len(part[0]) / (len(x) * repeats)
            pile.append(Piece(*part, share, repeats, full))
    return given


def _whole(x: Array, y: Array) -> Part:
    return Part(x, y, np.arange(len(x)))


def _split(count: int, dataset: PreparedDataset, setup: Setup) -> tuple[Indices, Indices]:
    """Which samples of the training part are for training and which for validation: chosen at random, or the last ones.

    Of windows of time, those that reach into the validation's are for neither.
    """
    kept = round(count * setup.parameters["validation_split"])
    order = np.arange(count)
    if setup.task is Task.FORECASTING:
        reach = setup.parameters["context"] + setup.parameters["horizon"] - 1
        return order[: count - kept - reach * bool(kept)], order[count - kept :]
    if dataset.info.ordered or dataset.info.task.streams:
        return order[: count - kept], order[count - kept :]
    order = np.random.default_rng([setup.seed, *b"split"]).permutation(count)
    return order[kept:], np.sort(order[:kept])


def _arrays(dataset: PreparedDataset, setup: Setup, part: str) -> tuple[Array, Array]:
    """x and y of a part, sample by sample. Raises TrainerError."""
    x = _map(dataset, f"{part}_x")
    match setup.task:
        case Task.TEXT_GENERATION:
            return _next_tokens(x, setup.parameters["context"], part)
        case Task.FORECASTING:
            return _futures(x, setup.parameters["context"], setup.parameters["horizon"], part)
    return x, _map(dataset, f"{part}_y")


def _next_tokens(stream: Array, context: int, part: str) -> tuple[Array, Array]:
    """Pieces of ``context`` tokens, one after the other, and the token that follows each of their tokens."""
    _check_length(stream, context + 1, part)
    pieces = sliding_window_view(stream, context + 1)[::context]
    return pieces[:, :-1], pieces[:, 1:]


def _futures(stream: Array, context: int, horizon: int, part: str) -> tuple[Array, Array]:
    """Windows of shape (context, channels), one for each step of time, and the (horizon, channels) after each."""
    _check_length(stream, context + horizon, part)
    windows = sliding_window_view(stream, context + horizon, axis=0).transpose(0, 2, 1)
    return windows[:, :context], windows[:, context:]


def _check_length(stream: Array, least: int, part: str) -> None:
    if len(stream) < least:
        raise TrainerError(
            f"a sample takes {least:,} steps, and the {part} part of the dataset has only "
            f"{len(stream):,}: choose a shorter context"
        )


def _map(dataset: PreparedDataset, name: str) -> Array:
    """The array as a plain ndarray, whose indexing is quicker than that of a memmap."""
    path = dataset.array(name)
    mode: Literal["r"] | None = "r" if path.stat().st_size > _WHOLE_BYTES else None
    return np.asarray(np.load(path, mmap_mode=mode, allow_pickle=False))
