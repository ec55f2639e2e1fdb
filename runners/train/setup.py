"""What an engine is built from, and the errors that a person can mend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runners.datasets.dataset import DatasetInfo, Task
from runners.datasets.vocabulary import Vocabulary
from runners.protocol import Framework, Mode
from runners.templates.template import Template


class TrainerError(Exception):
    """The training cannot go on; the message says why and what to do."""


class NoGpuError(TrainerError):
    """The framework finds no GPU where it was given one."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """``device`` is ``cpu``, ``cuda`` (ROCm's too), ``mps`` or, for TensorFlow, ``tpu``, ``dtype`` the type of weights, ``float32`` or ``float64``.

    ``replicas`` is how many copies of the model train together, each on a GPU of its own or all on the CPU.
    """

    framework: Framework
    mode: Mode
    device: str
    template: Template
    dataset: DatasetInfo
    parameters: Mapping[str, Any]
    seed: int
    dtype: str = "float32"
    replicas: int = 1
    class_weights: tuple[float, ...] = ()
    """How much each class counts in training, 1 on average over the samples; () where all count the same."""
    vocabulary: Vocabulary | None = None
    """The texts of the tokens, where the dataset has any."""

    @property
    def task(self) -> Task:
        return self.template.task(self.dataset)
