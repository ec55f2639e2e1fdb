"""A convolutional network in TensorFlow, with Keras.

Each block slides small filters over the image (convolution), bends the result (activation), and keeps
the largest of every 2 by 2 values (pooling), so that the image shrinks while what it says of each place
grows. A hidden layer then looks at all places together, and the output layer gives a score per class, or
the numbers to be predicted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers

from runners.templates.template import ModelShape


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> keras.Model:
    """The model, from images (samples, height, width, channels) to scores (samples, outputs).

    The scores are logits of classes, whose softmax is part of the loss, or numbers.
    """
    activation = parameters["activation"]
    model = keras.Sequential([keras.Input(shape.inputs)])
    for number, filters in enumerate(parameters["filters"], start=1):
        model.add(
            layers.Conv2D(
                filters,
                parameters["kernel_size"],
                padding="same",
                activation=activation,
                name=f"convolution_{number}",
            )
        )
        model.add(layers.MaxPooling2D(2, name=f"pooling_{number}"))
    model.add(layers.Flatten(name="flatten"))
    model.add(layers.Dense(parameters["hidden_width"], activation=activation, name="hidden"))
    model.add(layers.Dropout(parameters["dropout"], name="dropout"))
    model.add(layers.Dense(shape.outputs, name="output"))
    return model
