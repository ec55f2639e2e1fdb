"""Moving weights between the canonical layout, which is Keras's own, and a Keras model."""

from __future__ import annotations

from collections.abc import Iterable

import keras
import numpy as np

from runners.templates.initial import Weights
from runners.templates.layers import Layer


def load_weights(model: keras.Model, layers: Iterable[Layer], weights: Weights) -> None:
    """Copy every weight into the model. Raises LookupError or ValueError where they do not match."""
    found = layers_by_name(model)
    for layer in layers:
        if layer.weights:
            found[layer.name].set_weights([weights[weight.name] for weight in layer.weights])


def read_weights(model: keras.Model, layers: Iterable[Layer]) -> Weights:
    """A copy of every weight of the model."""
    found = layers_by_name(model)
    return {
        weight.name: np.array(array)
        for layer in layers
        if layer.weights
        for weight, array in zip(layer.weights, found[layer.name].get_weights(), strict=True)
    }


def layers_by_name(model: keras.Model) -> dict[str, keras.Layer]:
    """Every layer of the model, those within layers too."""
    return {layer.name: layer for layer in model._flatten_layers()}
