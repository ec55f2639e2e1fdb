"""Moving weights between the canonical layout and a PyTorch model, by type and name of the layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from runners.templates.initial import Weights
from runners.templates.layers import Layer

_AXES = {"dense": (1, 0), "convolution": (3, 2, 0, 1)}
"""How a canonical kernel is transposed: (in, out) to (out, in), HWIO to OIHW."""


def load_weights(model: nn.Module, layers: Iterable[Layer], weights: Weights) -> None:
    """Copy every weight into the model. Raises KeyError or RuntimeError where they do not match."""
    with torch.no_grad():
        for name, parameter, axes in _matched(model, layers):
            array = weights[name]
            parameter.copy_(torch.from_numpy(array.transpose(axes) if axes else array))


def read_weights(model: nn.Module, layers: Iterable[Layer]) -> Weights:
    """A copy of every weight of the model."""
    weights: Weights = {}
    for name, parameter, axes in _matched(model, layers):
        array = parameter.detach().cpu().numpy()
        back = tuple(int(axis) for axis in np.argsort(axes)) if axes else None
        weights[name] = np.array(array.transpose(back) if back else array)
    return weights


def _matched(
    model: nn.Module, layers: Iterable[Layer]
) -> Iterator[tuple[str, Tensor, tuple[int, ...] | None]]:
    """Each weight's name, its tensor in the model, and the axes that its kernel is transposed by."""
    modules = {path.rpartition(".")[2]: module for path, module in model.named_modules()}
    for layer in layers:
        if layer.weights:
            module = modules[layer.name]
            yield f"{layer.name}/kernel", module.get_parameter("weight"), _AXES[layer.kind]
            yield f"{layer.name}/bias", module.get_parameter("bias"), None
