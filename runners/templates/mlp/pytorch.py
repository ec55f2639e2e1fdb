"""A multilayer perceptron in PyTorch.

An image or a series is laid out as one long row of numbers; the columns of a table are one already. Each
hidden layer multiplies the row before it with a matrix of weights, adds a bias and bends the result with an
activation, without which all layers together would be no more than one. The output layer gives a score per
class, or the numbers to be predicted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import nn

from runners.templates.template import ModelShape

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}


def build_model(parameters: Mapping[str, Any], shape: ModelShape) -> nn.Module:
    """The model, to scores (samples, outputs): logits of classes, whose softmax is part of the loss, or numbers.

    From samples of any shape: images (samples, height, width, channels), columns (samples, features) or
    series (samples, steps, channels).
    """
    model = nn.Sequential()
    model.add_module("flatten", nn.Flatten())
    inputs = math.prod(shape.inputs)
    for number, width in enumerate(parameters["hidden_widths"], start=1):
        model.add_module(f"hidden_{number}", nn.Linear(inputs, width))
        model.add_module(f"activation_{number}", ACTIVATIONS[parameters["activation"]]())
        model.add_module(f"dropout_{number}", nn.Dropout(parameters["dropout"]))
        inputs = width
    model.add_module("output", nn.Linear(inputs, shape.outputs))
    return model
