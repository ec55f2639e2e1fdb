"""Layers as a template declares them, known to no framework: enough to count, to estimate and to initialise.

A weight's shape is in the canonical layout, which is Keras's: ``Dense`` kernels are (inputs, outputs),
convolution kernels (height, width, inputs, outputs), those of recurrent layers (inputs, gates * units) with the gates
in Keras's order. A multiply-add counts once; adding a bias, an activation and pooling count as none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Draw(StrEnum):
    """How the initial values of a weight are drawn."""

    CONSTANT = "constant"
    """All are ``scale``."""
    UNIFORM = "uniform"
    """Between -``scale`` and ``scale``."""
    NORMAL = "normal"
    """With the standard deviation ``scale``, around 0."""


@dataclass(frozen=True, slots=True)
class Initial:
    draw: Draw
    scale: float


ZEROS = Initial(Draw.CONSTANT, 0.0)
ONES = Initial(Draw.CONSTANT, 1.0)


def glorot(fan_in: int, fan_out: int) -> Initial:
    """Uniform, after Glorot and Bengio (2010)."""
    return Initial(Draw.UNIFORM, math.sqrt(6.0 / (fan_in + fan_out)))


def he(fan_in: int) -> Initial:
    """Normal, after He et al. (2015), Delving deep into rectifiers."""
    return Initial(Draw.NORMAL, math.sqrt(2.0 / fan_in))


def normal(deviation: float) -> Initial:
    return Initial(Draw.NORMAL, deviation)


@dataclass(frozen=True, slots=True)
class Weight:
    """One array of numbers. One that is not ``trained`` follows the data instead, as batch norm's statistics do."""

    name: str
    shape: tuple[int, ...]
    initial: Initial
    trained: bool = True

    @property
    def size(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Layer:
    """A named layer. ``output_shape`` is that of one sample, channels last; ``multiply_adds`` are those of one sample.

    ``kind`` decides how its weights are moved into a framework; the weights stand in the order of Keras's. ``block`` names the
    module of PyTorch and the model within the Keras model that it is a part of, if these can be computed again (`in_block`).
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    weights: tuple[Weight, ...] = ()
    multiply_adds: int = 0
    block: str = ""

    @property
    def parameter_count(self) -> int:
        """How many numbers are trained."""
        return sum(weight.size for weight in self.weights if weight.trained)


def in_block(name: str, layers: list[Layer]) -> list[Layer]:
    """The layers as a block. Gradient checkpointing keeps what goes into it and computes the rest again."""
    return [replace(layer, block=name) for layer in layers]


def block_names(layers: Iterable[Layer]) -> list[str]:
    """The blocks in the order in which a sample passes them."""
    return list(dict.fromkeys(layer.block for layer in layers if layer.block))


def dense(
    name: str,
    inputs: int,
    outputs: int,
    *,
    leading: tuple[int, ...] = (),
    initial: Initial | None = None,
    bias: bool = True,
) -> Layer:
    """A fully connected layer, by default initialised after Glorot. ``leading`` are the axes that it is applied along."""
    weights = [Weight(f"{name}/kernel", (inputs, outputs), initial or glorot(inputs, outputs))]
    if bias:
        weights.append(Weight(f"{name}/bias", (outputs,), ZEROS))
    multiply_adds = math.prod(leading) * inputs * outputs
    return Layer(name, "dense", (*leading, outputs), tuple(weights), multiply_adds)


def convolution(
    name: str,
    input_shape: tuple[int, ...],
    filters: int,
    kernel_size: int,
    *,
    stride: int = 1,
    initial: Initial | None = None,
    bias: bool = True,
) -> Layer:
    """A 2-D convolution padded so that an output has ceil(size / stride) places; by default initialised as `dense`."""
    height, width, channels = input_shape
    area = kernel_size * kernel_size
    shape = (kernel_size, kernel_size, channels, filters)
    drawn = initial or glorot(area * channels, area * filters)
    weights = [Weight(f"{name}/kernel", shape, drawn)]
    if bias:
        weights.append(Weight(f"{name}/bias", (filters,), ZEROS))
    output = (math.ceil(height / stride), math.ceil(width / stride), filters)
    return Layer(name, "convolution", output, tuple(weights), math.prod(output) * area * channels)


def depthwise_convolution(
    name: str, input_shape: tuple[int, ...], kernel_size: int, *, stride: int = 1
) -> Layer:
    """A 2-D convolution of each channel by itself, without a bias; its kernel is (height, width, channels, 1)."""
    height, width, channels = input_shape
    area = kernel_size * kernel_size
    kernel = Weight(f"{name}/kernel", (kernel_size, kernel_size, channels, 1), he(area))
    output = (math.ceil(height / stride), math.ceil(width / stride), channels)
    return Layer(name, "depthwise convolution", output, (kernel,), math.prod(output) * area)


def transposed_convolution(
    name: str, input_shape: tuple[int, ...], filters: int, size: int
) -> Layer:
    """A 2-D transposed convolution whose stride is its size; its kernel is (height, width, outputs, inputs)."""
    height, width, channels = input_shape
    initial = glorot(size * size * channels, size * size * filters)
    kernel = Weight(f"{name}/kernel", (size, size, filters, channels), initial)
    bias = Weight(f"{name}/bias", (filters,), ZEROS)
    output = (height * size, width * size, filters)
    return Layer(
        name, "transposed convolution", output, (kernel, bias), math.prod(output) * channels
    )


def convolution_1d(
    name: str,
    input_shape: tuple[int, ...],
    filters: int,
    kernel_size: int,
    *,
    initial: Initial | None = None,
) -> Layer:
    """A 1-D convolution of stride 1 that keeps the length, causal or not, dilated or not; kernel (length, inputs, outputs)."""
    steps, channels = input_shape
    drawn = initial or glorot(kernel_size * channels, kernel_size * filters)
    kernel = Weight(f"{name}/kernel", (kernel_size, channels, filters), drawn)
    bias = Weight(f"{name}/bias", (filters,), ZEROS)
    multiply_adds = steps * filters * kernel_size * channels
    return Layer(name, "convolution 1d", (steps, filters), (kernel, bias), multiply_adds)


def batch_norm(name: str, input_shape: tuple[int, ...]) -> Layer:
    """Batch normalisation over the last axis, after Ioffe and Szegedy (2015)."""
    size = (input_shape[-1],)
    weights = (
        Weight(f"{name}/gamma", size, ONES),
        Weight(f"{name}/beta", size, ZEROS),
        Weight(f"{name}/moving_mean", size, ZEROS, trained=False),
        Weight(f"{name}/moving_variance", size, ONES, trained=False),
    )
    return Layer(name, "batch norm", input_shape, weights, math.prod(input_shape))


def layer_norm(name: str, input_shape: tuple[int, ...]) -> Layer:
    """Layer normalisation over the last axis, after Ba, Kiros and Hinton (2016)."""
    size = (input_shape[-1],)
    weights = (Weight(f"{name}/gamma", size, ONES), Weight(f"{name}/beta", size, ZEROS))
    return Layer(name, "layer norm", input_shape, weights, math.prod(input_shape))


def embedding(name: str, length: int, tokens: int, width: int, *, deviation: float = 0.02) -> Layer:
    """A table of a row per token, looked up at ``length`` places."""
    table = Weight(f"{name}/embeddings", (tokens, width), normal(deviation))
    return Layer(name, "embedding", (length, width), (table,))


def lstm(name: str, input_shape: tuple[int, ...], units: int, *, sequences: bool = False) -> Layer:
    """Long short-term memory, gates in the order input, forget, cell, output. PyTorch's second bias stays zero."""
    return _recurrent(name, "lstm", input_shape, units, (4 * units,), 4, sequences=sequences)


def gru(name: str, input_shape: tuple[int, ...], units: int, *, sequences: bool = False) -> Layer:
    """Gated recurrent units, gates in Keras's order: update, reset, new; two biases, of input and of state."""
    return _recurrent(name, "gru", input_shape, units, (2, 3 * units), 3, sequences=sequences)


def _recurrent(
    name: str,
    kind: str,
    input_shape: tuple[int, ...],
    units: int,
    bias: tuple[int, ...],
    gates: int,
    *,
    sequences: bool,
) -> Layer:
    steps, channels = input_shape
    weights = (
        Weight(f"{name}/kernel", (channels, gates * units), glorot(channels, gates * units)),
        Weight(f"{name}/recurrent_kernel", (units, gates * units), glorot(units, gates * units)),
        Weight(f"{name}/bias", bias, ZEROS),
    )
    output = (steps, units) if sequences else (units,)
    return Layer(name, kind, output, weights, steps * gates * units * (channels + units))


def learned(name: str, shape: tuple[int, ...], initial: Initial) -> Layer:
    """Numbers by themselves, such as the embeddings of positions; its one weight is ``NAME/value``."""
    return Layer(name, "learned", shape, (Weight(f"{name}/value", shape, initial),))


def attention(name: str, tokens: int, width: int) -> Layer:
    """What self-attention computes besides its dense layers: every token with every token, scores and sums."""
    return Layer(name, "attention", (tokens, width), (), 2 * tokens * tokens * width)


def pooling(name: str, input_shape: tuple[int, ...]) -> Layer:
    """Pooling over squares of 2 by 2; an odd last row or column is dropped."""
    height, width, channels = input_shape
    return Layer(name, "pooling", (height // 2, width // 2, channels))


def plain(name: str, kind: str, output_shape: tuple[int, ...]) -> Layer:
    """A layer without weights whose shape the template knows, such as ``add`` or ``global pooling``."""
    return Layer(name, kind, output_shape)


def flatten(name: str, input_shape: tuple[int, ...]) -> Layer:
    """All values of a sample in one row, channels last."""
    return Layer(name, "flatten", (math.prod(input_shape),))


def dropout(name: str, input_shape: tuple[int, ...]) -> Layer:
    return Layer(name, "dropout", input_shape)
