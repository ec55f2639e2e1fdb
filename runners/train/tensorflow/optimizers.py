"""The optimizers of TensorFlow's graphs, with the mathematics of PyTorch and of the papers, where Keras differs.

Those of eager mode are in `runners.train.tensorflow.keras_optimizers`, but for trainings on several devices.

Each has ``rates``, which computes in Python the few numbers that change with the step, and ``apply``,
which takes them as tensors, so that it can be traced once by ``tf.function``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

MOMENTUM = 0.9
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class Sgd:
    """w ← w - lr g, with the weight decay added to the gradient (L2)."""

    def __init__(self, variables: Sequence[tf.Variable], weight_decay: float) -> None:
        self.variables = variables
        self.slots: list[tf.Variable] = []
        self._weight_decay = weight_decay

    def rates(self, step: int, learning_rate: float) -> tuple[float, ...]:
        del step
        return (learning_rate,)

    def apply(self, gradients: Sequence[tf.Tensor], rates: Sequence[tf.Tensor]) -> None:
        for variable, gradient in zip(
            self.variables, decayed(gradients, self.variables, self._weight_decay), strict=True
        ):
            tf.raw_ops.ResourceApplyGradientDescent(
                var=variable.handle, alpha=rates[0], delta=gradient
            )


class Momentum(Sgd):
    """v ← mu v + g, w ← w - lr v, after Polyak (1964) as PyTorch has it."""

    def __init__(self, variables: Sequence[tf.Variable], weight_decay: float) -> None:
        super().__init__(variables, weight_decay)
        self.slots = _zeros_like(variables)

    def apply(self, gradients: Sequence[tf.Tensor], rates: Sequence[tf.Tensor]) -> None:
        gradients = decayed(gradients, self.variables, self._weight_decay)
        for variable, velocity, gradient in zip(self.variables, self.slots, gradients, strict=True):
            tf.raw_ops.ResourceApplyMomentum(
                var=variable.handle,
                accum=velocity.handle,
                lr=rates[0],
                grad=gradient,
                momentum=tf.constant(MOMENTUM, variable.dtype),
            )


class Adam(Sgd):
    """Kingma and Ba (2015), algorithm 1, with the weight decay added to the gradient (L2).

    TensorFlow's kernel computes w ← w - a m / (√v + e). With a = lr √(1 - β2^t) / (1 - β1^t) and
    e = ε √(1 - β2^t) that is the algorithm, whose ε stands outside the bias-corrected root.
    """

    def __init__(self, variables: Sequence[tf.Variable], weight_decay: float) -> None:
        super().__init__(variables, weight_decay)
        self._means = _zeros_like(variables)
        self._squares = _zeros_like(variables)
        self.slots = [*self._means, *self._squares]
        # The kernel rounds the betas to the weights' type; the correction has to be that of these.
        kind = variables[0].dtype.as_numpy_dtype
        self._beta_1, self._beta_2 = float(kind(BETA_1)), float(kind(BETA_2))

    def rates(self, step: int, learning_rate: float) -> tuple[float, ...]:
        root = math.sqrt(1 - self._beta_2**step)
        return learning_rate * root / (1 - self._beta_1**step), EPSILON * root

    def apply(self, gradients: Sequence[tf.Tensor], rates: Sequence[tf.Tensor]) -> None:
        dtype = self.variables[0].dtype
        zero, beta_1, beta_2 = (tf.constant(x, dtype) for x in (0.0, self._beta_1, self._beta_2))
        gradients = decayed(gradients, self.variables, self._weight_decay)
        for variable, mean, square, gradient in zip(
            self.variables, self._means, self._squares, gradients, strict=True
        ):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=mean.handle,
                v=square.handle,
                beta1_power=zero,
                beta2_power=zero,
                lr=rates[0],
                beta1=beta_1,
                beta2=beta_2,
                epsilon=rates[1],
                grad=gradient,
            )


class AdamW(Adam):
    """Loshchilov and Hutter (2019): the weight decay apart from the gradient, w ← w - lr decay w."""

    def __init__(self, variables: Sequence[tf.Variable], weight_decay: float) -> None:
        super().__init__(variables, 0.0)
        self._decoupled_decay = weight_decay

    def rates(self, step: int, learning_rate: float) -> tuple[float, ...]:
        return *super().rates(step, learning_rate), 1.0 - learning_rate * self._decoupled_decay

    def apply(self, gradients: Sequence[tf.Tensor], rates: Sequence[tf.Tensor]) -> None:
        if self._decoupled_decay:
            for variable in self.variables:
                variable.assign(variable * rates[2])
        super().apply(gradients, rates)


OPTIMIZERS = {"sgd": Sgd, "momentum": Momentum, "adam": Adam, "adamw": AdamW}


def create_optimizer(parameters: Mapping[str, Any], variables: Sequence[tf.Variable]) -> Sgd:
    return OPTIMIZERS[parameters["optimizer"]](variables, parameters["weight_decay"])


def decayed(
    gradients: Sequence[tf.Tensor], variables: Sequence[tf.Variable], weight_decay: float
) -> Sequence[tf.Tensor]:
    """The gradients with those of the weight decay as a part of the loss (L2)."""
    if not weight_decay:
        return gradients
    pairs = zip(gradients, variables, strict=True)
    return [gradient + weight_decay * variable for gradient, variable in pairs]


def clip(gradients: Sequence[tf.Tensor], largest: float) -> list[tf.Tensor]:
    """Scale the gradients down where their norm together is above ``largest``, as PyTorch does."""
    norm = tf.linalg.global_norm(gradients)
    factor = tf.minimum(tf.ones((), norm.dtype), largest / (norm + 1e-6))
    return [gradient * factor for gradient in gradients]


def _zeros_like(variables: Sequence[tf.Variable]) -> list[tf.Variable]:
    return [
        tf.Variable(np.zeros(v.shape, v.dtype.as_numpy_dtype), trainable=False) for v in variables
    ]
