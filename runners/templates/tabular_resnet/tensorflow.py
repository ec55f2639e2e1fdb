"""A residual network for tables in TensorFlow, with Keras.

The columns of a row become units. Each block looks at the units, standardised over the batch, through a
hidden layer, and adds what it found to them (skip): it need only learn a correction. The output layer gives a
score per class, or the numbers to be predicted.

Where all units go through batch normalisation afterwards, a bias would be taken away again: there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import KerasTensor, layers, ops

from runners.templates.template import ModelShape


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> keras.Model:
    """The model, from columns (samples, features) to scores (samples, outputs): logits of classes, or numbers."""
    inputs = keras.Input(shape.inputs)
    x = layers.Dense(parameters["width"], use_bias=False, name="input")(inputs)
    for number in range(1, parameters["blocks"] + 1):
        x = block(x, f"block_{number}", parameters)
    x = ops.relu(batch_norm("norm")(x))
    return keras.Model(inputs, layers.Dense(shape.outputs, name="output")(x))


def block(x: KerasTensor, name: str, parameters: Mapping[str, Any]) -> KerasTensor:
    y = batch_norm(f"{name}_norm")(x)
    y = layers.Dense(parameters["hidden_width"], activation="relu", name=f"{name}_hidden")(y)
    y = layers.Dropout(parameters["dropout"], name=f"{name}_hidden_dropout")(y)
    y = layers.Dense(parameters["width"], use_bias=False, name=f"{name}_back")(y)
    return x + layers.Dropout(parameters["residual_dropout"], name=f"{name}_dropout")(y)


def batch_norm(name: str) -> keras.Layer:
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)
