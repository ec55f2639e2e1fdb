"""Moving weights between the canonical layout and a PyTorch model, by type and name of the layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from runners.templates.initial import Weights
from runners.templates.layers import Layer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Move:
    """How a canonical weight becomes a tensor: its axes in another order, its gates (along the last axis) too.

    ``row`` is the row of a weight of several that is meant.
    """

    weight: str
    attribute: str
    axes: tuple[int, ...] = ()
    gates: tuple[int, ...] = ()
    row: int | None = None

    def to_pytorch(self, array: NDArray[Any]) -> NDArray[Any]:
        if self.row is not None:
            array = array[self.row]
        array = _in_order(array, self.gates)
        return np.ascontiguousarray(array.transpose(self.axes) if self.axes else array)

    def to_canonical(self, array: NDArray[Any]) -> NDArray[Any]:
        if self.axes:
            array = array.transpose(np.argsort(self.axes))
        return np.array(_in_order(array, tuple(np.argsort(self.gates))))


def _in_order(array: NDArray[Any], gates: tuple[int, ...]) -> NDArray[Any]:
    if not gates:
        return array
    parts = np.split(array, len(gates), axis=-1)
    return np.concatenate([parts[gate] for gate in gates], axis=-1)


_BIAS = _Move("bias", "bias")
_GRU = (1, 0, 2)
"""Keras's gates are update, reset, new; PyTorch's reset, update, new."""
_MOVES: dict[str, tuple[_Move, ...]] = {
    "dense": (_Move("kernel", "weight", (1, 0)), _BIAS),
    "convolution": (_Move("kernel", "weight", (3, 2, 0, 1)), _BIAS),
    "depthwise convolution": (_Move("kernel", "weight", (2, 3, 0, 1)),),
    "transposed convolution": (_Move("kernel", "weight", (3, 2, 0, 1)), _BIAS),
    "convolution 1d": (_Move("kernel", "weight", (2, 1, 0)), _BIAS),
    "batch norm": (
        _Move("gamma", "weight"),
        _Move("beta", "bias"),
        _Move("moving_mean", "running_mean"),
        _Move("moving_variance", "running_var"),
    ),
    "layer norm": (_Move("gamma", "weight"), _Move("beta", "bias")),
    "embedding": (_Move("embeddings", "weight"),),
    "lstm": (
        _Move("kernel", "weight_ih_l0", (1, 0)),
        _Move("recurrent_kernel", "weight_hh_l0", (1, 0)),
        _Move("bias", "bias_ih_l0"),
    ),
    "gru": (
        _Move("kernel", "weight_ih_l0", (1, 0), _GRU),
        _Move("recurrent_kernel", "weight_hh_l0", (1, 0), _GRU),
        _Move("bias", "bias_ih_l0", (), _GRU, 0),
        _Move("bias", "bias_hh_l0", (), _GRU, 1),
    ),
}


def load_weights(model: nn.Module, layers: Iterable[Layer], weights: Weights) -> None:
    """Copy every weight into the model. Raises LookupError, AttributeError or RuntimeError where they do not match.

    The second bias of an LSTM, which Keras has not, becomes zero and is not trained.
    """
    layers = list(layers)
    with torch.no_grad():
        for name, move, tensor in _matched(model, layers):
            tensor.copy_(torch.from_numpy(move.to_pytorch(weights[name])))
        for layer in layers:
            if layer.kind == "lstm":
                second = find(model, layer.name).bias_hh_l0
                second.zero_()
                second.requires_grad_(requires_grad=False)


def read_weights(model: nn.Module, layers: Iterable[Layer]) -> Weights:
    """A copy of every weight of the model."""
    rows: dict[str, list[NDArray[Any]]] = {}
    for name, move, tensor in _matched(model, layers):
        array = move.to_canonical(tensor.detach().cpu().numpy())
        rows.setdefault(name, []).append(array)
    return {name: found[0] if len(found) == 1 else np.stack(found) for name, found in rows.items()}


def _matched(model: nn.Module, layers: Iterable[Layer]) -> Iterator[tuple[str, _Move, Tensor]]:
    """Each weight's name, how it is moved, and its tensor in the model."""
    for layer in layers:
        if layer.kind == "learned":
            yield f"{layer.name}/value", _Move("value", ""), _find_parameter(model, layer.name)
            continue
        names = {weight.name for weight in layer.weights}
        module = find(model, layer.name) if names else model
        for move in _MOVES[layer.kind] if names else ():
            if f"{layer.name}/{move.weight}" in names:
                yield f"{layer.name}/{move.weight}", move, getattr(module, move.attribute)


def find(model: nn.Module, name: str) -> Any:
    """The module of a declared layer: its path, with "." read as "_", is the name or ends with it. Raises LookupError."""
    return _only(name, dict(model.named_modules()))


def _find_parameter(model: nn.Module, name: str) -> Tensor:
    return _only(name, dict(model.named_parameters()))


def _only(name: str, found: dict[str, T]) -> T:
    exact = [item for path, item in found.items() if path.replace(".", "_") == name]
    if exact:
        return exact[0]
    ends = [item for path, item in found.items() if _ends_with(path, name)]
    if len(ends) != 1:
        raise LookupError(f"the PyTorch model has {len(ends)} parts whose path ends with {name!r}")
    return ends[0]


def _ends_with(path: str, name: str) -> bool:
    parts = path.split(".")
    return any("_".join(parts[first:]) == name for first in range(1, len(parts)))
