"""The batches, the same in the same order for every framework."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import PreparedDataset
from runners.train.engine import Bytes

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a dataset: the samples of these indices, in this order."""

    images: Bytes
    labels: Bytes
    indices: Indices

    def __len__(self) -> int:
        return len(self.indices)

    def shuffled(self, seed: int, epoch: int) -> Part:
        """The same samples in the order of an epoch."""
        generator = np.random.default_rng([seed, *b"epoch", epoch])
        return Part(self.images, self.labels, generator.permutation(self.indices))

    def batches(self, size: int, first: int = 0) -> Iterator[tuple[Bytes, Bytes]]:
        """Copies of the samples, ``size`` at a time, from batch ``first`` on; the last may be smaller."""
        for start in range(first * size, len(self.indices), size):
            chosen = self.indices[start : start + size]
            yield self.images[chosen], self.labels[chosen]

    def batch_count(self, size: int) -> int:
        return math.ceil(len(self) / size)


@dataclass(frozen=True, eq=False)
class Data:
    train: Part
    validation: Part
    test: Part


def open_data(dataset: PreparedDataset, validation_split: float, seed: int) -> Data:
    """Map the dataset into memory and set a random share of the training part apart."""
    images, labels = (_map(dataset, f"train_{part}") for part in "xy")
    order = np.random.default_rng([seed, *b"split"]).permutation(len(labels))
    kept = round(len(labels) * validation_split)
    test_images, test_labels = (_map(dataset, f"test_{part}") for part in "xy")
    return Data(
        Part(images, labels, order[kept:]),
        Part(images, labels, np.sort(order[:kept])),
        Part(test_images, test_labels, np.arange(len(test_labels))),
    )


def _map(dataset: PreparedDataset, name: str) -> Bytes:
    """The array as a plain ndarray, whose indexing is quicker than that of a memmap."""
    return np.asarray(np.load(dataset.array(name), mmap_mode="r", allow_pickle=False))
