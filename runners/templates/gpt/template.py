"""What the language model declares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from runners.datasets.dataset import DatasetInfo, Input, Task
from runners.parameters import Integer
from runners.templates.common import DROPOUT, DROPOUT_UNMATCHED
from runners.templates.layers import (
    Layer,
    attention,
    dense,
    embedding,
    in_block,
    layer_norm,
    learned,
    normal,
)
from runners.templates.template import ModelShape, Template

_DEVIATION = 0.02


def _layers(parameters: Mapping[str, Any], shape: ModelShape) -> list[Layer]:
    width, depth, context = parameters["width"], parameters["depth"], shape.inputs[0]
    layers = [
        embedding("tokens", context, shape.vocabulary, width, deviation=_DEVIATION),
        learned("positions", (context, width), normal(_DEVIATION)),
    ]
    for number in range(1, depth + 1):
        layers += _block(f"block_{number}", context, width, depth)
    scores = context * width * shape.outputs
    return [
        *layers,
        layer_norm("norm", (context, width)),
        Layer("output", "dense, tied", (context, shape.outputs), (), scores),
    ]


def _block(name: str, context: int, width: int, depth: int) -> list[Layer]:
    """What is added to the tokens is drawn smaller, since 2 * depth such things are added up."""
    leading, drawn = (context,), normal(_DEVIATION)
    added = normal(_DEVIATION / math.sqrt(2 * depth))
    layers = [
        layer_norm(f"{name}_norm_1", (context, width)),
        dense(f"{name}_qkv", width, 3 * width, leading=leading, initial=drawn),
        attention(f"{name}_attention", context, width),
        dense(f"{name}_projection", width, width, leading=leading, initial=added),
        layer_norm(f"{name}_norm_2", (context, width)),
        dense(f"{name}_expand", width, 4 * width, leading=leading, initial=drawn),
        dense(f"{name}_contract", 4 * width, width, leading=leading, initial=added),
    ]
    return in_block(name, layers)


def _misfit(parameters: Mapping[str, Any], _dataset: DatasetInfo) -> str:
    width, heads = parameters["width"], parameters["heads"]
    if width % heads:
        return f"the width {width} cannot be shared evenly among {heads} heads: choose a multiple"
    return ""


TEMPLATE = Template(
    name="gpt",
    title="Language model (GPT)",
    summary="Learns to tell the next token of a text from those before it, and so to write",
    reference="Radford et al. (2019), Language models are unsupervised multitask learners (GPT-2)",
    inputs=(Input.TOKENS,),
    tasks=(Task.TEXT_GENERATION,),
    parameters=(
        Integer(
            name="context",
            title="Context",
            help="How many tokens before the next one it sees.",
            unit="tokens",
            default=128,
            minimum=1,
            maximum=4096,
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
            help="How many numbers stand for a token: a multiple of the heads.",
            default=128,
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
        "batch_size": 32,
        "optimizer": "adamw",
        "weight_decay": 0.1,
        "schedule": "cosine",
        "gradient_clip": 1.0,
    },
)
