"""From a run's folder to its model as it is used after training, in the framework that trained it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, cast

from runners.datasets.dataset import DatasetInfo
from runners.datasets.vocabulary import Vocabulary
from runners.export.trained import ExportError, FrameworkPackage, WeightsModule, WrappingModule
from runners.protocol import CHECKPOINTS, Framework, Mode, RunFolder, RunSpec
from runners.templates import framework_module
from runners.train.checkpoints import load_checkpoint, purpose_of
from runners.train.engine import Array, CheckpointError, Engine, import_engine
from runners.train.position import Position
from runners.train.preparing import read_spec, setup_for
from runners.train.pretrained import without_weights
from runners.train.setup import Setup

Tell = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class Opened:
    """A run's model, wrapped as `Trained.model` says, with the weights of a checkpoint that was saved at ``step``."""

    setup: Setup
    model: Any
    checkpoint: str
    step: int
    packages: Mapping[str, str]

    def outputs(self, x: Array) -> Array:
        """What it gives for a batch."""
        return wrapping(self.setup.framework).outputs(self.model, x)


def open_run(
    folder: RunFolder,
    info: DatasetInfo,
    vocabulary: Vocabulary | None = None,
    checkpoint: str = "",
    *,
    threads: int = 0,
    sees_gpu: bool = False,
    tell: Tell = lambda _text, _fraction: None,
) -> Opened:
    """The model on the CPU, with the weights that the run's test used, or those of the ``last`` or ``best`` checkpoint.

    With so many threads, or as many as training takes where it is 0. ``sees_gpu`` lets the framework see the GPUs all the same, since what
    is made by it may need one. Raises ExportError, TrainerError, OSError.
    """
    spec = trained_spec(folder)
    _check_checkpoint(folder, checkpoint)
    setup = setup_on_cpu(spec, folder, info, vocabulary, threads)
    tell(f"importing {spec.framework.display_name}", 0.0)
    module = import_engine(replace(setup, device="cuda") if sees_gpu else setup)
    tell("reading the checkpoint", 0.3)
    bare = replace(setup, parameters=without_weights(setup.parameters))
    engine = module.create_engine(bare)
    name, position = _restore(engine, folder, setup, checkpoint)
    model = wrapping(spec.framework).wrapped(engine.deployed(), setup)
    packages = engine.environment()["packages"]
    return Opened(setup, model, name, position.step, packages)


def trained_spec(folder: RunFolder) -> RunSpec:
    """Of a run whose model Twinbench knows. Raises ExportError, TrainerError, OSError."""
    if not folder.spec.is_file():
        raise ExportError(f"{folder.path} holds no run: there is no {folder.spec.name}")
    spec = read_spec(folder)
    if spec.script:
        raise ExportError(
            "A script's model is known to the script alone: let the script export it, or train a template"
        )
    return spec


def setup_on_cpu(
    spec: RunSpec,
    folder: RunFolder,
    info: DatasetInfo,
    vocabulary: Vocabulary | None = None,
    threads: int = 0,
) -> Setup:
    """What the model is built from, whatever it was trained on. Raises TrainerError."""
    setup = setup_for(spec, info, vocabulary, "cpu", 1, folder, resume=True)
    if threads:
        setup = replace(setup, parameters={**setup.parameters, "threads": threads})
    return replace(setup, mode=Mode.EAGER)


def build(setup: Setup) -> Any:
    """The template's model, with whatever weights."""
    shape = setup.template.shape(setup.parameters, setup.dataset)
    return framework_module(setup.template, setup.framework).build_model(setup.parameters, shape)


def package(framework: Framework) -> FrameworkPackage:
    """What makes exports of a framework's models."""
    return cast("FrameworkPackage", import_module(f"runners.export.{framework}"))


def wrapping(framework: Framework) -> WrappingModule:
    """Imports the framework."""
    return cast("WrappingModule", import_module(f"runners.export.{framework}.wrapping"))


def weights(framework: Framework) -> WeightsModule:
    """Imports the framework."""
    return cast("WeightsModule", import_module(f"runners.export.{framework}.weights"))


def _check_checkpoint(folder: RunFolder, asked: str) -> None:
    """Raises ExportError where there is none."""
    there = folder.kept_checkpoints
    if not there:
        raise ExportError(
            "The run has no checkpoint, so its weights are not known: it ended before the first one was saved, or its "
            "checkpoints were deleted. Train it again, and export that run"
        )
    if asked and asked not in there:
        raise ExportError(f"The run has no {asked} checkpoint: export the {there[0]} one")


def _restore(engine: Engine, folder: RunFolder, setup: Setup, asked: str) -> tuple[str, Position]:
    """Give the engine the weights of a checkpoint. Returns its name and where the training was. Raises ExportError, OSError."""
    paths = {name: folder.checkpoints / f"{name}{engine.checkpoint_suffix}" for name in CHECKPOINTS}
    there = {name: path for name, path in paths.items() if path.is_file()}

    def load(name: str) -> tuple[str, Position]:
        try:
            return name, load_checkpoint(engine, there[name], purpose_of(setup))
        except CheckpointError as error:
            other = next((one for one in there if one != name), "")
            way = f"Export the {other} one instead" if other else "Train it again, and export that run"  # fmt: skip
            raise ExportError(f"The {name} checkpoint cannot be used: {error}. {way}") from error

    name, position = load(asked or ("last" if "last" in there else "best"))
    if not asked and name == "last" and "best" in there and _ended_early(setup, position):
        return load("best")
    return name, position


def _ended_early(setup: Setup, position: Position) -> bool:
    """Whether the test was that of the best weights, since the validation loss did not fall any more."""
    patience = setup.parameters["patience"]
    return bool(
        patience
        and position.epoch_over
        and position.since_best >= patience
        and position.epoch < setup.parameters["epochs"]
    )
