"""What an export is made from, and the errors that a person can mend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from runners.export.manifest import Tensor
from runners.train.engine import Array
from runners.train.setup import Setup


class ExportError(Exception):
    """The export cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class Trained:
    """A trained model, ready to be exported.

    ``model`` is a ``torch.nn.Module`` on the CPU in evaluation mode, or a ``keras.Model``. It takes one tensor, a batch as ``input`` says, and gives one, as
    ``output`` says; scaling of images is part of it, and so is taking the mean of an autoencoder's codes.
    ``samples`` are held-out inputs of the type of ``input``; ``calibration`` gives batches of so many training inputs of the same type.
    ``folder`` is where the files go. ``tell`` is told what is being done and the fraction done, and may raise to cancel.
    """

    setup: Setup
    model: Any
    input: Tensor
    output: Tensor
    samples: Array
    calibration: Callable[[int], Iterator[Array]]
    folder: Path
    tell: Callable[[str, float], None]


class Maker(Protocol):
    """Writes the files of a format into ``trained.folder``. Returns notes for the person who uses them. Raises ExportError, or whatever the framework raises."""

    def __call__(self, trained: Trained) -> tuple[str, ...]: ...
