"""A multilayer perceptron in TensorFlow, with Keras.

An image is laid out as one long row of numbers. Each hidden layer multiplies the row before it with a
matrix of weights, adds a bias and bends the result with an activation, without which all layers
together would be no more than one. The output layer gives a score per class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers

from runners.templates.template import ModelShape


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> keras.Model:
    """The model, from images (samples, height, width, channels) to scores (samples, classes).

    The scores are logits: softmax is part of the loss.
    """
    model = keras.Sequential([keras.Input(shape.inputs)])
    model.add(layers.Flatten(name="flatten"))
    for number, width in enumerate(parameters["hidden_widths"], start=1):
        model.add(layers.Dense(width, activation=parameters["activation"], name=f"hidden_{number}"))
        model.add(layers.Dropout(parameters["dropout"], name=f"dropout_{number}"))
    model.add(layers.Dense(shape.outputs, name="output"))
    return model
