"""Layers that compute in fewer bits, in TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import keras
import tensorflow as tf

from runners.train.setup import Setup

_FIRST_SCALE, _GROWTH, _INTERVAL = 2.0**16, 2.0, 2000
"""Those of PyTorch's GradScaler."""


def set_policy(setup: Setup) -> None:
    """Let Keras build layers of this precision."""
    kind = setup.parameters["precision"]
    keras.config.set_dtype_policy(setup.dtype if kind == "float32" else f"mixed_{kind}")


@contextmanager
def plain_policy(dtype: str) -> Iterator[None]:
    """Let Keras build layers that compute in this type, whatever the training's precision."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


class LossScale:
    """Scales the loss for float16, whose small gradients would vanish; leaves out steps that overflow.

    After Micikevicius et al. (2018): halved after an overflow, doubled after 2,000 steps without one.
    """

    def __init__(self) -> None:
        self._scale = tf.Variable(_FIRST_SCALE, trainable=False)
        self._good = tf.Variable(0, trainable=False)
        self.variables = [self._scale, self._good]

    def scaled(self, loss: tf.Tensor) -> tf.Tensor:
        return loss * tf.cast(self._scale, loss.dtype)

    def unscaled(self, gradients: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        return [gradient / tf.cast(self._scale, gradient.dtype) for gradient in gradients]

    def step(self, gradients: Sequence[tf.Tensor], apply: Callable[[], None]) -> None:
        """Apply them if all are finite."""
        finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(g)) for g in gradients])
        tf.cond(finite, lambda: self._went_well(apply), self._overflowed)

    def _went_well(self, apply: Callable[[], None]) -> tf.Tensor:
        apply()
        grows = self._good.assign_add(1) % _INTERVAL == 0
        return self._scale.assign(tf.where(grows, self._scale * _GROWTH, self._scale))

    def _overflowed(self) -> tf.Tensor:
        self._good.assign(0)
        return self._scale.assign(self._scale / _GROWTH)
