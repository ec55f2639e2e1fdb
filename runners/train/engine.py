"""What the training loop asks of a framework."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from io import BytesIO
from typing import Any, BinaryIO, Protocol, cast

from numpy.typing import NDArray

from runners.templates.initial import Weights
from runners.train.setup import Setup, TrainerError

Array = NDArray[Any]
Batch = tuple[Array, Array]
OnStep = Callable[[float, float], bool]
"""Is told of a step's loss and the sum of its quick measure, and says whether another one is wanted."""
Outputs = Any
"""What a model gives for a batch: an array whose first axis is the samples, or a tuple of such arrays."""


class CheckpointError(Exception):
    """A checkpoint is damaged or of another model; the message says how that was seen."""


class Engine(Protocol):
    """A model with its optimizer in one framework.

    ``x`` and ``y`` are a batch as the dataset has them (`runners.datasets.dataset.DatasetInfo`), the first axis the samples.
    """

    checkpoint_suffix: str

    def train_step(self, x: Array, y: Array, learning_rate: float) -> tuple[float, float]:
        """One step of the optimizer. Returns the batch's loss before it, and the sum of its quick measure."""

    def train_epoch(
        self, batches: Iterator[Batch], rate: Callable[[], float], on_step: OnStep
    ) -> None:
        """A step for each batch, with the learning rate that ``rate`` gives before it, until there are no more or none is wanted.

        ``on_step`` is called between two steps; what it raises ends the epoch and comes through. Batches may be asked for ahead.
        """

    def evaluate(self, x: Array, y: Array) -> tuple[float, Outputs]:
        """The summed loss of a batch, and what its evaluation is given: what the model gives, or less."""

    def predict(self, *arrays: Array, part: str = "") -> Outputs:
        """What the model, or the method of it that ``part`` names, gives for a batch of inputs."""

    def deployed(self) -> Any:
        """The model as it is used after training: a ``torch.nn.Module`` or a ``keras.Model`` that takes what the template says,
        with the averaged weights where there are any. Training on changes it.
        """

    def weights(self) -> Weights:
        """A copy of the weights in the canonical layout."""

    def checkpoint(self, about: str) -> BytesIO:
        """The file of a checkpoint: weights, the state of optimizer and random generators, and a text."""

    def restore(self, file: BinaryIO) -> str:
        """Take over the state of a checkpoint and return its text. Nothing in the file is executed.

        Raises CheckpointError, or whatever its reader raises for a damaged file; the engine is of no use then.
        """

    def graph_count(self) -> int | None:
        """How many graphs were traced or compiled so far; None where nothing is."""

    def device_peak(self) -> int | None:
        """The most bytes that the framework held on a GPU; None on the CPU, or where it does not tell."""

    def environment(self) -> Mapping[str, Any]:
        """``packages`` (name: version), ``device`` (its name), ``threads`` and what else is known."""

    def close(self) -> None:
        """End what it started; it is of no use then."""


class EngineModule(Protocol):
    def prepare(self, setup: Setup) -> None:
        """Take the device and the threads. Raises TrainerError."""

    def create_engine(self, setup: Setup) -> Engine:
        """Build the model with its initial weights. Raises TrainerError."""


def step_by_step(
    engine: Engine, batches: Iterator[Batch], rate: Callable[[], float], on_step: OnStep
) -> None:
    """`Engine.train_epoch` for an engine whose loop is ours."""
    for x, y in batches:
        if not on_step(*engine.train_step(x, y, rate())):
            return


def thread_count(setup: Setup, variable: str) -> int:
    """How many threads compute: what the run asks for, or what the variable that the framework reads says, or one for each core."""
    asked = setup.parameters["threads"] or os.environ.get(variable)
    return int(asked or _core_count())


def _core_count() -> int:
    """The CPU's cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def import_engine(setup: Setup) -> EngineModule:
    """The module that speaks to the framework, which is imported with it. Raises TrainerError."""
    framework = setup.framework
    prepare_environment(setup.device)
    try:
        module = import_module(f"runners.train.{framework}.engine")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != framework.package:
            raise
        raise TrainerError(
            f"{framework.display_name} is not installed for this interpreter: install the package "
            f"{framework.package}, or choose another interpreter"
        ) from error
    return cast("EngineModule", module)


def prepare_environment(device: str) -> None:
    """Set the variables that a framework reads while it is imported."""
    if device == "cpu":
        # TensorFlow takes hold of every GPU that it sees, and calls it an error if there is none.
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3" if device == "cpu" else "2")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    # On Apple's GPUs PyTorch lacks a few operations; those then run on the CPU.
    os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
    # PyTorch's threads spin for long while they wait for each other, which makes two trainings on
    # one CPU several times slower than they need be; after so many turns they sleep.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
