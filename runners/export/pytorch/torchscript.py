"""TorchScript, by tracing: of the model itself, or where that would fix the number of samples, of the graph of torch.export."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import nn

from runners.export.pytorch.graph import example, exported, save
from runners.export.runtimes.torchscript import FILE
from runners.export.trained import ExportError, Trained


def make(trained: Trained) -> tuple[str, ...]:
    """Raises ExportError."""
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # that it is deprecated, which the format says itself
        traced = _traced(trained, trained.model)
        if not _takes_any_number(traced, trained):
            traced = _traced(trained, exported(trained).module())
        if not _takes_any_number(traced, trained):
            raise ExportError("TorchScript would take only one number of samples: the model's code computes with it")  # fmt: skip
        trained.tell("writing the file", 0.9)
        save(trained.folder / FILE, lambda file: torch.jit.save(traced, file))
    return ("PyTorch has deprecated TorchScript: torch.export is what it goes on with",)


def _traced(trained: Trained, model: nn.Module) -> Any:
    given = (example(trained),)
    return torch.jit.trace(model, given, check_trace=False)  # type: ignore[no-untyped-call]


def _takes_any_number(traced: Any, trained: Trained) -> bool:
    """Whether it gives what the model gives for another number of samples than it was traced with."""
    x = example(trained, 3)
    try:
        return torch.allclose(traced(x), trained.model(x), rtol=1e-3, atol=1e-4, equal_nan=True)
    except RuntimeError:
        return False
