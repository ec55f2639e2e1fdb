"""Gradient checkpointing in TensorFlow: blocks keep what goes into them, and compute the rest again on the way back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import tensorflow as tf

from runners.templates.layers import Layer, block_names


def with_recomputed_blocks(model: keras.Model, layers: Iterable[Layer]) -> keras.Model:
    """The same model with the same weights, after Chen et al. (2016). Raises LookupError where a declared block is not in it."""
    names = set(block_names(layers))
    if missing := names - {layer.name for layer in model.layers}:
        raise LookupError(f"the Keras model has no model within it that is called {min(missing)!r}")

    def call(layer: Any, *given: Any, **more: Any) -> Any:
        return Recomputed(layer)(*given) if layer.name in names else layer(*given, **more)

    return keras.models.clone_model(model, clone_function=lambda layer: layer, call_function=call)


class Recomputed(keras.layers.Wrapper):
    """Calls its layer twice in a step of training, with the same state, such as dropout's seeds, which moves on once only.

    `tf.recompute_grad` alone would draw other dropout masks and let batch norm's statistics follow the batch twice.
    """

    def call(self, x: Any, training: bool = False) -> Any:
        if not training:
            return self.layer(x, training=False)
        weights, states = self.layer.trainable_variables, self.layer.non_trainable_variables
        before = [tf.convert_to_tensor(variable.value) for variable in states]
        after: list[list[tf.Tensor]] = []

        def compute(x: tf.Tensor, *values: tf.Tensor) -> tf.Tensor:
            known = [*zip(weights, values, strict=True), *zip(states, before, strict=True)]
            with keras.StatelessScope(state_mapping=known) as scope:
                y = self.layer(x, training=True)
            after.append([scope.get_current_value(variable) for variable in states])
            return y

        y = tf.recompute_grad(compute)(x, *(tf.convert_to_tensor(w.value) for w in weights))
        for variable, value in zip(states, after[0], strict=True):
            variable.assign(value)
        return y
