"""A trained Keras model as it is exported: one input in the dataset's own values, one output."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import keras
import tensorflow as tf

from runners.datasets.dataset import Input, Task
from runners.train.engine import Array
from runners.train.setup import Setup


def wrapped(model: keras.Model, setup: Setup) -> keras.Model:
    """The model that `runners.export.trained.Trained` describes, of what `Engine.deployed` gives: a functional one, with the same weights.

    It takes images as float32 (samples, height, width, channels) from 0 to the dataset's scale, features and series as float32, tokens
    as int32 (samples, length). Layers of the template that serve training alone, such as the variances of an autoencoder, are not in it.
    """
    shape = setup.template.shape(setup.parameters, setup.dataset)
    kind = setup.dataset.input
    given = keras.Input(
        shape.inputs, dtype="int32" if kind is Input.TOKENS else "float32", name="model_input"
    )
    x = given
    if kind is Input.IMAGE:
        scale = 1 / setup.dataset.scale
        x = keras.layers.Rescaling(scale, dtype="float32", name="scaling")(x)
    whole = keras.Model(given, _scores(model, x, setup), name=setup.template.name)
    whole.unwrapped = lambda: model  # Keras would take the model itself for one of its layers
    return whole


def unwrapped(model: keras.Model) -> keras.Model:
    """What `wrapped` was given, with all layers of the template."""
    return model.unwrapped()


def outputs(model: keras.Model, x: Array) -> Array:
    """What a wrapped model gives for a batch, as a graph, which is how Keras itself predicts."""
    given: Array = _graph(model)(tf.constant(x)).numpy()
    return given


@lru_cache(maxsize=1)
def _graph(model: keras.Model) -> Any:
    (spec,) = [tf.TensorSpec(one.shape, one.dtype) for one in model.inputs]
    return tf.function(lambda x: model(x, training=False), input_signature=[spec])


def _scores(model: keras.Model, x: keras.KerasTensor, setup: Setup) -> Any:
    if setup.task is not Task.RECONSTRUCTION:
        return model(x)
    # Its layers one by one, since the code's mean leads to the image without noise.
    _, mean, _ = model.call(x, 0.0)
    return model.decode(mean)
