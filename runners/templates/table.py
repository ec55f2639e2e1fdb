"""The layers of a model as a table, before there is a model: shapes, parameters, multiply-adds and memory.

Everything follows from what the template declares, so it is the same in every framework. Standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from runners.templates.layers import Layer

FLOAT32_BYTES = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One layer. ``output_shape`` and ``multiply_adds`` are those of one sample, memory is for a batch in float32."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    trained: int
    """How many numbers are trained."""
    fixed: int
    """How many numbers are not, such as the running means of batch normalisation."""
    multiply_adds: int
    """In a forward pass."""
    weight_bytes: int
    activation_bytes: int
    """Of what the layer gives for a batch, which training keeps for the backward pass."""
    recomputed: bool = False
    """Whether gradient checkpointing lets it go and computes it again."""


@dataclass(frozen=True, slots=True)
class LayerTable:
    """The layers in the order in which a sample passes them, and their sums."""

    rows: tuple[Row, ...]
    batch_size: int
    kept_bytes: int
    """Of ``activation_bytes``, what is there at once when the way back begins: see `kept_numbers`."""

    @property
    def trained(self) -> int:
        return sum(row.trained for row in self.rows)

    @property
    def fixed(self) -> int:
        return sum(row.fixed for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        return sum(row.multiply_adds for row in self.rows)

    @property
    def weight_bytes(self) -> int:
        return sum(row.weight_bytes for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        return sum(row.activation_bytes for row in self.rows)


def layer_table(
    layers: Iterable[Layer], batch_size: int, *, recomputed: bool = False
) -> LayerTable:
    """The table of a template's layers for batches of so many samples; ``recomputed`` is the parameter ``gradient_checkpointing``."""
    layers = list(layers)
    ends = {layer.block: layer.name for layer in layers}
    rows = tuple(
        _row(
            layer, batch_size, recomputed and layer.block != "" and ends[layer.block] != layer.name
        )
        for layer in layers
    )
    kept = kept_numbers(layers, recomputed=recomputed)
    return LayerTable(rows, batch_size, kept * batch_size * FLOAT32_BYTES)


def kept_numbers(layers: Iterable[Layer], *, recomputed: bool) -> int:
    """How many of the numbers that layers give for a sample are there at once when the way back begins.

    All of them, or, where blocks are computed again (Chen et al., 2016), what goes out of each and the inside of the largest.
    It follows from the declared layers, so it is the same in every framework. What PyTorch saves for the backward pass of the templates
    with blocks was measured as 0.8 to 1.4 times as much, with and without; TensorFlow does not tell what it saves.
    """
    inside: dict[str, list[int]] = {}
    kept = 0
    for layer in layers:
        size = math.prod(layer.output_shape)
        if recomputed and layer.block:
            inside.setdefault(layer.block, []).append(size)
        else:
            kept += size
    ends = sum(sizes[-1] for sizes in inside.values())
    return kept + ends + max((sum(sizes[:-1]) for sizes in inside.values()), default=0)


def _row(layer: Layer, batch_size: int, recomputed: bool) -> Row:
    every = sum(weight.size for weight in layer.weights)
    return Row(
        name=layer.name,
        kind=layer.kind,
        output_shape=layer.output_shape,
        trained=layer.parameter_count,
        fixed=every - layer.parameter_count,
        multiply_adds=layer.multiply_adds,
        weight_bytes=every * FLOAT32_BYTES,
        activation_bytes=math.prod(layer.output_shape) * batch_size * FLOAT32_BYTES,
        recomputed=recomputed,
    )
