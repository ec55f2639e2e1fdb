"""A process that looks at a template's model in one framework, to be compared with the other one's.

    python -m runners.train.check FRAMEWORK TEMPLATES NAME PARAMETERS OUTPUT

It builds the model for made-up data in float64 and writes an ``.npz`` with how many numbers are trained, what it
gives, its gradients, and the losses of some steps. It prints ``{"done": true}``, or ``{"error": why}`` and ends with 1.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import DatasetInfo, Input, PreparedDataset, Task
from runners.parameters import complete
from runners.protocol import Framework, Mode
from runners.templates import get_template
from runners.templates.own import told
from runners.templates.template import Template
from runners.train.data import Data, open_data
from runners.train.engine import Engine, import_engine
from runners.train.proof import first_losses, first_outputs, trained_count
from runners.train.setup import Setup
from runners.train.transforms import training_transforms, transformed

_SEED = 7
_LEAP = 1e-3
_SHAPES = {Input.IMAGE: (32, 32, 3), Input.FEATURES: (8,), Input.TOKENS: (24,), Input.SERIES: (24, 2)}  # fmt: skip
_TOKENS = 40
_PLAIN = {"weight_decay": 0.0, "batch_size": 8, "learning_rate": 0.01, "schedule": "constant", "warmup": 0.0}  # fmt: skip
Found = dict[str, NDArray[Any]]


def made_up(template: Template) -> DatasetInfo:
    """A dataset of the template's first kind of input, for its first task."""
    task, kind = template.tasks[0], template.inputs[0]
    shape = _SHAPES[kind]
    if task.streams:
        shape = (2,) if task is Task.FORECASTING else ()
    names = ("a", "b", "c") if task in (Task.CLASSIFICATION, Task.SEGMENTATION, Task.RECONSTRUCTION) else ()  # fmt: skip
    targets = ("y", "z") if task in (Task.REGRESSION, Task.FORECASTING) else ()
    return DatasetInfo(
        name="made-up",
        title="made-up data",
        summary="",
        source="",
        licence="",
        task=Task.CLASSIFICATION if task is Task.RECONSTRUCTION else task,
        input=kind,
        input_shape=shape,
        classes=names,
        targets=targets,
        target_mean=(0.0,) * len(targets),
        target_std=(1.0,) * len(targets),
        vocabulary_size=_TOKENS if kind is Input.TOKENS else 0,
        train_count=4000 if task.streams else 64,
        test_count=2000 if task.streams else 16,
        scale=255 if kind is Input.IMAGE else 1,
    )


def _write(info: DatasetInfo, folder: Path) -> PreparedDataset:
    generator = np.random.default_rng(_SEED)
    dataset = PreparedDataset(info, folder, sha256="")
    for part in info.parts:
        count = getattr(info, f"{part}_count")
        shape = (count, *info.input_shape)
        x: NDArray[Any] = generator.standard_normal(shape, np.float32)
        if info.input is Input.IMAGE:
            x = generator.integers(0, 256, shape, np.uint8)
        elif info.input is Input.TOKENS:
            x = generator.integers(1, _TOKENS, shape, np.uint16)
        np.save(dataset.array(f"{part}_x"), x)
        y: NDArray[Any] = generator.standard_normal((count, len(info.targets)), np.float32)
        if info.classes:
            places = info.input_shape[:2] if info.task is Task.SEGMENTATION else ()
            y = generator.integers(0, len(info.classes), (count, *places), np.uint8)
        if not info.task.streams:
            np.save(dataset.array(f"{part}_y"), y)
    return dataset


def measure(template: Template, framework: Framework, parameters: Mapping[str, Any]) -> Found:
    """``trained``, ``output/N``, ``gradient/WEIGHT`` and ``losses``. Raises whatever the template raises."""
    info = made_up(template)
    with TemporaryDirectory() as folder:
        dataset = _write(info, Path(folder))
        return _look(template, framework, parameters, dataset)


def _look(
    template: Template,
    framework: Framework,
    parameters: Mapping[str, Any],
    dataset: PreparedDataset,
) -> Found:
    def setup(optimizer: str) -> Setup:
        return Setup(
            framework=framework,
            mode=Mode.EAGER,
            device="cpu",
            template=template,
            dataset=dataset.info,
            parameters={**parameters, "optimizer": optimizer, **_PLAIN},
            seed=_SEED,
            dtype="float64",
        )

    first, steps = setup("sgd"), setup("momentum")
    data = open_data(dataset, first)
    engine = import_engine(first).create_engine(first)
    found = {f"output/{n}": array for n, array in enumerate(first_outputs(engine, first, data))}
    found["trained"] = np.array(trained_count(engine, first))
    found |= _gradients(engine, first, data)
    engine = import_engine(steps).create_engine(steps)
    found["losses"] = np.array(first_losses(engine, steps, data))
    return found


def _gradients(engine: Engine, setup: Setup, data: Data) -> Found:
    """Of the first batch, by what a step of gradient descent leaves of the weights."""
    before = engine.weights()
    batch = next(data.train.shuffled(_SEED, 1).batches(setup.parameters["batch_size"]))
    engine.train_step(*transformed(training_transforms(setup), *batch, _SEED, 1, 0), _LEAP)
    after = engine.weights()
    layers = setup.template.layers_for(setup.parameters, setup.dataset)
    trained = [weight.name for layer in layers for weight in layer.weights if weight.trained]
    return {f"gradient/{name}": (before[name] - after[name]) / _LEAP for name in trained}


def main(framework: Framework, templates: Path, name: str, parameters: str, output: Path) -> int:
    template = get_template(name, templates)
    values, _ = complete(template.declared, json.loads(parameters))
    try:
        found = measure(template, framework, values)
    except Exception as error:
        traceback.print_exc()
        why = told(error, template.folder) if template.folder else str(error)
        print(json.dumps({"error": why}))
        return 1
    np.savez(output, allow_pickle=False, **found)
    print(json.dumps({"done": True}))
    return 0


if __name__ == "__main__":
    _, asked, folder, wanted, given, file = sys.argv
    sys.exit(main(Framework(asked), Path(folder), wanted, given, Path(file)))
