"""The models by which the frameworks are compared: a tiny one for each kind of model that a template builds.

Add a `Case` to `CASES`: the template, parameters that keep it tiny, and a dataset that `made_up` describes (or `DIGITS`).
Then `pytest tests/runners/templates/test_parity.py -k NAME` measures that case alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets import digits
from runners.datasets.dataset import DatasetInfo, Input, ProgressCallback, Task
from runners.parameters import complete
from runners.templates import get_template
from runners.templates.template import Template
from runners.training_parameters import TRAINING_PARAMETERS

Course = Mapping[str, object]
"""Parameters of a training, on top of the case's."""

DIGITS = digits.INFO
SEED = 7
STEPS = 50
BATCH = 12

OPTIMIZERS: dict[str, Course] = {
    "momentum": {"optimizer": "momentum", "learning_rate": 0.01},
    "adam": {"optimizer": "adam", "weight_decay": 0.01},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.01},
}
"""The courses that every case takes."""
EVERY_FEATURE: dict[str, Course] = {
    **OPTIMIZERS,
    "sgd": {"optimizer": "sgd", "weight_decay": 0.01},
    "steep": {"optimizer": "sgd", "learning_rate": 1.0},
    "clipped": {"optimizer": "sgd", "learning_rate": 1.0, "gradient_clip": 0.1},
    "cosine": {"optimizer": "momentum", "schedule": "cosine"},
}
"""Those of what the engines can do for every template, so that one small case is enough."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """``float64_within`` is how far losses of 50 steps of momentum may differ in float64, relative to them."""

    template: str
    dataset: DatasetInfo
    parameters: Mapping[str, object] = field(default_factory=dict)
    courses: Mapping[str, Course] = field(default_factory=lambda: OPTIMIZERS)
    float64_within: float = 1e-9

    @property
    def declared(self) -> Template:
        return get_template(self.template)

    def values(self, **more: object) -> dict[str, Any]:
        """Every parameter, those of training included."""
        declared = (*self.declared.parameters, *TRAINING_PARAMETERS)
        given = {"batch_size": BATCH, **self.parameters, **more}
        values, errors = complete(declared, given)
        assert not errors, errors
        reason = self.declared.unfit(self.dataset) or self.declared.misfit(values, self.dataset)
        assert not reason, reason
        return values


def made_up(task: Task, kind: Input, shape: tuple[int, ...], **more: Any) -> DatasetInfo:
    """A dataset of random numbers: see `Arrays`. Without ``classes`` or ``targets`` there are three and two."""
    steps = 20 if task.streams else 1
    counts = {"train_count": 48 * steps, "test_count": 16 * steps}
    names: dict[str, Any] = {}
    if task in (Task.CLASSIFICATION, Task.SEGMENTATION):
        names["classes"] = ("a", "b", "c")
    if task in (Task.REGRESSION, Task.FORECASTING):
        channels = shape[-1] if task is Task.FORECASTING else 2
        names["targets"] = tuple(f"y{number}" for number in range(channels))
        names |= {"target_mean": (0.0,) * channels, "target_std": (1.0,) * channels}
    texts = dict.fromkeys(("title", "summary", "source", "licence"), "Made up")
    scale = 255 if kind is Input.IMAGE else 1
    values = {**texts, **names, **counts, "scale": scale, **more}
    return DatasetInfo(name="made-up", task=task, input=kind, input_shape=shape, **values)


@dataclass(frozen=True)
class Arrays:
    """The arrays of a case's dataset, as `runners.datasets.preparation.prepare` takes them."""

    INFO: DatasetInfo

    def load_arrays(
        self, datasets_folder: Path, source: Path | None, on_progress: ProgressCallback
    ) -> dict[str, NDArray[np.generic]]:
        if self.INFO == DIGITS:
            return digits.load_arrays(datasets_folder, source, on_progress)
        generator = np.random.default_rng(SEED)
        arrays: dict[str, NDArray[np.generic]] = {}
        for part in self.INFO.parts:
            count = getattr(self.INFO, f"{part}_count")
            arrays[f"{part}_x"] = _inputs(self.INFO, count, generator)
            arrays[f"{part}_y"] = _answers(self.INFO, count, generator)
        return {name: arrays[name] for name in self.INFO.arrays}


def _inputs(info: DatasetInfo, count: int, generator: np.random.Generator) -> NDArray[np.generic]:
    shape = (count, *info.input_shape)
    if info.input is Input.IMAGE:
        return generator.integers(0, info.scale, shape, np.uint8, endpoint=True)
    if info.input is not Input.TOKENS:
        return generator.standard_normal(shape, np.float32)
    tokens = generator.integers(1, info.vocabulary_size, shape, np.uint16)
    if not info.task.streams:
        lengths = generator.integers(1, info.input_shape[0], (count, 1), endpoint=True)
        tokens[np.arange(info.input_shape[0]) >= lengths] = 0
    return tokens


def _answers(info: DatasetInfo, count: int, generator: np.random.Generator) -> NDArray[np.generic]:
    if info.task is Task.REGRESSION:
        return generator.standard_normal((count, len(info.targets)), np.float32)
    places = info.input_shape[:2] if info.task is Task.SEGMENTATION else ()
    return generator.integers(0, max(1, len(info.classes)), (count, *places), np.uint8)


IMAGES = made_up(Task.CLASSIFICATION, Input.IMAGE, (9, 8, 3))

CASES: dict[str, Case] = {
    "mlp": Case(
        template="mlp",
        dataset=DIGITS,
        parameters={"hidden_widths": "24, 16", "activation": "tanh", "batch_size": 96},
        courses=EVERY_FEATURE,
    ),
    "mlp-relu": Case(template="mlp", dataset=DIGITS, parameters={"activation": "relu"}),
    # TensorFlow rounds the root of two in GELU to float32, in float64 too.
    "mlp-gelu": Case(
        template="mlp", dataset=DIGITS, parameters={"activation": "gelu"}, float64_within=1e-6
    ),
    "cnn": Case(
        template="cnn",
        dataset=DIGITS,
        parameters={"filters": "4, 6", "kernel_size": 4, "activation": "tanh"},
    ),
    "cnn-odd-size": Case(
        template="cnn", dataset=IMAGES, parameters={"filters": "4, 3", "hidden_width": 8}
    ),
}
