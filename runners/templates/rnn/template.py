"""What the recurrent network declares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from runners.datasets.dataset import Input, Task
from runners.parameters import Choice, Flag, Integer
from runners.templates.common import DROPOUT, DROPOUT_UNMATCHED
from runners.templates.layers import Layer, dense, dropout, embedding, gru, lstm, plain
from runners.templates.template import ModelShape, Template

_CELLS = {"lstm": lstm, "gru": gru}


def _layers(parameters: Mapping[str, Any], model: ModelShape) -> list[Layer]:
    layers = [_first(parameters, model)]
    steps, width = layers[0].output_shape
    for number in range(1, parameters["layers"] + 1):
        for way in ("ahead", "back") if parameters["bidirectional"] else ("ahead",):
            cell = _CELLS[parameters["cell"]]
            name = f"layer_{number}_{way}"
            layers.append(cell(name, (steps, width), parameters["units"], sequences=True))
        width = parameters["units"] * (2 if parameters["bidirectional"] else 1)
        layers.append(dropout(f"dropout_{number}", (steps, width)))
    return [
        *layers,
        plain("mean", "mean of steps", (width,)),
        dense("output", width, model.outputs),
    ]


def _first(parameters: Mapping[str, Any], model: ModelShape) -> Layer:
    """What makes (steps, width) of a sample."""
    steps = model.inputs[0]
    if model.vocabulary:
        return embedding("embedding", steps, model.vocabulary, parameters["embedding_width"])
    return plain("steps", "reshape", (steps, math.prod(model.inputs[1:])))


TEMPLATE = Template(
    name="rnn",
    title="Recurrent network",
    summary="LSTM or GRU that reads text word by word, a series step by step, an image row by row",
    reference=(
        "Hochreiter and Schmidhuber (1997), Long short-term memory; Cho et al. (2014), Learning phrase "
        "representations using RNN encoder-decoder; Schuster and Paliwal (1997), Bidirectional recurrent "
        "neural networks"
    ),
    inputs=(Input.TOKENS, Input.SERIES, Input.IMAGE),
    tasks=(Task.CLASSIFICATION, Task.REGRESSION),
    parameters=(
        Choice(
            name="cell",
            title="Cell",
            help="What remembers: LSTM has three gates and a memory apart, GRU two gates and none.",
            default="lstm",
            options=("lstm", "gru"),
        ),
        Flag(
            name="bidirectional",
            title="Bidirectional",
            help="Whether each layer reads the steps a second time, from the last to the first.",
            default=True,
        ),
        Integer(
            name="layers",
            title="Layers",
            help="How many recurrent layers follow each other.",
            default=1,
            minimum=1,
            maximum=8,
        ),
        Integer(
            name="units",
            title="Units",
            help="How many numbers a layer remembers, in each direction.",
            unit="units",
            default=64,
            minimum=1,
            maximum=4096,
        ),
        Integer(
            name="embedding_width",
            title="Embedding width",
            help="How many numbers stand for a token of text; other data have no embedding.",
            default=64,
            minimum=1,
            maximum=4096,
        ),
        DROPOUT,
    ),
    layers=_layers,
    unmatched=(DROPOUT_UNMATCHED,),
    defaults={"epochs": 10, "learning_rate": 3e-3, "gradient_clip": 1.0},
)
