"""What the residual network for tables declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runners.datasets.dataset import Input, Task
from runners.parameters import Integer, Real
from runners.templates.common import DROPOUT_UNMATCHED
from runners.templates.layers import Layer, batch_norm, dense, dropout, plain
from runners.templates.template import ModelShape, Template


def _layers(parameters: Mapping[str, Any], model: ModelShape) -> list[Layer]:
    width = parameters["width"]
    layers = [dense("input", model.inputs[0], width, bias=False)]
    for number in range(1, parameters["blocks"] + 1):
        layers += _block(f"block_{number}", width, parameters["hidden_width"])
    return [*layers, batch_norm("norm", (width,)), dense("output", width, model.outputs)]


def _block(name: str, width: int, hidden_width: int) -> list[Layer]:
    return [
        batch_norm(f"{name}_norm", (width,)),
        dense(f"{name}_hidden", width, hidden_width),
        dropout(f"{name}_hidden_dropout", (hidden_width,)),
        dense(f"{name}_back", hidden_width, width, bias=False),
        dropout(f"{name}_dropout", (width,)),
        plain(f"{name}_add", "add", (width,)),
    ]


TEMPLATE = Template(
    name="tabular_resnet",
    title="Residual network for tables",
    summary="Blocks that each add a correction to what they are given: a strong network for tables",
    reference=(
        "Gorishniy, Rubachev, Khrulkov and Babenko (2021), Revisiting deep learning models for tabular "
        "data (here without the biases that batch normalisation takes away again)"
    ),
    inputs=(Input.FEATURES,),
    tasks=(Task.CLASSIFICATION, Task.REGRESSION),
    parameters=(
        Integer(
            name="blocks",
            title="Blocks",
            help="How many residual blocks follow each other.",
            default=2,
            minimum=1,
            maximum=32,
        ),
        Integer(
            name="width",
            title="Width",
            help="How many units go from block to block.",
            unit="units",
            default=128,
            minimum=1,
            maximum=8192,
        ),
        Integer(
            name="hidden_width",
            title="Hidden width",
            help="How many units there are within each block.",
            unit="units",
            default=256,
            minimum=1,
            maximum=8192,
        ),
        Real(
            name="dropout",
            title="Dropout",
            help="The share of units within a block that is set to zero at random in each training step.",
            default=0.2,
            minimum=0.0,
            maximum=0.9,
        ),
        Real(
            name="residual_dropout",
            title="Residual dropout",
            help="The same for what a block adds.",
            default=0.0,
            minimum=0.0,
            maximum=0.9,
        ),
    ),
    layers=_layers,
    unmatched=(DROPOUT_UNMATCHED,),
    defaults={"optimizer": "adamw", "weight_decay": 1e-4, "epochs": 30},
)
