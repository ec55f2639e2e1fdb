"""What is done to a batch before it is trained on, in NumPy, so that every framework sees the same numbers."""

from __future__ import annotations

import numpy as np

from runners.datasets.dataset import Task
from runners.train.augmentation import Transform, augmentations
from runners.train.engine import Array
from runners.train.setup import Setup


def training_transforms(setup: Setup) -> list[Transform]:
    """Those that the run asks for, in their order."""
    return [*augmentations(setup), *evaluation_transforms(setup)]


def evaluation_transforms(setup: Setup) -> list[Transform]:
    """Those without which a batch says nothing to the model."""
    if setup.task is Task.RECONSTRUCTION:
        return [latent_noise(setup.parameters["latent"])]
    return []


def latent_noise(size: int) -> Transform:
    """Puts normal noise (samples, size) in the place of y, from which a variational autoencoder draws its codes."""

    def transform(x: Array, y: Array, generator: np.random.Generator) -> tuple[Array, Array]:
        del y
        return x, generator.standard_normal((len(x), size), np.float32)

    return transform


def transformed(
    transforms: list[Transform], x: Array, y: Array, seed: int, epoch: int, batch: int
) -> tuple[Array, Array]:
    """The batch after all of them. Its random numbers depend on nothing but seed, epoch and place in the epoch."""
    if transforms:
        generator = np.random.default_rng([seed, *b"transform", epoch, batch])
        for transform in transforms:
            x, y = transform(x, y, generator)
    return x, y
