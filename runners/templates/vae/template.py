"""What the variational autoencoder declares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from runners.datasets.dataset import Input, Task
from runners.parameters import Choice, Integer, IntegerList, Real
from runners.templates.layers import (
    Layer,
    convolution,
    dense,
    flatten,
    plain,
    transposed_convolution,
)
from runners.templates.template import ModelShape, Template


def _layers(parameters: Mapping[str, Any], shape: ModelShape) -> list[Layer]:
    if parameters["architecture"] == "dense":
        return _dense_layers(parameters, shape)
    return _convolutional_layers(parameters, shape)


def _dense_layers(parameters: Mapping[str, Any], shape: ModelShape) -> list[Layer]:
    latent, widths = parameters["latent"], parameters["hidden_widths"]
    layers = [flatten("flatten", shape.inputs)]
    inputs = math.prod(shape.inputs)
    for number, width in enumerate(widths, start=1):
        layers.append(dense(f"encoder_{number}", inputs, width))
        inputs = width
    layers += _codes(inputs, latent)
    inputs = latent
    for number, width in enumerate(reversed(widths), start=1):
        layers.append(dense(f"decoder_{number}", inputs, width))
        inputs = width
    output = dense("output", inputs, math.prod(shape.inputs))
    return [*layers, output, plain("image", "reshape", shape.inputs)]


def _convolutional_layers(parameters: Mapping[str, Any], shape: ModelShape) -> list[Layer]:
    latent, filters = parameters["latent"], parameters["filters"]
    layers: list[Layer] = []
    inside = shape.inputs
    for number, count in enumerate(filters, start=1):
        layers.append(convolution(f"encoder_{number}", inside, count, 3, stride=2))
        inside = layers[-1].output_shape
    size = math.prod(inside)
    layers += [flatten("flatten", inside), *_codes(size, latent)]
    layers += [dense("decoder_start", latent, size), plain("start", "reshape", inside)]
    for number, count in enumerate((*filters[-2::-1], filters[0]), start=1):
        layers.append(transposed_convolution(f"decoder_{number}", inside, count, 2))
        inside = layers[-1].output_shape
    cropped = (*shape.inputs[:2], inside[2])
    if cropped != inside:
        layers.append(plain("crop", "crop", cropped))
    return [*layers, convolution("output", cropped, shape.inputs[2], 3)]


def _codes(inputs: int, latent: int) -> list[Layer]:
    return [
        dense("mean", inputs, latent),
        dense("log_variance", inputs, latent),
        plain("codes", "sample", (latent,)),
    ]


TEMPLATE = Template(
    name="vae",
    title="Variational autoencoder",
    summary="Describes an image in a few numbers and draws it from them; makes new images from random numbers",
    reference="Kingma and Welling (2013), Auto-encoding variational Bayes",
    inputs=(Input.IMAGE,),
    tasks=(Task.RECONSTRUCTION,),
    parameters=(
        Choice(
            name="architecture",
            title="Architecture",
            help="Whether encoder and decoder are made of dense layers or of convolutions.",
            default="convolutional",
            options=("dense", "convolutional"),
        ),
        Integer(
            name="latent",
            title="Latent numbers",
            help="How many numbers describe an image.",
            default=16,
            minimum=1,
            maximum=1024,
        ),
        IntegerList(
            name="hidden_widths",
            title="Hidden widths",
            help=(
                "Of the dense architecture: how many units each hidden layer of the encoder has. The decoder has "
                "the same in reverse."
            ),
            unit="units",
            default=(512, 256),
            minimum=1,
            maximum=8192,
        ),
        IntegerList(
            name="filters",
            title="Filters",
            help=(
                "Of the convolutional architecture: how many filters each convolution of the encoder has, which "
                "halves the image. The decoder has the same in reverse."
            ),
            default=(32, 64),
            minimum=1,
            maximum=1024,
            longest=6,
        ),
        Real(
            name="kl_weight",
            title="Weight of the KL divergence",
            help=(
                "How much it counts that the numbers are spread as normal ones are: 1 is the bound of the "
                "paper, less gives sharper reconstructions, more gives numbers that are told apart (beta-VAE)."
            ),
            default=1.0,
            minimum=0.0,
            maximum=1000.0,
        ),
    ),
    layers=_layers,
    defaults={"epochs": 20, "batch_size": 32},
)
