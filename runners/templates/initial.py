"""The initial weights, the same in every framework: NumPy draws them from the seed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from runners.templates.layers import Draw, Layer, Weight

Weights = dict[str, NDArray[np.float32]]
"""Arrays in the canonical layout by the name of the weight, such as ``hidden_1/kernel``."""


def initial_weights(layers: Iterable[Layer], seed: int) -> Weights:
    """Every weight of the layers, each from a generator of its own, so that none depends on another."""
    return {weight.name: _draw(weight, seed) for layer in layers for weight in layer.weights}


def _draw(weight: Weight, seed: int) -> NDArray[np.float32]:
    generator = np.random.default_rng([seed, *weight.name.encode()])
    scale = weight.initial.scale
    match weight.initial.draw:
        case Draw.CONSTANT:
            return np.full(weight.shape, scale, np.float32)
        case Draw.UNIFORM:
            return generator.uniform(-scale, scale, weight.shape).astype(np.float32)
        case Draw.NORMAL:
            return generator.normal(0.0, scale, weight.shape).astype(np.float32)
