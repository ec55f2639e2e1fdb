"""What the residual network declares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.parameters import Choice, Real
from runners.templates.layers import Layer, batch_norm, convolution, dense, he, in_block, plain
from runners.templates.template import ModelShape, Template

_STAGES = {
    "20": ((16, 3), (32, 3), (64, 3)),
    "32": ((16, 5), (32, 5), (64, 5)),
    "18": ((64, 2), (128, 2), (256, 2), (512, 2)),
    "34": ((64, 3), (128, 4), (256, 6), (512, 3)),
}
"""Filters and blocks of each stage, by depth; three stages are the form for CIFAR, four that for ImageNet."""
_LARGE = 64
"""From so many pixels on, the form for ImageNet begins as in the paper, with an image a quarter as wide."""


def _layers(parameters: Mapping[str, Any], model: ModelShape) -> list[Layer]:
    stages = _STAGES[parameters["depth"]]
    layers = _stem(stages, parameters["width"], model.inputs)
    for number, (filters, blocks) in enumerate(stages, start=1):
        for block in range(1, blocks + 1):
            stride = 2 if number > 1 and block == 1 else 1
            name = f"stage_{number}_block_{block}"
            shape = layers[-1].output_shape
            width = round(filters * parameters["width"])
            layers += _block(name, shape, width, stride, projects=len(stages) == 4)
    channels = layers[-1].output_shape[-1]
    pooled = plain("pooling", "global pooling", (channels,))
    return [*layers, pooled, dense("output", channels, model.outputs)]


def _stem(
    stages: tuple[tuple[int, int], ...], width: float, inputs: tuple[int, ...]
) -> list[Layer]:
    filters = round(stages[0][0] * width)
    if len(stages) == 3 or min(inputs[:2]) < _LARGE:
        return _normed("stem_convolution", "stem_norm", inputs, filters, 3, 1)
    convolved = _normed("stem_convolution", "stem_norm", inputs, filters, 7, 2)
    height, breadth, _ = convolved[-1].output_shape
    halved = (math.ceil(height / 2), math.ceil(breadth / 2), filters)
    return [*convolved, plain("stem_pooling", "pooling", halved)]


def _block(
    name: str, shape: tuple[int, ...], filters: int, stride: int, *, projects: bool
) -> list[Layer]:
    first = _normed(f"{name}_convolution_1", f"{name}_norm_1", shape, filters, 3, stride)
    inner = first[-1].output_shape
    second = _normed(f"{name}_convolution_2", f"{name}_norm_2", inner, filters, 3, 1)
    shortcut = []
    if inner != shape:
        shortcut = [plain(f"{name}_shortcut", "padded shortcut", inner)]
        if projects:
            shortcut = _normed(
                f"{name}_shortcut", f"{name}_shortcut_norm", shape, filters, 1, stride
            )
    return in_block(name, [*first, *second, *shortcut, plain(f"{name}_add", "add", inner)])


def _normed(
    name: str, norm: str, shape: tuple[int, ...], filters: int, kernel: int, stride: int
) -> list[Layer]:
    initial = he(kernel * kernel * shape[-1])
    layer = convolution(name, shape, filters, kernel, stride=stride, initial=initial, bias=False)
    return [layer, batch_norm(norm, layer.output_shape)]


def _misfit(parameters: Mapping[str, Any], dataset: DatasetInfo) -> str:
    halvings = len(_STAGES[parameters["depth"]]) - 1
    side = min(dataset.input_shape[:2])
    least = 2**halvings + 1 if halvings > 2 else 4
    if side >= least:
        return ""
    return (
        f"ResNet-{parameters['depth']} halves images {halvings} times, but those of {dataset.title} are only "
        f"{side} pixels wide or high: it needs {least}"
    )


TEMPLATE = Template(
    name="resnet",
    title="Residual network",
    summary="Convolutions whose input is added to their output, so that deep networks learn well",
    reference="He, Zhang, Ren and Sun (2015), Deep residual learning for image recognition",
    inputs=(Input.IMAGE,),
    tasks=(Task.CLASSIFICATION, Task.REGRESSION),
    parameters=(
        Choice(
            name="depth",
            title="Depth",
            help=(
                "How many layers with weights it has. 20 and 32 are the paper's small networks for CIFAR, 18 and "
                "34 its large ones for ImageNet; these begin gently with images smaller than 64 pixels."
            ),
            default="20",
            options=tuple(_STAGES),
        ),
        Real(
            name="width",
            title="Width",
            help="Multiplies the number of filters of every layer; 1 is the paper's network.",
            default=1.0,
            minimum=0.125,
            maximum=8.0,
        ),
    ),
    layers=_layers,
    misfit=_misfit,
    defaults={
        "optimizer": "momentum",
        "learning_rate": 0.1,
        "weight_decay": 1e-4,
        "schedule": "step",
    },
)
