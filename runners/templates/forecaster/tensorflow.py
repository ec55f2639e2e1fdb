"""A forecaster of time series in TensorFlow, with Keras.

It reads the last steps of a series and says how the series goes on. A causal convolution looks at the present
and the past only; the convolutions of each block look twice as far back as those of the block before
(dilation), so that a few blocks see a long past. Around each block leads a way past it (skip), which it adds to.

It is told how the past differs from the last step, and says by how much the future will: a series that
wanders off to values never seen in training is followed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import KerasTensor, layers, ops

from runners.templates.template import ModelShape


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> keras.Model:
    """The model, from the past (samples, context, channels) to the future (samples, horizon, channels)."""
    horizon, channels = shape.outputs, shape.inputs[1]
    network = lstm_network if parameters["network"] == "lstm" else convolutional_network

    past = keras.Input(shape.inputs)
    last = past[:, -1:]
    seen = network(past - last, parameters)
    forecast = layers.Dense(horizon * channels, name="output")(seen)
    forecast = layers.Reshape((horizon, channels), name="forecast")(forecast)
    return keras.Model(past, last + forecast)


def convolutional_network(x: KerasTensor, parameters: Mapping[str, Any]) -> KerasTensor:
    """What blocks of causal convolutions say at the last step."""
    for number in range(1, parameters["blocks"] + 1):
        x = residual_block(x, f"block_{number}", 2 ** (number - 1), parameters)
    return x[:, -1]


def residual_block(
    x: KerasTensor, name: str, dilation: int, parameters: Mapping[str, Any]
) -> KerasTensor:
    width, size = parameters["width"], parameters["kernel_size"]
    y = x
    for number in (1, 2):
        y = layers.Conv1D(
            width,
            size,
            dilation_rate=dilation,
            padding="causal",
            activation="relu",
            name=f"{name}_convolution_{number}",
        )(y)
        # of whole channels, as in the paper
        y = layers.SpatialDropout1D(parameters["dropout"], name=f"{name}_dropout_{number}")(y)
    skip = x if x.shape[-1] == width else layers.Conv1D(width, 1, name=f"{name}_skip")(x)
    return ops.relu(y + skip)


def lstm_network(x: KerasTensor, parameters: Mapping[str, Any]) -> KerasTensor:
    """What layers of LSTM say at the last step."""
    for number in range(1, parameters["blocks"] + 1):
        x = layers.LSTM(parameters["width"], return_sequences=True, name=f"layer_{number}")(x)
        x = layers.Dropout(parameters["dropout"], name=f"dropout_{number}")(x)
    return x[:, -1]
