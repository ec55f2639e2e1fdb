"""What an export is made from, and the errors that a person can mend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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


class FrameworkPackage(Protocol):
    """``runners.export.pytorch`` and ``runners.export.tensorflow``, which import their framework when they are asked, not before."""

    MAKERS: Mapping[str, Maker]
    """By the ids of the formats, all of the framework's but ``trained``."""


class WrappingModule(Protocol):
    """``wrapping`` in each of these packages."""

    def wrapped(self, model: Any, setup: Setup) -> Any:
        """`Trained.model` of what `Engine.deployed` gives."""

    def outputs(self, model: Any, x: Array) -> Array:
        """What a wrapped model gives for a batch."""


class WeightsModule(Protocol):
    """``weights`` in each of these packages."""

    def load(self, setup: Setup, folder: Path) -> Any:
        """The template's model, unwrapped, with the weights that the maker of ``safetensors`` wrote into the folder."""
