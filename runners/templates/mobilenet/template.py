"""What the mobile network declares."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.parameters import Integer, Real
from runners.templates.common import DROPOUT, DROPOUT_UNMATCHED
from runners.templates.layers import (
    Layer,
    batch_norm,
    convolution,
    dense,
    depthwise_convolution,
    dropout,
    he,
    in_block,
    plain,
)
from runners.templates.template import ModelShape, Template

_STAGES = ((1, 16, 1), (2, 24, 2), (3, 32, 2), (4, 64, 2), (3, 96, 1), (3, 160, 2), (1, 320, 1))
"""Table 2 of the paper: blocks, channels and the stride of the first block of each stage."""
_HALVINGS = 5
_LAST = 4
"""So many pixels wide or high is the last image at least, where the first one is."""
_STEM, _HEAD = 32, 1280


def _layers(parameters: Mapping[str, Any], model: ModelShape) -> list[Layer]:
    width = parameters["width"]
    strides = _fitted_strides(model.inputs)
    layers = _normed("stem", model.inputs, _rounded(_STEM * width), 3, next(strides))
    for stage, (blocks, channels, stage_stride) in enumerate(_STAGES, start=1):
        stride = next(strides) if stage_stride == 2 else 1
        for block in range(1, blocks + 1):
            name, shape = f"stage_{stage}_block_{block}", layers[-1].output_shape
            expansion = 1 if stage == 1 else parameters["expansion"]
            filters = _rounded(channels * width)
            layers += _block(name, shape, expansion, filters, stride if block == 1 else 1)
    head = _rounded(_HEAD * max(1.0, width))
    layers += _normed("head", layers[-1].output_shape, head, 1, 1)
    return [
        *layers,
        plain("pooling", "global pooling", (head,)),
        dropout("dropout", (head,)),
        dense("output", head, model.outputs),
    ]


def _block(
    name: str, shape: tuple[int, ...], expansion: int, filters: int, stride: int
) -> list[Layer]:
    layers: list[Layer] = []
    inner = shape
    if expansion > 1:
        layers = _normed(f"{name}_expand", shape, expansion * shape[-1], 1, 1)
        inner = layers[-1].output_shape
    spatial = depthwise_convolution(f"{name}_depthwise_convolution", inner, 3, stride=stride)
    layers += [spatial, batch_norm(f"{name}_depthwise_norm", spatial.output_shape)]
    layers += _normed(f"{name}_project", spatial.output_shape, filters, 1, 1)
    if layers[-1].output_shape == shape:
        layers.append(plain(f"{name}_add", "add", shape))
    return in_block(name, layers)


def _normed(
    name: str, shape: tuple[int, ...], filters: int, kernel: int, stride: int
) -> list[Layer]:
    initial = he(kernel * kernel * shape[-1])
    layer = convolution(
        f"{name}_convolution", shape, filters, kernel, stride=stride, initial=initial, bias=False
    )
    return [layer, batch_norm(f"{name}_norm", layer.output_shape)]


def _rounded(wanted: float) -> int:
    """The multiple of 8 next to it, but not less than nine tenths of it."""
    nearest = max(8, int(wanted + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * wanted else nearest


def _fitted_strides(inputs: tuple[int, ...]) -> Iterator[int]:
    """The strides of the five places that halve large images; small ones are halved at the last of these only."""
    side = min(inputs[:2])
    halvings = sum(math.ceil(side / 2**n) >= _LAST for n in range(1, _HALVINGS + 1))
    return iter([1] * (_HALVINGS - halvings) + [2] * halvings)


def _misfit(_parameters: Mapping[str, Any], dataset: DatasetInfo) -> str:
    side = min(dataset.input_shape[:2])
    if side >= 2:
        return ""
    return f"MobileNet needs images of at least 2 by 2 pixels; those of {dataset.title} are {side} wide or high"


TEMPLATE = Template(
    name="mobilenet",
    title="Mobile network",
    summary="Cheap convolutions, of each channel by itself and of each pixel by itself: for small devices",
    reference="Sandler, Howard, Zhu, Zhmoginov and Chen (2018), MobileNetV2: inverted residuals and linear bottlenecks",
    inputs=(Input.IMAGE,),
    tasks=(Task.CLASSIFICATION, Task.REGRESSION),
    parameters=(
        Real(
            name="width",
            title="Width",
            help=(
                "Multiplies the number of channels of every layer, in steps of 8. The paper's are 1.4, 1, 0.75, 0.5 "
                "and 0.35; half as wide is about four times as fast."
            ),
            default=1.0,
            minimum=0.1,
            maximum=4.0,
        ),
        Integer(
            name="expansion",
            title="Expansion",
            help="How many times more channels there are within a block than between blocks.",
            default=6,
            minimum=1,
            maximum=12,
        ),
        DROPOUT,
    ),
    layers=_layers,
    misfit=_misfit,
    unmatched=(DROPOUT_UNMATCHED,),
    defaults={
        "optimizer": "momentum",
        "learning_rate": 0.05,
        "weight_decay": 4e-5,
        "schedule": "cosine",
    },
)
