"""A recurrent network in TensorFlow, with Keras.

It reads a sample step by step: the tokens of a text, the steps of a series, the rows of an image. At each
step a layer mixes what it reads with what it remembers; gates decide how much is kept. A bidirectional
layer reads the steps once more from the last to the first. The output layer looks at the mean of all steps.

Texts differ in length: token 0 fills up the shorter ones at their end. Fillers are no part of the mean, and
who reads backwards begins at the last real token, so a text gives the same scores however far it is filled up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
from keras import KerasTensor, layers, ops

from runners.templates.template import ModelShape

FILLER = 0
CELLS = {"lstm": layers.LSTM, "gru": layers.GRU}


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> keras.Model:
    """The model, to scores (samples, outputs): logits of classes, or numbers.

    From tokens (samples, length), series (samples, steps, channels) or images (samples, height, width, channels).
    """
    steps = shape.inputs[0]
    if shape.vocabulary:
        inputs = keras.Input(shape.inputs, dtype="int64")
        lengths = ops.sum(ops.cast(inputs != FILLER, "int32"), axis=1)
        width = parameters["embedding_width"]
        x = layers.Embedding(shape.vocabulary, width, name="embedding")(inputs)
    else:
        inputs = keras.Input(shape.inputs)
        width = math.prod(shape.inputs[1:])  # a row of an image with all its channels is one step
        x = layers.Reshape((steps, width), name="steps")(inputs)
        lengths = ops.full_like(x[:, 0, 0], steps, dtype="int32")

    for number in range(1, parameters["layers"] + 1):
        x = recurrent_layer(x, lengths, f"layer_{number}", parameters)
        x = layers.Dropout(parameters["dropout"], name=f"dropout_{number}")(x)
    scores = layers.Dense(shape.outputs, name="output")(mean_of_steps(x, lengths))
    return keras.Model(inputs, scores)


def recurrent_layer(
    x: KerasTensor, lengths: KerasTensor, name: str, parameters: Mapping[str, Any]
) -> KerasTensor:
    cell, units = CELLS[parameters["cell"]], parameters["units"]
    ahead = cell(units, return_sequences=True, name=f"{name}_ahead")(x)
    if not parameters["bidirectional"]:
        return ahead
    back = cell(units, return_sequences=True, name=f"{name}_back")(turned_round(x, lengths))
    return ops.concatenate([ahead, turned_round(back, lengths)], axis=2)


def turned_round(x: KerasTensor, lengths: KerasTensor) -> KerasTensor:
    """The first steps of each sample, as many as its length, in turned order; the others stay where they are."""
    step = ops.arange(x.shape[1], dtype="int32")
    last = lengths[:, None] - 1
    order = ops.where(last >= step, last - step, step)
    return ops.take_along_axis(x, order[:, :, None], axis=1)


def mean_of_steps(x: KerasTensor, lengths: KerasTensor) -> KerasTensor:
    """The mean of the first steps of each sample, as many as its length; zero for an empty text."""
    step = ops.arange(x.shape[1], dtype="int32")
    counts = ops.cast((lengths[:, None] > step)[:, :, None], x.dtype)
    return ops.sum(x * counts, axis=1) / ops.cast(ops.maximum(lengths, 1)[:, None], x.dtype)
