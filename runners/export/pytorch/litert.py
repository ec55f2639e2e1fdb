"""LiteRT, by litert-torch, which fixes the number of samples."""

from __future__ import annotations

import litert_torch
import torch

from runners.export.pytorch.graph import example
from runners.export.runtimes.litert import FILE
from runners.export.trained import ExportError, Trained
from runners.export.voice import in_words


def make(trained: Trained) -> tuple[str, ...]:
    """Raises ExportError."""
    given = {trained.input.name: example(trained, 1)}
    try:
        with torch.no_grad():
            model = litert_torch.convert(trained.model, sample_kwargs=given)
    except Exception as error:
        raise ExportError(f"litert-torch cannot convert this model: {in_words(error)}") from error
    (trained.folder / FILE).write_bytes(model.model_content())
    return ("It takes one sample at a time, as litert-torch fixes their number",)
