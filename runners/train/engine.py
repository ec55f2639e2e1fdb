"""What the training loop asks of a framework."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from runners.templates.initial import Weights
from runners.train.setup import Setup, TrainerError

Bytes = NDArray[np.uint8]


class Engine(Protocol):
    """A model with its optimizer in one framework.

    Images are unsigned bytes of shape (samples, height, width, channels), labels (samples,).
    """

    checkpoint_suffix: str

    def train_step(self, images: Bytes, labels: Bytes, learning_rate: float) -> tuple[float, int]:
        """One step of the optimizer. Returns the batch's mean loss before it, and how many were right."""

    def evaluate(self, images: Bytes, labels: Bytes) -> tuple[float, NDArray[np.int64]]:
        """The summed loss of a batch, and the class that the model gives each sample."""

    def weights(self) -> Weights:
        """A copy of the weights in the canonical layout."""

    def save(self, path: Path) -> None:
        """Write weights and the optimizer's state."""

    def environment(self) -> Mapping[str, Any]:
        """``packages`` (name: version), ``device`` (its name), ``threads`` and what else is known."""


class EngineModule(Protocol):
    def create_engine(self, setup: Setup) -> Engine:
        """Build the model with its initial weights. Raises TrainerError."""


def import_engine(setup: Setup) -> EngineModule:
    """The module that speaks to the framework, which is imported with it. Raises TrainerError."""
    framework = setup.framework
    try:
        module = import_module(f"runners.train.{framework}_engine")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != framework.package:
            raise
        raise TrainerError(
            f"{framework.title} is not installed for this interpreter: install the package "
            f"{framework.package}, or choose another interpreter"
        ) from error
    return cast(EngineModule, module)
