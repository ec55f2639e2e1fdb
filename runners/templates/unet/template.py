"""What the U-Net declares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.parameters import Flag, Integer, Real
from runners.templates.common import DROPOUT, DROPOUT_UNMATCHED
from runners.templates.layers import (
    Layer,
    batch_norm,
    convolution,
    dropout,
    he,
    in_block,
    plain,
    pooling,
    transposed_convolution,
)
from runners.templates.template import ModelShape, Template


def _layers(parameters: Mapping[str, Any], model: ModelShape) -> list[Layer]:
    depth, normed = parameters["depth"], parameters["batch_norm"]
    widths = [parameters["width"] * 2**level for level in range(depth + 1)]
    layers: list[Layer] = []
    shape = _padded(model.inputs, depth)
    if shape != model.inputs:
        layers.append(plain("padding", "padding", shape))
    kept = []
    for level in range(1, depth + 1):
        layers += _double(f"down_{level}", shape, widths[level - 1], normed=normed)
        kept.append(layers[-1].output_shape)
        layers.append(pooling(f"down_{level}_pooling", kept[-1]))
        shape = layers[-1].output_shape
    layers += _double("bottom", shape, widths[depth], normed=normed)
    layers.append(dropout("dropout", layers[-1].output_shape))
    for level in range(depth, 0, -1):
        width, below = widths[level - 1], layers[-1].output_shape
        layers.append(transposed_convolution(f"enlarge_{level}", below, width, 2))
        joined = (*kept[level - 1][:2], 2 * width)
        layers.append(plain(f"joined_{level}", "concatenation", joined))
        layers += _double(f"up_{level}", joined, width, normed=normed)
    layers.append(convolution("output", layers[-1].output_shape, model.outputs, 1))
    if layers[0].name == "padding":
        layers.append(plain("cropping", "cropping", (*model.inputs[:2], model.outputs)))
    return layers


def _padded(shape: tuple[int, ...], depth: int) -> tuple[int, ...]:
    """With sides that can be halved so often."""
    step = 2**depth
    height, width, channels = shape
    return math.ceil(height / step) * step, math.ceil(width / step) * step, channels


def _double(name: str, shape: tuple[int, ...], width: int, *, normed: bool) -> list[Layer]:
    layers: list[Layer] = []
    for number in (1, 2):
        initial = he(9 * shape[-1])
        layer = convolution(
            f"{name}_convolution_{number}", shape, width, 3, initial=initial, bias=not normed
        )
        layers.append(layer)
        if normed:
            layers.append(batch_norm(f"{name}_norm_{number}", layer.output_shape))
        shape = layer.output_shape
    return in_block(name, layers)


def _misfit(parameters: Mapping[str, Any], dataset: DatasetInfo) -> str:
    side = min(dataset.input_shape[:2])
    most = (side - 1).bit_length() - 1
    if parameters["depth"] <= most:
        return ""
    return (
        f"a depth of {parameters['depth']} halves the image as often, but the images of {dataset.title} are only "
        f"{side} pixels wide or high: give a depth of at most {most}"
    )


TEMPLATE = Template(
    name="unet",
    title="U-Net",
    summary="Shrinks the image to see what is there and grows it again to say where: a class for each pixel",
    reference="Ronneberger, Fischer and Brox (2015), U-Net: convolutional networks for biomedical image segmentation",
    inputs=(Input.IMAGE,),
    tasks=(Task.SEGMENTATION,),
    parameters=(
        Integer(
            name="depth",
            title="Depth",
            help="How often the image is halved on the way down; the paper's is 4.",
            default=3,
            minimum=1,
            maximum=7,
        ),
        Integer(
            name="width",
            title="Width",
            help="How many filters the first convolutions have; each level below has twice as many. The paper's is 64.",
            default=16,
            minimum=1,
            maximum=256,
        ),
        Flag(
            name="batch_norm",
            title="Batch norm",
            help="Normalise after each convolution, which trains faster; the paper's network, older than that, does not.",
            default=True,
        ),
        DROPOUT,
        Real(
            name="dice",
            title="Dice loss",
            help=(
                "How much of 1 - Dice, averaged over the classes, is added to the cross entropy of the pixels. It counts "
                "small things as much as large ones."
            ),
            default=0.0,
            minimum=0.0,
            maximum=10.0,
        ),
    ),
    layers=_layers,
    misfit=_misfit,
    unmatched=(DROPOUT_UNMATCHED,),
    defaults={"batch_size": 16, "schedule": "cosine"},
)
