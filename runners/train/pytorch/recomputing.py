"""Gradient checkpointing in PyTorch: blocks keep what goes into them, and compute the rest again on the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

from runners.templates.layers import Layer, block_names
from runners.train.pytorch.weights import find

Contexts = tuple[AbstractContextManager[None], AbstractContextManager[None]]


def recompute_blocks(model: nn.Module, layers: Iterable[Layer]) -> None:
    """From now on, after Chen et al. (2016). Raises LookupError where the model has no module of a declared block."""
    for name in block_names(layers):
        block = find(model, name)
        block.forward = _recomputed(block, block.forward)


def _recomputed(block: nn.Module, forward: Callable[..., Any]) -> Callable[..., Any]:
    def contexts() -> Contexts:
        return nullcontext(), _statistics_kept(block)

    def recomputed(*inputs: Any) -> Any:
        if not torch.is_grad_enabled():
            return forward(*inputs)
        if torch.compiler.is_compiling():  # the compiler takes care of the statistics itself
            return checkpoint(forward, *inputs, use_reentrant=False)
        return checkpoint(forward, *inputs, use_reentrant=False, context_fn=contexts)

    return recomputed


@contextmanager
def _statistics_kept(block: nn.Module) -> Iterator[None]:
    """Let batch norm's running statistics not follow a batch for the second time."""
    norms = [module for module in block.modules() if isinstance(module, _BatchNorm)]
    before = [(norm.momentum, norm.num_batches_tracked) for norm in norms]
    for norm in norms:
        norm.momentum, norm.num_batches_tracked = 0.0, None
    try:
        yield
    finally:
        for norm, (momentum, count) in zip(norms, before, strict=True):
            norm.momentum, norm.num_batches_tracked = momentum, count
