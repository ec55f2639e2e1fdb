"""torch.export's own file."""

from __future__ import annotations

import torch

from runners.export.pytorch.graph import exported, save
from runners.export.runtimes.exported_program import FILE
from runners.export.trained import Trained


def make(trained: Trained) -> tuple[str, ...]:
    """Raises ExportError."""
    program = exported(trained)
    trained.tell("writing the file", 0.8)
    save(trained.folder / FILE, lambda file: torch.export.save(program, file))
    return ()
