"""A ``.pt2`` of torch.export in PyTorch, on the CPU."""

from __future__ import annotations

from pathlib import Path

import torch

from runners.export.manifest import Manifest
from runners.export.runtimes import Array, Predictor

FILE = "model.pt2"


class TorchModule:
    """Whatever PyTorch calls with a tensor."""

    def __init__(self, module: torch.nn.Module, threads: int) -> None:
        if threads:
            torch.set_num_threads(threads)
        self._module = module

    def predict(self, x: Array) -> Array:
        with torch.inference_mode():
            given: Array = self._module(torch.from_numpy(x)).numpy()
        return given


def load(folder: Path, manifest: Manifest, threads: int) -> Predictor:
    """Raises whatever PyTorch raises for a damaged file."""
    del manifest
    return TorchModule(torch.export.load(folder / FILE).module(), threads)
