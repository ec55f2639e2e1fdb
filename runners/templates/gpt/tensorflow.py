"""A small language model of GPT-2's architecture in TensorFlow, with Keras.

For every place of a text it says how likely each token is to come next. A token is looked up in a table, and
learned numbers for its position are added. In every block the tokens look at those before them (causal attention),
then each is worked on by itself (two dense layers); what a block computes is added to what it was given. At last
each token is compared with all rows of the same table: the better a row fits, the likelier its token is next.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from runners.templates.template import ModelShape


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> keras.Model:
    """The model, from tokens (samples, context) to scores of the next token (samples, context, vocabulary).

    The scores are logits: softmax is part of the loss.
    """
    heads, dropout = parameters["heads"], parameters["dropout"]
    table = layers.ReversibleEmbedding(shape.vocabulary, parameters["width"], name="tokens")

    tokens = keras.Input(shape.inputs, dtype="int64")
    x = Positions(name="positions")(table(tokens))
    x = layers.Dropout(dropout)(x)
    for number in range(1, parameters["depth"] + 1):
        x = block(x, heads, dropout, f"block_{number}")
    x = layers.LayerNormalization(epsilon=1e-5, name="norm")(x)
    return keras.Model(tokens, table(x, reverse=True))


def block(given: keras.KerasTensor, heads: int, dropout: float, name: str) -> keras.KerasTensor:
    """A model within the model."""
    width = given.shape[-1]
    x = inputs = keras.Input(given.shape[1:], dtype=given.dtype)
    y = layers.LayerNormalization(epsilon=1e-5, name=f"{name}_norm_1")(x)
    y = layers.Dense(3 * width, name=f"{name}_qkv")(y)
    y = CausalAttention(heads, dropout, name=f"{name}_attention")(y)
    y = layers.Dense(width, name=f"{name}_projection")(y)
    x = x + layers.Dropout(dropout)(y)

    y = layers.LayerNormalization(epsilon=1e-5, name=f"{name}_norm_2")(x)
    y = layers.Dense(4 * width, activation=gelu, name=f"{name}_expand")(y)
    y = layers.Dense(width, name=f"{name}_contract")(y)
    return keras.Model(inputs, x + layers.Dropout(dropout)(y), name=name)(given)


def gelu(x: Any) -> Any:
    """The approximation that GPT-2 has. TensorFlow's own rounds its constants to float32 whatever the type."""
    return 0.5 * x * (1 + ops.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


class Positions(layers.Layer):
    """Adds the learned numbers of its position to each token."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        self.positions = self.add_weight(shape=input_shape[1:], name="positions")

    def call(self, x: Any) -> Any:
        return x + self.positions


class CausalAttention(layers.Layer):
    """Every token becomes a mean of the values of itself and those before it, weighted by how well their keys
    answer its query.

    The input holds queries, keys and values side by side: (samples, tokens, 3 * width).
    """

    def __init__(self, heads: int, dropout: float, **given: Any) -> None:
        super().__init__(**given)
        self.heads = heads
        self.dropout = layers.Dropout(dropout)

    def call(self, qkv: Any, training: bool = False) -> Any:
        tokens, width = qkv.shape[1], qkv.shape[2] // 3
        parts = ops.reshape(qkv, (-1, tokens, 3, self.heads, width // self.heads))
        q, k, v = ops.unstack(ops.transpose(parts, (2, 0, 3, 1, 4)), 3)
        scores = ops.matmul(q, ops.swapaxes(k, 2, 3)) / math.sqrt(width // self.heads)
        later = np.triu(np.full((tokens, tokens), -np.inf), 1)
        shares = ops.softmax(scores + ops.cast(later, scores.dtype))
        y = ops.matmul(self.dropout(shares, training=training), v)
        return ops.reshape(ops.transpose(y, (0, 2, 1, 3)), (-1, tokens, width))
