"""A multilayer perceptron in TensorFlow, with Keras.

An image or a series is laid out as one long row of numbers; the columns of a table are one already. Each
hidden layer multiplies the row before it with a matrix of weights, adds a bias and bends the result with an
activation, without which all layers together would be no more than one. The output layer gives a score per
class, or the numbers to be predicted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers

from runners.templates.template import ModelShape


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> keras.Model:
    """The model, to scores (samples, outputs): logits of classes, whose softmax is part of the loss, or numbers.

    From samples of any shape: images (samples, height, width, channels), columns (samples, features) or
    series (samples, steps, channels).
    """
    model = keras.Sequential([keras.Input(shape.inputs)])
    model.add(layers.Flatten(name="flatten"))
    for number, width in enumerate(parameters["hidden_widths"], start=1):
        model.add(layers.Dense(width, activation=parameters["activation"], name=f"hidden_{number}"))
        model.add(layers.Dropout(parameters["dropout"], name=f"dropout_{number}"))
    model.add(layers.Dense(shape.outputs, name="output"))
    return model
