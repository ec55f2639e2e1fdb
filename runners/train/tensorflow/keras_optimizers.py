"""The optimizers of eager mode: those of Keras, with what their formulas lack to PyTorch's and the papers'.

Called step by step they take up to two thirds of a small model's step, since they are made of many small operations. Whoever
trains in eager mode with Keras has that, so what is measured of eager mode has to have it too (``benchmarks/duel_overhead.py``).
In a graph they cost no more than the kernels of `runners.train.tensorflow.optimizers`, which are taken there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from runners.train.tensorflow.optimizers import BETA_1, BETA_2, EPSILON, MOMENTUM, decayed


class KerasOptimizer:
    """One of Keras's, called as `runners.train.tensorflow.optimizers.Sgd` is."""

    def __init__(self, given: Mapping[str, Any], variables: Sequence[keras.Variable]) -> None:
        decay: float = given["weight_decay"]
        decouples = given["optimizer"] == "adamw"
        self._weight_decay = 0.0 if decouples else decay
        # Keras rounds numbers of Python's to float32, which would show in float64 only.
        kind = np.float64 if variables[0].dtype == "float64" else float
        self._optimizer = _OPTIMIZERS[given["optimizer"]](kind, decay if decouples else 0.0)
        self._optimizer.build(variables)
        self._variables = variables
        self._values = [variable.value for variable in variables]
        # In the order of the other module, so that a checkpoint of either goes on with either.
        slots = sorted(
            self._optimizer.variables[2:], key=lambda slot: slot.path.endswith("velocity")
        )
        self.slots: list[tf.Variable] = [slot.value for slot in slots]

    def rates(self, step: int, learning_rate: float) -> tuple[float, ...]:
        return step - 1, learning_rate, EPSILON * math.sqrt(1 - BETA_2**step)

    def apply(self, gradients: Sequence[tf.Tensor], rates: Sequence[tf.Tensor]) -> None:
        steps_done, learning_rate, epsilon = rates
        self._optimizer.iterations.assign(steps_done)
        self._optimizer.learning_rate.assign(learning_rate)
        self._optimizer.epsilon = epsilon
        gradients = decayed(gradients, self._values, self._weight_decay)
        self._optimizer.apply(gradients, self._variables)


class _Momentum(keras.optimizers.SGD):  # type: ignore[misc]
    """v ← mu v + g, w ← w - lr v. Keras has the learning rate in the first of these, which differs once the rate changes."""

    def update_step(
        self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor
    ) -> None:
        velocity = self.momentums[self._get_variable_index(variable)]
        self.assign(velocity, MOMENTUM * velocity + gradient)
        self.assign_sub(variable, learning_rate * velocity)


def _adam(kind: type[float], decay: float) -> keras.optimizers.Optimizer:
    apart = kind(decay) if decay else None
    return keras.optimizers.Adam(weight_decay=apart, beta_1=kind(BETA_1), beta_2=kind(BETA_2))


_OPTIMIZERS: Mapping[str, Callable[[type[float], float], keras.optimizers.Optimizer]] = {
    "sgd": lambda _kind, _decay: keras.optimizers.SGD(),
    "momentum": lambda _kind, _decay: _Momentum(momentum=MOMENTUM),
    "adam": _adam,
    "adamw": _adam,
}
