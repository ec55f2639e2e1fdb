"""Layers as a template declares them, known to no framework: enough to count, to estimate and to initialise.

A weight's shape is in the canonical layout, which is Keras's: ``Dense`` kernels are (inputs, outputs),
convolution kernels (height, width, inputs, outputs).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weight:
    """One array of numbers that is learned. ``limit`` bounds its uniform initial values; 0 means zeros."""

    name: str
    shape: tuple[int, ...]
    limit: float

    @property
    def size(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Layer:
    """A named layer. ``output_shape`` is that of one sample, channels last."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    weights: tuple[Weight, ...] = ()

    @property
    def parameter_count(self) -> int:
        return sum(weight.size for weight in self.weights)


def dense(name: str, inputs: int, outputs: int) -> Layer:
    """A fully connected layer, initialised after Glorot and Bengio (2010)."""
    kernel = Weight(f"{name}/kernel", (inputs, outputs), _glorot_limit(inputs, outputs))
    bias = Weight(f"{name}/bias", (outputs,), 0.0)
    return Layer(name, "dense", (outputs,), (kernel, bias))


def convolution(name: str, input_shape: tuple[int, ...], filters: int, kernel_size: int) -> Layer:
    """A 2-D convolution of stride 1 that keeps height and width, initialised as `dense`."""
    height, width, channels = input_shape
    area = kernel_size * kernel_size
    limit = _glorot_limit(area * channels, area * filters)
    kernel = Weight(f"{name}/kernel", (kernel_size, kernel_size, channels, filters), limit)
    bias = Weight(f"{name}/bias", (filters,), 0.0)
    return Layer(name, "convolution", (height, width, filters), (kernel, bias))


def pooling(name: str, input_shape: tuple[int, ...]) -> Layer:
    """Pooling over squares of 2 by 2; an odd last row or column is dropped."""
    height, width, channels = input_shape
    return Layer(name, "pooling", (height // 2, width // 2, channels))


def flatten(name: str, input_shape: tuple[int, ...]) -> Layer:
    """All values of a sample in one row, channels last."""
    return Layer(name, "flatten", (math.prod(input_shape),))


def dropout(name: str, input_shape: tuple[int, ...]) -> Layer:
    return Layer(name, "dropout", input_shape)


def _glorot_limit(fan_in: int, fan_out: int) -> float:
    return math.sqrt(6.0 / (fan_in + fan_out))
