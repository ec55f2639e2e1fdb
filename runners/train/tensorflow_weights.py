"""Moving weights between the canonical layout, which is Keras's own, and a Keras model."""

from __future__ import annotations

from collections.abc import Iterable

import keras
import numpy as np

from runners.templates.initial import Weights
from runners.templates.layers import Layer


def load_weights(model: keras.Model, layers: Iterable[Layer], weights: Weights) -> None:
    """Copy every weight into the model. Raises ValueError where they do not match."""
    for layer in layers:
        if layer.weights:
            model.get_layer(layer.name).set_weights([weights[w.name] for w in layer.weights])


def read_weights(model: keras.Model, layers: Iterable[Layer]) -> Weights:
    """A copy of every weight of the model."""
    return {
        weight.name: np.array(array)
        for layer in layers
        if layer.weights
        for weight, array in zip(
            layer.weights, model.get_layer(layer.name).get_weights(), strict=True
        )
    }
