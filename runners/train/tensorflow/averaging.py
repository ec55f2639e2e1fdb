"""A moving average of the weights, in TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf


class AveragedWeights:
    """average ← d average + (1 - d) weight after each step, after Polyak and Juditsky (1992).

    d is the decay, or (1 + steps) / (10 + steps) while that is less, so that the first weights are soon forgotten. While
    `in_use`, the model holds the averages and ``variables`` the weights that are trained.
    """

    def __init__(self, weights: Sequence[tf.Variable], decay: float) -> None:
        self._weights = weights
        self._decay = decay
        self.variables = [tf.Variable(weight, trainable=False) for weight in weights]
        self.in_use = False

    def update(self, steps: int) -> None:
        """Take in the weights after so many steps in all."""
        decay = min(self._decay, (1 + steps) / (10 + steps))
        for kept, weight in zip(self.variables, self._weights, strict=True):
            kept.assign_add(tf.constant(1 - decay, kept.dtype) * (weight - kept))

    def use(self, *, averages: bool) -> None:
        """Let the model hold the averages, or the trained weights again."""
        if averages == self.in_use:
            return
        for weight, kept in zip(self._weights, self.variables, strict=True):
            held = tf.identity(weight)
            weight.assign(kept)
            kept.assign(held)
        self.in_use = averages
