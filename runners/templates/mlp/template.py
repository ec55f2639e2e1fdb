"""What the multilayer perceptron declares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from runners.datasets.dataset import Input, Task
from runners.parameters import IntegerList
from runners.templates.common import DROPOUT, DROPOUT_UNMATCHED, activation
from runners.templates.layers import Layer, dense, dropout, flatten
from runners.templates.template import ModelShape, Template


def _layers(parameters: Mapping[str, Any], shape: ModelShape) -> list[Layer]:
    inputs = math.prod(shape.inputs)
    layers = [flatten("flatten", shape.inputs)]
    for number, width in enumerate(parameters["hidden_widths"], start=1):
        layers.append(dense(f"hidden_{number}", inputs, width))
        layers.append(dropout(f"dropout_{number}", (width,)))
        inputs = width
    return [*layers, dense("output", inputs, shape.outputs)]


TEMPLATE = Template(
    name="mlp",
    title="Multilayer perceptron",
    summary="Fully connected layers: the simplest network that learns what is not linear",
    reference="Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors",
    inputs=(Input.FEATURES, Input.IMAGE, Input.SERIES),
    tasks=(Task.CLASSIFICATION, Task.REGRESSION),
    parameters=(
        IntegerList(
            name="hidden_widths",
            title="Hidden widths",
            help="How many units each hidden layer has, from the input to the output.",
            unit="units",
            default=(128, 64),
            minimum=1,
            maximum=8192,
        ),
        activation(after="each hidden layer"),
        DROPOUT,
    ),
    layers=_layers,
    unmatched=(DROPOUT_UNMATCHED,),
)
