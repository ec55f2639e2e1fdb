"""What the convolutional network declares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.parameters import Integer, IntegerList
from runners.templates.common import DROPOUT, DROPOUT_UNMATCHED, activation
from runners.templates.layers import Layer, convolution, dense, dropout, flatten, pooling
from runners.templates.template import ModelShape, Template


def _layers(parameters: Mapping[str, Any], model: ModelShape) -> list[Layer]:
    layers: list[Layer] = []
    shape = model.inputs
    for number, filters in enumerate(parameters["filters"], start=1):
        layers.append(
            convolution(f"convolution_{number}", shape, filters, parameters["kernel_size"])
        )
        layers.append(pooling(f"pooling_{number}", layers[-1].output_shape))
        shape = layers[-1].output_shape
    width = parameters["hidden_width"]
    return [
        *layers,
        flatten("flatten", shape),
        dense("hidden", math.prod(shape), width),
        dropout("dropout", (width,)),
        dense("output", width, model.outputs),
    ]


def _misfit(parameters: Mapping[str, Any], dataset: DatasetInfo) -> str:
    blocks = len(parameters["filters"])
    side = min(dataset.input_shape[:2])
    most = side.bit_length() - 1
    if blocks <= most:
        return ""
    return (
        f"{blocks} blocks halve the image {blocks} times, but the images of {dataset.title} are "
        f"only {side} pixels wide or high: give at most {most} numbers of filters"
    )


TEMPLATE = Template(
    name="cnn",
    title="Convolutional network",
    summary="Convolutions and pooling, then fully connected layers: the classic for images",
    reference="LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition",
    inputs=(Input.IMAGE,),
    tasks=(Task.CLASSIFICATION, Task.REGRESSION),
    parameters=(
        IntegerList(
            name="filters",
            title="Filters",
            help="How many filters the convolution of each block has. Each block halves the image.",
            default=(16, 32),
            minimum=1,
            maximum=1024,
        ),
        Integer(
            name="kernel_size",
            title="Kernel size",
            help="The height and width of each filter.",
            unit="pixels",
            default=3,
            minimum=1,
            maximum=11,
        ),
        Integer(
            name="hidden_width",
            title="Hidden width",
            help="How many units the hidden layer between the last block and the output has.",
            unit="units",
            default=128,
            minimum=1,
            maximum=8192,
        ),
        activation(after="each convolution and the hidden layer"),
        DROPOUT,
    ),
    layers=_layers,
    misfit=_misfit,
    unmatched=(DROPOUT_UNMATCHED,),
)
