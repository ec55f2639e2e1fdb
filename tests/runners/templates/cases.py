"""The models by which the frameworks are compared: a tiny one for each kind of model that a template builds.

Add a `Case` to `CASES`: the template, parameters that keep it tiny, and a dataset that `made_up` describes (or `DIGITS`).
Further cases of a template take `MOMENTUM` alone. Then `pytest tests/runners/templates/test_parity.py -k NAME` measures that case alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets import get_dataset, prepare_dataset
from runners.datasets.dataset import DatasetInfo, Input, PreparedDataset, Task
from runners.parameters import complete
from runners.templates import get_template
from runners.templates.template import Template

Course = Mapping[str, object]
"""Parameters of a training, on top of the case's."""

DIGITS = get_dataset("digits")
SEED = 7
STEPS = 50
FIRST_STEPS = 10
"""After so many, rounding in float32 has parted courses too far to compare them."""

PLAIN: Course = {
    "batch_size": 12,
    "optimizer": "sgd",
    "learning_rate": 1e-3,
    "schedule": "constant",
    "weight_decay": 0.0,
    "gradient_clip": 0.0,
}
"""Instead of the template's own defaults."""
OPTIMIZERS: dict[str, Course] = {
    "momentum": {"optimizer": "momentum", "learning_rate": 0.01},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.01},
}
"""The courses that the first case of each template takes."""
MOMENTUM = {"momentum": OPTIMIZERS["momentum"]}
"""The only one of its further cases, since following a course takes seconds."""
EVERY_FEATURE: dict[str, Course] = {
    **OPTIMIZERS,
    "adam": {"optimizer": "adam", "weight_decay": 0.01},
    "sgd": {"optimizer": "sgd", "weight_decay": 0.01},
    "steep": {"optimizer": "sgd", "learning_rate": 1.0},
    "clipped": {"optimizer": "sgd", "learning_rate": 1.0, "gradient_clip": 0.1},
    "cosine": {"optimizer": "momentum", "schedule": "cosine"},
    "warm": {"optimizer": "momentum", "schedule": "linear", "warmup": 0.2},
    "in-pieces": {"optimizer": "adamw", "pieces": 5},
    "averaged": {"optimizer": "adamw", "average": 0.9},
    "smoothed": {"optimizer": "adamw", "label_smoothing": 0.1},
    "balanced": {"optimizer": "adamw", "class_weights": "balanced"},
    "mixed": {"optimizer": "adamw", "mixup": 0.4},
}
"""Those of what the engines can do for every template, so that one small case is enough."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """``float64_within`` is how far losses of 50 steps of momentum may differ in float64, relative to them; ``because`` says why
    that is more than for others.
    """

    template: str
    dataset: DatasetInfo
    parameters: Mapping[str, object] = field(default_factory=dict)
    courses: Mapping[str, Course] = field(default_factory=lambda: OPTIMIZERS)
    float64_within: float = 1e-9
    because: str = ""

    @property
    def declared(self) -> Template:
        return get_template(self.template)

    def values(self, **more: object) -> dict[str, Any]:
        """Every parameter, those of training included."""
        values, errors = complete(self.declared.declared, {**PLAIN, **self.parameters, **more})
        assert not errors, errors
        reason = self.declared.why_not(values, self.dataset)
        assert not reason, reason
        return values


def made_up(task: Task, kind: Input, shape: tuple[int, ...], **more: Any) -> DatasetInfo:
    """A dataset of random numbers (`prepared`). Without ``classes`` or ``targets`` there are three and two."""
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


def prepared(info: DatasetInfo, folder: Path) -> PreparedDataset:
    """The dataset in a folder: the real digits, or random arrays that are the same every time."""
    if info == DIGITS:
        return prepare_dataset(info.name, folder)
    generator = np.random.default_rng(SEED)
    dataset = PreparedDataset(info, folder, sha256="")
    folder.mkdir(parents=True, exist_ok=True)
    for part in info.parts:
        count = getattr(info, f"{part}_count")
        np.save(dataset.array(f"{part}_x"), _inputs(info, count, generator))
        if not info.task.streams:
            np.save(dataset.array(f"{part}_y"), _answers(info, count, generator))
    return dataset


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
    "mlp-relu": Case(
        template="mlp", courses=MOMENTUM, dataset=DIGITS, parameters={"activation": "relu"}
    ),
    "mlp-gelu": Case(
        template="mlp",
        courses=MOMENTUM,
        dataset=DIGITS,
        parameters={"activation": "gelu"},
        float64_within=1e-6,
        because="TensorFlow rounds the root of two in its GELU to float32, in float64 too",
    ),
    "cnn": Case(
        template="cnn",
        dataset=DIGITS,
        parameters={"filters": "4, 6", "kernel_size": 4, "activation": "tanh"},
    ),
    "cnn-odd-size": Case(
        template="cnn",
        courses=MOMENTUM,
        dataset=IMAGES,
        parameters={"filters": "4, 3", "hidden_width": 8},
    ),
    "vit": Case(
        template="vit",
        dataset=made_up(Task.CLASSIFICATION, Input.IMAGE, (9, 12, 3)),
        parameters={"patch_size": 3, "depth": 2, "width": 12, "heads": 3},
    ),
    "gpt": Case(
        template="gpt",
        dataset=made_up(Task.TEXT_GENERATION, Input.TOKENS, (), vocabulary_size=17),
        parameters={"context": 10, "depth": 2, "width": 12, "heads": 3},
    ),
    "vae-dense": Case(
        template="vae",
        courses=MOMENTUM,
        dataset=IMAGES,
        parameters={"architecture": "dense", "hidden_widths": "14, 9", "latent": 3},
    ),
    "vae-convolutional": Case(
        template="vae",
        dataset=IMAGES,
        parameters={"filters": "4, 5", "latent": 3, "kl_weight": 0.5},
    ),
    "mlp-regression": Case(
        template="mlp",
        courses=MOMENTUM,
        dataset=made_up(Task.REGRESSION, Input.SERIES, (4, 3)),
        parameters={"hidden_widths": "9", "activation": "tanh"},
    ),
    "rnn-lstm": Case(
        template="rnn",
        dataset=made_up(Task.CLASSIFICATION, Input.TOKENS, (4,), vocabulary_size=11),
        parameters={"cell": "lstm", "layers": 2, "units": 5, "embedding_width": 4},
    ),
    "rnn-gru": Case(
        template="rnn",
        courses=MOMENTUM,
        dataset=made_up(Task.CLASSIFICATION, Input.SERIES, (5, 3)),
        parameters={"cell": "gru", "units": 6, "bidirectional": False},
    ),
    "rnn-rows": Case(
        template="rnn",
        courses=MOMENTUM,
        dataset=made_up(Task.CLASSIFICATION, Input.IMAGE, (5, 4, 3)),
        parameters={"cell": "gru", "units": 6},
    ),
    "forecaster": Case(
        template="forecaster",
        dataset=made_up(Task.FORECASTING, Input.SERIES, (2,)),
        parameters={"context": 12, "horizon": 4, "width": 6, "blocks": 3},
    ),
    "forecaster-lstm": Case(
        template="forecaster",
        courses=MOMENTUM,
        dataset=made_up(Task.FORECASTING, Input.SERIES, (2,)),
        parameters={"network": "lstm", "context": 5, "horizon": 3, "width": 6, "blocks": 2},
    ),
    "tabular-resnet": Case(
        template="tabular_resnet",
        dataset=made_up(Task.REGRESSION, Input.FEATURES, (7,)),
        parameters={"width": 8, "hidden_width": 12, "dropout": 0.0},
    ),
    "resnet": Case(template="resnet", dataset=IMAGES, parameters={"depth": "20", "width": 0.25}),
    "resnet-projecting": Case(
        template="resnet",
        dataset=made_up(Task.CLASSIFICATION, Input.IMAGE, (10, 9, 3)),
        parameters={"depth": "18", "width": 0.125},
        courses=MOMENTUM,
    ),
    "resnet-shrinking": Case(
        template="resnet",
        dataset=made_up(Task.CLASSIFICATION, Input.IMAGE, (65, 64, 1)),
        parameters={"depth": "18", "width": 0.125, "batch_size": 4},
        courses=MOMENTUM,
    ),
    "mobilenet": Case(
        template="mobilenet",
        dataset=IMAGES,
        parameters={"width": 0.1, "expansion": 2},
        courses=MOMENTUM,
    ),
    "unet": Case(
        template="unet",
        dataset=made_up(Task.SEGMENTATION, Input.IMAGE, (10, 13, 2)),
        parameters={"depth": 2, "width": 3, "dice": 0.5},
    ),
    "unet-without-norm": Case(
        template="unet",
        dataset=made_up(Task.SEGMENTATION, Input.IMAGE, (8, 12, 1)),
        parameters={"depth": 2, "width": 3, "batch_norm": False},
        courses=MOMENTUM,
    ),
    "finetune": Case(
        template="finetune",
        dataset=made_up(Task.CLASSIFICATION, Input.IMAGE, (9, 8, 1)),
        parameters={"depth": "20", "weights": "", "trained": "last stage", "least_size": 12},
        courses={
            "momentum": {"optimizer": "momentum", "learning_rate": 1e-4}
        },  # nothing is normalised
    ),
}
