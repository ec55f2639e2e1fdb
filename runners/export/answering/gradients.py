"""The gradient of one output with respect to one sample, in the framework that trained the model (Simonyan, Vedaldi and Zisserman 2014,
Deep Inside Convolutional Networks, https://arxiv.org/abs/1312.6034)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.protocol import Framework

Array = NDArray[Any]
Gradient = Callable[[Array, int], Array]


def gradient_of(framework: Framework, model: Any) -> Gradient:
    """Of a ``torch.nn.Module`` on the CPU, or of a ``keras.Model``."""
    ask = _pytorch if framework is Framework.PYTORCH else _tensorflow
    return lambda x, choice: ask(model, x, choice)


def _pytorch(model: Any, x: Array, choice: int) -> Array:
    import torch

    with torch.enable_grad():
        inputs = torch.from_numpy(np.array(x)).requires_grad_()
        (found,) = torch.autograd.grad(model(inputs)[0, choice], inputs)
    return found.numpy()


def _tensorflow(model: Any, x: Array, choice: int) -> Array:
    import tensorflow as tf

    inputs = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        output = model(inputs, training=False)[0, choice]
    return np.asarray(tape.gradient(output, inputs))
