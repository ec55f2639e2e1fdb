"""Batch norm of a batch whose samples lie on several devices: its statistics are those of the whole batch, as on one device."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

_PLAIN = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def synchronise(model: nn.Module) -> list[str]:
    """Let its layers of batch norm take their statistics from all devices. Returns the names of those that cannot.

    On GPUs PyTorch's own layers take the place of the plain ones; it has none for the CPU. A layer with a way of its own is synchronised
    if it says by ``corrected`` whether its running variance follows that of the population (n - 1), which the plain ones' does.
    """
    left = []
    for path, layer in list(model.named_modules()):
        if not isinstance(layer, _BatchNorm):
            continue
        if type(layer) in _PLAIN and layer.weight is not None and layer.weight.is_cuda:
            parent, _, name = path.rpartition(".")
            new = nn.SyncBatchNorm.convert_sync_batchnorm(layer)  # type: ignore[no-untyped-call]
            setattr(model.get_submodule(parent), name, new)
        elif type(layer) in _PLAIN or hasattr(layer, "corrected"):
            layer.forward = partial(_forward, layer, layer.forward)  # type: ignore[method-assign]
        else:
            left.append(path)
    return left


def _forward(layer: _BatchNorm, alone: Any, x: Tensor) -> Tensor:
    if not layer.training:
        return cast("Tensor", alone(x))
    values = x.to(layer.running_mean.dtype if layer.running_mean is not None else x.dtype)
    axes = [0, *range(2, x.ndim)]
    shape = [1, -1, *[1] * (x.ndim - 2)]
    sums = torch.cat([values.sum(axes), values.new_tensor([values.numel() / values.shape[1]])])
    sums = summed(sums)
    count = sums[-1].detach()
    mean = sums[:-1] / count
    centred = values - mean.view(shape)
    variance = summed(centred.square().sum(axes)) / count
    _follow(layer, mean, variance, count)
    outputs = centred * torch.rsqrt(variance + layer.eps).view(shape)
    if layer.affine:
        outputs = outputs * layer.weight.view(shape) + layer.bias.view(shape)
    return outputs.to(x.dtype)


@torch.no_grad()
def _follow(layer: _BatchNorm, mean: Tensor, variance: Tensor, count: Tensor) -> None:
    """Move the running statistics towards those of the batch."""
    if layer.running_mean is None or layer.running_var is None:
        return
    if layer.num_batches_tracked is not None:
        layer.num_batches_tracked.add_(1)
    share = layer.momentum
    if share is None:
        share = 1 / float(layer.num_batches_tracked or 1)
    if getattr(layer, "corrected", True):
        variance = variance * (count / (count - 1))
    layer.running_mean.lerp_(mean, share)
    layer.running_var.lerp_(variance, share)


def summed(values: Tensor) -> Tensor:
    """The sum over all devices, through which gradients flow back."""
    return cast("Tensor", _Sum.apply(values))  # type: ignore[no-untyped-call]


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        del ctx
        values = values.clone()
        dist.all_reduce(values)
        return values

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        del ctx
        gradient = gradients[0].clone()
        dist.all_reduce(gradient)
        return gradient
