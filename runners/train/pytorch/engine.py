"""A model with its optimizer in PyTorch."""

from __future__ import annotations

import os
import platform
import shutil
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import clip_grad_norm_

from runners.datasets.dataset import Input
from runners.processor import cpu_name
from runners.protocol import Mode
from runners.templates import framework_module
from runners.templates.initial import Weights
from runners.train.data import Piece, portions
from runners.train.engine import (
    Array,
    Batch,
    CheckpointError,
    OnStep,
    Outputs,
    step_by_step,
    thread_count,
)
from runners.train.environment import package_versions
from runners.train.pretrained import starting_weights
from runners.train.pytorch.averaging import AveragedWeights
from runners.train.pytorch.batch_norm import synchronise
from runners.train.pytorch.objectives import OBJECTIVES
from runners.train.pytorch.precision import Precision
from runners.train.pytorch.recomputing import recompute_blocks
from runners.train.pytorch.team import Team
from runners.train.pytorch.weights import load_weights, read_weights
from runners.train.setup import NoGpuError, Setup, TrainerError


def create_engine(setup: Setup) -> PytorchEngine:
    """Build the model with its initial weights. Raises TrainerError."""
    prepare(setup)
    if setup.mode is Mode.GRAPH:
        check_compiler("graph mode", "choose the mode eager, which needs none")
    return PytorchEngine(setup)


def prepare(setup: Setup) -> None:
    """Take the device and the threads. Raises TrainerError."""
    _check_device(setup)
    torch.set_num_threads(thread_count(setup, "OMP_NUM_THREADS"))


def _check_device(setup: Setup) -> None:
    if setup.device == "cuda" and not torch.cuda.is_available():
        raise NoGpuError(
            "PyTorch finds no GPU: install a build of PyTorch with CUDA, or train on the CPU"
        )
    if setup.device == "cuda" and torch.cuda.device_count() < setup.replicas:
        raise TrainerError(
            f"PyTorch sees {torch.cuda.device_count()} of the {setup.replicas} GPUs that the run was given"
        )
    if setup.device == "mps":
        if not torch.backends.mps.is_available():
            raise NoGpuError(
                "PyTorch finds no GPU of Apple's: that takes a Mac with Apple silicon and macOS 14 or "
                "newer; train on the CPU"
            )
        if setup.dtype == "float64":
            raise TrainerError("Apple's GPUs know no float64: train on the CPU")


class PytorchEngine:
    """Where several train together each has a ``number``; the first starts the others, and only it is asked for more than steps."""

    checkpoint_suffix = ".pt"

    def __init__(self, setup: Setup, number: int = 0) -> None:
        self._replicas = setup.replicas
        self._team = Team(setup) if setup.replicas > 1 and number == 0 else None
        if setup.replicas > 1:
            _take_share(setup, number)
        torch.manual_seed(setup.seed)
        torch.set_float32_matmul_precision("high")  # TensorFloat-32, as TensorFlow does by default
        self._device = torch.device(setup.device)
        self._dtype = getattr(torch, setup.dtype)
        self._takes_images = setup.dataset.input is Input.IMAGE
        self._scale = float(np.dtype(setup.dtype).type(1 / setup.dataset.scale))
        self._objective = OBJECTIVES[setup.task](setup)
        shape = setup.template.shape(setup.parameters, setup.dataset)
        self._layers = setup.template.layers(setup.parameters, shape)
        self._pieces: int = setup.parameters["pieces"]
        self._batch_size: int = setup.parameters["batch_size"]
        self._precision = Precision(setup.parameters["precision"], self._device)
        self._clip = setup.parameters["gradient_clip"]
        template = framework_module(setup.template, setup.framework)
        model = template.build_model(setup.parameters, shape)
        load_weights(model, self._layers, starting_weights(setup, self._layers))
        if setup.parameters["gradient_checkpointing"]:
            recompute_blocks(model, self._layers)
        self._model = model.to(self._device, self._dtype)
        if setup.replicas > 1 and (left := synchronise(self._model)) and self._team:
            print(f"Batch norm of each device's own samples alone: {', '.join(left)}.")
        self._parameters = [p for p in self._model.parameters() if p.requires_grad]
        self._optimizer = _create_optimizer(setup.parameters, self._parameters)
        decay = setup.parameters["average"]
        self._averages = AveragedWeights(self._parameters, decay) if decay and not number else None
        self._mode = setup.mode
        self._train(self._model)
        if self._team:
            self._team.join(setup)
            self.distribute()

    def _train(self, model: nn.Module) -> None:
        """Train this one: the model, or what is around it."""
        self._trained = model
        self._full_batch_model = torch.compile(model) if self._mode is Mode.GRAPH else model

    def distribute(self) -> None:
        """From now on train together with the others, who do the same at this moment."""
        self._train(DistributedDataParallel(self._model))

    def close(self) -> None:
        if self._team:
            self._team.close()

    def train_step(self, x: Array, y: Array, learning_rate: float) -> tuple[float, float]:
        own, *others = portions(x, y, self._pieces, self._replicas, self._batch_size)
        if self._team is None:
            return self.train_on(own, learning_rate)
        with self._team.step(others, learning_rate):
            return self.train_on(own, learning_rate)

    def train_on(self, portion: Sequence[Piece], learning_rate: float) -> tuple[float, float]:
        """A step with this device's portion of a batch. Returns what `train_step` does."""
        self._set_training(on=True)
        self._optimizer.param_groups[0]["lr"] = learning_rate
        self._optimizer.zero_grad()
        done = [self._backward(piece, last=piece is portion[-1]) for piece in portion]
        if self._clip:
            self._precision.unscale(self._optimizer)
            clip_grad_norm_(self._parameters, self._clip)
        self._precision.step(self._optimizer)
        if self._averages:
            self._averages.update()
        return self._summed(
            sum(loss.item() for loss, _ in done), sum(float(measure.item()) for _, measure in done)
        )

    def train_epoch(
        self, batches: Iterator[Batch], rate: Callable[[], float], on_step: OnStep
    ) -> None:
        step_by_step(self, batches, rate, on_step)

    def _backward(self, piece: Piece, *, last: bool) -> tuple[Tensor, Tensor]:
        """Add the gradients of a piece of a batch. Returns its loss times its share of the batch, and its measure.

        After the last piece the devices share their gradients, of which DistributedDataParallel makes the mean.
        """
        # A smaller last piece would be compiled once more, which takes longer than it saves.
        model = self._full_batch_model if piece.full else self._trained
        inputs, targets = self._inputs(piece.x), self._targets(piece.y)
        with self._unshared(until=last):
            with self._precision.casts():
                outputs = self._objective.outputs(model, inputs, targets)
                loss = self._objective.loss(outputs, inputs, targets)
            if piece.share < 1:
                loss = loss * piece.share
            summed = loss * self._replicas if self._replicas > 1 else loss
            self._precision.scaled(summed).backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            measure = self._objective.measure(outputs, inputs, targets)
            return loss.detach(), measure / piece.repeats if piece.repeats > 1 else measure

    def _unshared(self, *, until: bool) -> AbstractContextManager[Any]:
        """Let each device keep its gradients for itself, until the last piece."""
        if until or not isinstance(self._trained, DistributedDataParallel):
            return nullcontext()
        return self._trained.no_sync()

    def _summed(self, loss: float, measure: float) -> tuple[float, float]:
        """Over all devices."""
        if self._replicas > 1:
            sums = torch.tensor([loss, measure], dtype=torch.float64, device=self._device)
            dist.all_reduce(sums)
            loss, measure = sums.tolist()
        return loss, measure

    def _set_training(self, *, on: bool) -> None:
        if self._model.training != on:
            self._model.train(on)
            if self._averages:
                self._averages.use(averages=not on)

    def evaluate(self, x: Array, y: Array) -> tuple[float, Outputs]:
        self._set_training(on=False)
        with torch.inference_mode(), self._precision.casts():
            inputs, targets = self._inputs(x), self._targets(y)
            outputs = self._objective.outputs(self._model, inputs, targets)
            loss = self._objective.losses(outputs, inputs, targets).sum()
            return loss.item(), _arrays(self._objective.judged(outputs, inputs, targets))

    def predict(self, *arrays: Array, part: str = "") -> Outputs:
        self._set_training(on=False)
        asked = getattr(self._model, part) if part else self._model
        with torch.inference_mode(), self._precision.casts():
            return _arrays(asked(*map(self._inputs, arrays)))

    def deployed(self) -> nn.Module:
        self._set_training(on=False)
        model: nn.Module = self._model
        return model

    def weights(self) -> Weights:
        self._set_training(on=True)
        return read_weights(self._model, self._layers)

    def checkpoint(self, about: str) -> BytesIO:
        self._set_training(on=True)
        file = BytesIO()
        state = {
            "about": about,
            "precision": self._precision.state(),
            "averages": self._averages.state() if self._averages else {},
            "model": self._model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "random": self._random_states(),
        }
        torch.save(state, file)
        return file

    def restore(self, file: BinaryIO) -> str:
        self._set_training(on=True)
        state = torch.load(file, map_location="cpu", weights_only=True)
        _check_fit(self._model.state_dict(), state["model"])
        self._model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        _check_slots(self._optimizer)
        self._precision.restore(state["precision"])
        if self._averages:
            self._averages.restore(state["averages"])
        for device, random_state in state["random"].items():
            if device == "cpu":
                torch.set_rng_state(random_state)
            elif device == self._device.type:  # not if the training moved to another device
                getattr(torch, device).set_rng_state(random_state)
        if self._team:
            file.seek(0)
            self._team.restore(file.read())
        return str(state["about"])

    def _random_states(self) -> dict[str, Tensor]:
        """The states of PyTorch's generators, which dropout draws from, by the kind of device."""
        states = {"cpu": torch.get_rng_state()}
        if self._device.type != "cpu":
            states[self._device.type] = getattr(torch, self._device.type).get_rng_state()
        return states

    def graph_count(self) -> int | None:
        if self._mode is not Mode.GRAPH:
            return None
        return int(torch._dynamo.utils.counters["stats"]["unique_graphs"])

    def device_peak(self) -> int | None:
        return torch.cuda.max_memory_allocated() if self._device.type == "cuda" else None

    def environment(self) -> dict[str, Any]:
        on_cuda = self._device.type == "cuda"
        return {
            "packages": package_versions(torch, np),
            "device": self._device_name(),
            "threads": torch.get_num_threads(),
            "cuda": torch.version.cuda if on_cuda else None,
            "rocm": torch.version.hip if on_cuda else None,
        }

    def _device_name(self) -> str:
        if self._device.type == "cuda":
            return ", ".join(map(torch.cuda.get_device_name, range(self._replicas)))
        if self._replicas > 1:
            return f"{cpu_name()}, shared by {self._replicas}"
        return f"{cpu_name()}, GPU" if self._device.type == "mps" else cpu_name()

    def _inputs(self, array: Array) -> Tensor:
        if self._takes_images:
            values = torch.from_numpy(array).to(self._device).to(self._dtype)
            return values.mul_(self._scale) if array.dtype == np.uint8 else values
        return self._targets(array)

    def _targets(self, array: Array) -> Tensor:
        """Whole numbers as int64, which PyTorch wants of tokens and classes, others in the model's type."""
        if array.dtype.kind == "f":
            return torch.from_numpy(array).to(self._device).to(self._dtype)
        if array.dtype == np.uint16:
            array = array.astype(np.int64)
        return torch.from_numpy(array).to(self._device).long()


def _take_share(setup: Setup, number: int) -> None:
    """Take the GPU of this number, or a share of the CPU's threads."""
    if setup.device == "cuda":
        torch.cuda.set_device(number)
    else:
        threads = thread_count(setup, "OMP_NUM_THREADS") // setup.replicas
        torch.set_num_threads(max(1, threads))


def _arrays(outputs: Any) -> Outputs:
    """In float32 where they have fewer bits, for which NumPy has no types."""
    if not isinstance(outputs, Tensor):
        return tuple(map(_arrays, outputs))
    if outputs.dtype in (torch.bfloat16, torch.float16):
        outputs = outputs.float()
    return outputs.cpu().numpy()


def _check_fit(own: Mapping[str, Tensor], loaded: Mapping[str, Tensor]) -> None:
    """Raises CheckpointError unless both have the same names and shapes."""
    if {k: v.shape for k, v in own.items()} != {k: v.shape for k, v in loaded.items()}:
        raise CheckpointError("its weights have other names or shapes than those of the model")


def _check_slots(optimizer: torch.optim.Optimizer) -> None:
    """Raises CheckpointError where the optimizer was given a state that does not fit a weight."""
    for parameter, slots in optimizer.state.items():
        for slot in slots.values():
            if isinstance(slot, Tensor) and slot.dim() and slot.shape != parameter.shape:
                raise CheckpointError("its optimizer's state has other shapes than the weights")


def _create_optimizer(given: Mapping[str, Any], parameters: list[Tensor]) -> torch.optim.Optimizer:
    decay = given["weight_decay"]
    match given["optimizer"]:
        case "sgd":
            return torch.optim.SGD(parameters, weight_decay=decay, fused=True)
        case "momentum":
            return torch.optim.SGD(parameters, momentum=0.9, weight_decay=decay, fused=True)
        case "adam":
            return torch.optim.Adam(parameters, eps=1e-8, weight_decay=decay, fused=True)
        case "adamw":
            return torch.optim.AdamW(parameters, eps=1e-8, weight_decay=decay, fused=True)
    raise TrainerError(f"there is no optimizer {given['optimizer']!r}")


def check_compiler(what: str, instead: str) -> None:
    """Raises TrainerError where PyTorch could compile nothing for want of a C++ compiler or of headers. ``instead`` is what else to do."""
    install = "one (on Debian: apt install g++)"
    compilers = [os.environ.get("CXX", "g++"), "clang++"]
    if platform.system() == "Windows":
        install = "the Build Tools for Visual Studio, with C++, and start from their prompt"
        compilers = ["cl"]
    if not any(map(shutil.which, compilers)):
        raise TrainerError(
            f"{what} of PyTorch needs a C++ compiler, and there is none: install {install}, or {instead}"
        )
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if not header.exists():
        raise TrainerError(
            f"{what} of PyTorch needs the headers of Python, and there is no {header}: "
            f"install them (on Debian: apt install python3-dev), or {instead}"
        )
