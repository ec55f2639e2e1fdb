"""What the vision transformer declares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.parameters import Choice, Integer
from runners.templates.common import DROPOUT, DROPOUT_UNMATCHED
from runners.templates.layers import (
    Layer,
    attention,
    convolution,
    dense,
    glorot,
    in_block,
    layer_norm,
    learned,
    normal,
    plain,
)
from runners.templates.template import ModelShape, Template

SIZES = {"tiny": (12, 192, 3), "small": (12, 384, 6)}
"""Depth, width and heads, of table 1 of Touvron et al. (2021), https://arxiv.org/abs/2012.12877."""


def _size(parameters: Mapping[str, Any]) -> tuple[int, int, int]:
    own = parameters["depth"], parameters["width"], parameters["heads"]
    return SIZES.get(parameters["size"], own)


def _layers(parameters: Mapping[str, Any], shape: ModelShape) -> list[Layer]:
    depth, width, _ = _size(parameters)
    height, breadth, channels = shape.inputs
    patch = parameters["patch_size"]
    patches = (height // patch) * (breadth // patch)
    drawn = glorot(patch * patch * channels, width)  # each patch is multiplied with one matrix
    class_token = learned("class_token", (1, width), normal(0.02))
    layers = [
        convolution("patches", shape.inputs, width, patch, stride=patch, initial=drawn),
        replace(class_token, output_shape=(patches + 1, width)),
        learned("positions", (patches + 1, width), normal(0.02)),
    ]
    for number in range(1, depth + 1):
        layers += _block(f"block_{number}", patches + 1, width)
    return [
        *layers,
        layer_norm("norm", (patches + 1, width)),
        plain("first_token", "slice", (width,)),
        dense("output", width, shape.outputs),
    ]


def _block(name: str, tokens: int, width: int) -> list[Layer]:
    leading, each = (tokens,), glorot(width, width)
    layers = [
        layer_norm(f"{name}_norm_1", (tokens, width)),
        dense(f"{name}_qkv", width, 3 * width, leading=leading, initial=each),
        attention(f"{name}_attention", tokens, width),
        dense(f"{name}_projection", width, width, leading=leading),
        layer_norm(f"{name}_norm_2", (tokens, width)),
        dense(f"{name}_expand", width, 4 * width, leading=leading),
        dense(f"{name}_contract", 4 * width, width, leading=leading),
    ]
    return in_block(name, layers)


def _misfit(parameters: Mapping[str, Any], dataset: DatasetInfo) -> str:
    _, width, heads = _size(parameters)
    if width % heads:
        return f"the width {width} cannot be shared evenly among {heads} heads: choose a multiple"
    patch, (height, breadth) = parameters["patch_size"], dataset.input_shape[:2]
    if height % patch or breadth % patch:
        fitting = [str(n) for n in range(1, 65) if math.gcd(height, breadth) % n == 0]
        return (
            f"patches of {patch} by {patch} pixels do not cover the images of {dataset.title}, which are "
            f"{breadth} by {height}: give a patch size of {' or '.join(fitting)}"
        )
    return ""


TEMPLATE = Template(
    name="vit",
    title="Vision transformer",
    summary="Attention between patches of an image, as between the words of a sentence",
    reference="Dosovitskiy et al. (2020), An image is worth 16x16 words: Transformers for image recognition at scale",
    inputs=(Input.IMAGE,),
    tasks=(Task.CLASSIFICATION,),
    parameters=(
        Choice(
            name="size",
            title="Size",
            help=(
                "Tiny and small have 12 blocks of width 192 with 3 heads, and of 384 with 6; then depth, width "
                "and heads below count for nothing."
            ),
            default="own",
            options=("own", "tiny", "small"),
        ),
        Integer(
            name="patch_size",
            title="Patch size",
            help="The height and width of the patches that the image is cut into; smaller ones are more.",
            unit="pixels",
            default=4,
            minimum=1,
            maximum=64,
        ),
        Integer(
            name="depth",
            title="Depth",
            help="How many blocks of attention and dense layers follow each other.",
            unit="blocks",
            default=4,
            minimum=1,
            maximum=48,
        ),
        Integer(
            name="width",
            title="Width",
            help="How many numbers stand for a patch: a multiple of the heads.",
            default=64,
            minimum=1,
            maximum=2048,
        ),
        Integer(
            name="heads",
            title="Heads",
            help="Into how many independent parts each block's attention is divided.",
            default=4,
            minimum=1,
            maximum=64,
        ),
        DROPOUT,
    ),
    layers=_layers,
    misfit=_misfit,
    unmatched=(DROPOUT_UNMATCHED,),
    defaults={
        "epochs": 10,
        "optimizer": "adamw",
        "weight_decay": 0.05,
        "schedule": "cosine",
        "gradient_clip": 1.0,
    },
)
