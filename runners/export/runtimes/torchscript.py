"""TorchScript in PyTorch, on the CPU."""

from __future__ import annotations

from pathlib import Path

import torch

from runners.export.manifest import Manifest
from runners.export.runtimes import Predictor
from runners.export.runtimes.exported_program import TorchModule

FILE = "model.pt"


def load(folder: Path, manifest: Manifest, threads: int) -> Predictor:
    """Raises whatever PyTorch raises for a damaged file."""
    del manifest
    module = torch.jit.load(folder / FILE, map_location="cpu")  # type: ignore[no-untyped-call]
    return TorchModule(module.eval(), threads)
