"""A package of AOTInductor in PyTorch, on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch

from runners.export.manifest import Manifest
from runners.export.runtimes import Predictor
from runners.export.runtimes.exported_program import TorchModule

FILE = "model.pt2"


def load(folder: Path, manifest: Manifest, threads: int) -> Predictor:
    """Raises whatever PyTorch raises for a damaged file, or one of another kind of machine."""
    del manifest
    compiled: Any = torch._inductor.aoti_load_package(str(folder / FILE))
    return TorchModule(cast("torch.nn.Module", compiled), threads)
