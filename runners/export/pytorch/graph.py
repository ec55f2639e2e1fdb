"""The graph of a model, by torch.export, for any number of samples."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.export import Dim, ExportedProgram, export

from runners.export.trained import ExportError, Trained
from runners.export.voice import in_words
from runners.templates.own import line_in
from runners.templates.template import Template


def exported(trained: Trained) -> ExportedProgram:
    """Raises ExportError where the model's code cannot be followed."""
    dynamic = {"input": {0: Dim.DYNAMIC}}
    errors = []
    for strict in (False, True):  # the strict way follows a little more, and takes longer
        try:
            with torch.no_grad():
                return export(
                    trained.model, (example(trained),), dynamic_shapes=dynamic, strict=strict
                )
        except Exception as error:
            errors.append(error)
    raise ExportError(_told(errors[0], trained.setup.template)) from errors[0]


def _told(error: Exception, template: Template) -> str:
    """Names the line of a template of the user's."""
    place = line_in(error, template.folder) if template.folder else ""
    where = f" ({template.name}/{place})" if place else ""
    return (
        f"torch.export cannot follow the code of this model{where}: {in_words(error)}. No branch may depend on values, and the "
        "number of samples must stay free"
    )


def save(path: Path, write: Callable[[BytesIO], object]) -> None:
    """Write a file by way of memory. Raises OSError.

    Where the disk is full, PyTorch's own writer ends the process.
    """
    file = BytesIO()
    write(file)
    path.write_bytes(file.getbuffer())


def example(trained: Trained, count: int = 2) -> Tensor:
    """So many samples. Of one sample exporters would take the number for fixed."""
    return torch.from_numpy(trained.samples[np.arange(count) % len(trained.samples)])
