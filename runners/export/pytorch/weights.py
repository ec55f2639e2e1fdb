"""The weights alone, as ``model.safetensors``, by the names of the model's ``state_dict``."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from runners.export.preparing import build
from runners.export.pytorch.wrapping import unwrapped
from runners.export.trained import Trained
from runners.train.setup import Setup

FILE = "model.safetensors"


def make(trained: Trained) -> tuple[str, ...]:
    """Raises OSError."""
    tensors = unwrapped(trained.model).state_dict()
    template = trained.setup.template.name
    save_file(_apart(tensors), trained.folder / FILE, {"format": "pt", "template": template})
    return ("Its names are those of the model's state_dict: load_state_dict(load_file(...)) takes them",)  # fmt: skip


def load(setup: Setup, folder: Path) -> nn.Module:
    """The template's model with these weights. Raises RuntimeError where they are of another, or SafetensorError."""
    model: nn.Module = build(setup)
    model.load_state_dict(load_file(folder / FILE))
    return model.eval()


def _apart(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Each in memory of its own, as the file wants them."""
    return {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
