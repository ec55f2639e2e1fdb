"""The initial weights, the same in every framework: NumPy draws them from the seed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from runners.templates.layers import Layer

Weights = dict[str, NDArray[np.float32]]
"""Arrays in the canonical layout by the name of the weight, such as ``hidden_1/kernel``."""


def initial_weights(layers: Iterable[Layer], seed: int) -> Weights:
    """Every weight of the layers, each from a generator of its own, so that none depends on another."""
    return {
        weight.name: _uniform(weight.name, weight.shape, weight.limit, seed)
        for layer in layers
        for weight in layer.weights
    }


def _uniform(name: str, shape: tuple[int, ...], limit: float, seed: int) -> NDArray[np.float32]:
    generator = np.random.default_rng([seed, *name.encode()])
    return generator.uniform(-limit, limit, shape).astype(np.float32)
