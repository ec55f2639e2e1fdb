"""A vision transformer in TensorFlow, with Keras.

The image is cut into patches, and each becomes a row of numbers, a token. In every block the tokens first look
at each other (attention), then each is worked on by itself (two dense layers); what a block computes is added to
what it was given. Nothing tells a transformer where a token stands, so learned numbers for each position are
added. One more token, which is learned and stands for no patch, gathers what decides the class.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
from keras import layers, ops

from runners.templates.template import ModelShape

# By size: the depth, the width and the heads.
SIZES = {"tiny": (12, 192, 3), "small": (12, 384, 6)}


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> keras.Model:
    """The model, from images (samples, height, width, channels) to scores (samples, classes).

    The scores are logits: softmax is part of the loss.
    """
    own = parameters["depth"], parameters["width"], parameters["heads"]
    depth, width, heads = SIZES.get(parameters["size"], own)
    patch = parameters["patch_size"]

    images = keras.Input(shape.inputs)
    # A filter as large as its step multiplies every patch with the same matrix.
    x = layers.Conv2D(width, patch, strides=patch, name="patches")(images)
    x = layers.Reshape((-1, width))(x)  # (samples, patches, width)
    x = ClassToken(name="class_token")(x)
    x = Positions(name="positions")(x)
    x = layers.Dropout(parameters["dropout"])(x)
    for number in range(1, depth + 1):
        x = block(x, heads, parameters["dropout"], f"block_{number}")
    x = layers.LayerNormalization(epsilon=1e-6, name="norm")(x)
    return keras.Model(images, layers.Dense(shape.outputs, name="output")(x[:, 0]))


def block(given: keras.KerasTensor, heads: int, dropout: float, name: str) -> keras.KerasTensor:
    """A model within the model."""
    width = given.shape[-1]
    x = inputs = keras.Input(given.shape[1:], dtype=given.dtype)
    y = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm_1")(x)
    y = layers.Dense(3 * width, name=f"{name}_qkv")(y)
    y = SelfAttention(heads, name=f"{name}_attention")(y)
    y = layers.Dense(width, name=f"{name}_projection")(y)
    x = x + layers.Dropout(dropout)(y)

    y = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm_2")(x)
    y = layers.Dense(4 * width, activation=gelu, name=f"{name}_expand")(y)
    y = layers.Dropout(dropout)(y)
    y = layers.Dense(width, name=f"{name}_contract")(y)
    return keras.Model(inputs, x + layers.Dropout(dropout)(y), name=name)(given)


def gelu(x: Any) -> Any:
    """The exact one. TensorFlow's own rounds the root of two to float32 whatever the type."""
    return 0.5 * x * (1 + ops.erf(x * math.sqrt(0.5)))


class ClassToken(layers.Layer):
    """Puts the learned token before those of the patches."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        self.token = self.add_weight(shape=(1, input_shape[-1]), name="class_token")

    def call(self, x: Any) -> Any:
        token = ops.broadcast_to(self.token, (ops.shape(x)[0], 1, x.shape[-1]))
        return ops.concatenate([token, x], axis=1)


class Positions(layers.Layer):
    """Adds the learned numbers of its position to each token."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        self.positions = self.add_weight(shape=input_shape[1:], name="positions")

    def call(self, x: Any) -> Any:
        return x + self.positions


class SelfAttention(layers.Layer):
    """Every token becomes a mean of all tokens' values, weighted by how well their keys answer its query.

    The input holds queries, keys and values side by side: (samples, tokens, 3 * width).
    """

    def __init__(self, heads: int, **given: Any) -> None:
        super().__init__(**given)
        self.heads = heads

    def call(self, qkv: Any) -> Any:
        tokens, width = qkv.shape[1], qkv.shape[2] // 3
        parts = ops.reshape(qkv, (-1, tokens, 3, self.heads, width // self.heads))
        q, k, v = ops.unstack(ops.transpose(parts, (2, 0, 3, 1, 4)), 3)
        scores = ops.matmul(q, ops.swapaxes(k, 2, 3)) / math.sqrt(width // self.heads)
        y = ops.matmul(ops.softmax(scores), v)  # (samples, heads, tokens, width / heads)
        return ops.reshape(ops.transpose(y, (0, 2, 1, 3)), (-1, tokens, width))
