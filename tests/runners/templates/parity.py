"""Measures what one framework makes of the cases, in one process since importing a framework takes long.

``python -m tests.runners.templates.parity FRAMEWORK OUTPUT_FOLDER CASE...`` writes ``CASE.npz`` for each, or ``CASE.error`` with
a traceback. Its arrays have names such as ``float64/output/0``, ``float64/gradient/hidden_1/kernel`` and ``adam/float64/losses``.

Everything but the initial weights is measured with `disturbed` ones, none of which is 0 or 1 throughout.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import PreparedDataset, Task
from runners.protocol import Framework, Mode
from runners.templates.initial import Weights, initial_weights
from runners.templates.layers import Layer
from runners.train.class_weights import class_weights
from runners.train.data import open_data
from runners.train.engine import import_engine
from runners.train.schedule import learning_rate
from runners.train.setup import Setup
from runners.train.transforms import evaluation_transforms, training_transforms, transformed
from tests.runners.templates.cases import (
    CASES,
    EVERY_FEATURE,
    FIRST_STEPS,
    SEED,
    STEPS,
    Case,
    prepared,
)
from tests.runners.templates.real_layers import count_trained, keras_shapes, pytorch_multiply_adds

Array = NDArray[Any]
Found = dict[str, Array]
DTYPES = ("float64", "float32")
FEW_STEPS = 3
LEAP = 2.0**20
"""A step of this length leaves nothing of the weights but the gradient: weights before minus after are LEAP times it."""


def disturbed(layers: list[Layer]) -> Weights:
    """Weights as they might be after some training."""
    generator = np.random.default_rng(SEED)
    return {
        name: array + generator.uniform(-0.1, 0.1, array.shape).astype(np.float32)
        for name, array in initial_weights(layers, SEED).items()
    }


@dataclass
class Model:
    """A case's model in a framework, with the engine that trains it."""

    case: Case
    setup: Setup
    dataset: PreparedDataset

    def __post_init__(self) -> None:
        self.data = open_data(self.dataset, self.setup)
        self.setup = replace(self.setup, class_weights=class_weights(self.setup, self.data.train))
        self.engine: Any = import_engine(self.setup).create_engine(self.setup)
        self.layers = self.case.declared.layers_for(self.setup.parameters, self.setup.dataset)

    def load(self, weights: Weights) -> None:
        module = import_module(f"runners.train.{self.setup.framework}.weights")
        module.load_weights(self.engine._model, self.layers, weights)

    def batches(self) -> Iterator[tuple[Array, Array]]:
        """Epoch after epoch, as the training loop has them."""
        transforms, epoch = training_transforms(self.setup), 0
        while True:
            epoch += 1
            shuffled = self.data.train.shuffled(SEED, epoch)
            for number, (x, y) in enumerate(shuffled.batches(self.setup.parameters["batch_size"])):
                yield transformed(transforms, x, y, SEED, epoch, number)

    def test_batch(self) -> tuple[Array, Array]:
        x, y = next(self.data.test.batches(self.setup.parameters["batch_size"]))
        return transformed(evaluation_transforms(self.setup), x, y, SEED, 0, 0)

    def outputs(self) -> Found:
        x, y = self.test_batch()
        loss, outputs = self.engine.evaluate(x, y)
        if self.setup.task is Task.SEGMENTATION:  # of which evaluation gives the classes alone
            outputs = self.engine.predict(x)
        arrays = outputs if isinstance(outputs, tuple) else (outputs,)
        return {"loss": np.array(loss), **{f"output/{n}": a for n, a in enumerate(arrays)}}


def main(framework: Framework, output: Path, names: list[str]) -> None:
    measure_each(
        names, output, lambda name: _measure(CASES[name], framework, output / "datasets" / name)
    )


def measure_each(names: list[str], output: Path, measure: Callable[[str], Found]) -> None:
    for name in names:
        try:
            np.savez(output / f"{name}.npz", allow_pickle=False, **measure(name))
        except Exception:
            (output / f"{name}.error").write_text(traceback.format_exc(), "utf-8")


def _measure(case: Case, framework: Framework, folder: Path) -> Found:
    dataset = prepared(case.dataset, folder)

    def model(dtype: str, mode: Mode = Mode.EAGER, /, **parameters: object) -> Model:
        setup = Setup(
            framework=framework,
            mode=mode,
            device="cpu",
            template=case.declared,
            dataset=case.dataset,
            parameters=case.values(**parameters),
            seed=SEED,
            dtype=dtype,
        )
        return Model(case, setup, dataset)

    found: Found = {}
    for dtype in DTYPES:
        looked = _look(model(dtype, optimizer="sgd"))
        found |= {f"{dtype}/{name}": array for name, array in looked.items()}
    eager = framework is Framework.PYTORCH or case.courses is EVERY_FEATURE
    mode = Mode.EAGER if eager else Mode.GRAPH  # TensorFlow's eager mode would take minutes
    for name, course in case.courses.items():
        taken = train(model("float64", mode, **course), STEPS)
        found |= {f"{name}/float64/{key}": array for key, array in taken.items()}
    if "adamw" in case.courses:  # so few steps that tracing a graph would take longer
        taken = train(model("float32", **case.courses["momentum"]), FIRST_STEPS)
        found |= {f"momentum/float32/{key}": array for key, array in taken.items()}
    other = Mode.EAGER if mode is Mode.GRAPH else Mode.GRAPH
    if framework is Framework.TENSORFLOW:
        taken = train(model("float64", other, **case.courses["momentum"]), FEW_STEPS)
        found |= {f"other mode/{key}": array for key, array in taken.items()}
    if any(parameter.name == "dropout" for parameter in case.declared.parameters):
        found |= _drop(model("float32", optimizer="sgd", dropout=0.5))
    return found


def _look(model: Model) -> Found:
    """Initial weights, weights carried there and back, counts and shapes, outputs, and the gradients of a batch."""
    found = {f"initial/{name}": array for name, array in model.engine.weights().items()}
    weights = disturbed(model.layers)
    model.load(weights)
    found |= {f"carried/{name}": array for name, array in model.engine.weights().items()}
    found["trained"] = np.array(count_trained(model.engine._model))
    found |= model.outputs()
    batch = model.test_batch()
    if model.setup.framework is Framework.TENSORFLOW:
        found |= {f"shape/{n}": np.array(s) for n, s in keras_shapes(model.engine, *batch).items()}
    else:
        found["multiply_adds"] = np.array(pytorch_multiply_adds(model.engine, *batch))
    loss, _measure = model.engine.train_step(*next(model.batches()), LEAP)
    found["training_loss"] = np.array(loss)
    after = model.engine.weights()
    trained = [weight.name for layer in model.layers for weight in layer.weights if weight.trained]
    return found | {
        f"gradient/{name}": (weights[name] - np.float64(after[name])) / LEAP for name in trained
    }


def train(model: Model, steps: int) -> Found:
    """Losses, quick measures and a hash of the batches of so many steps, and weights and outputs after them."""
    given = model.setup.parameters
    model.load(disturbed(model.layers))
    schedule, base, warmup = (given[n] for n in ("schedule", "learning_rate", "warmup"))
    losses, measures, digest = [], [], sha256()
    for step, (x, y) in zip(range(steps), model.batches(), strict=False):
        rate = learning_rate(schedule, base, step, STEPS, warmup)
        loss, measure = model.engine.train_step(x, y, rate)
        losses.append(loss)
        measures.append(measure)
        digest.update(np.ascontiguousarray(x).data)
        digest.update(np.ascontiguousarray(y).data)
    return {
        "losses": np.array(losses),
        "measures": np.array(measures),
        "batches": np.frombuffer(digest.digest(), np.uint8),
        **{f"after/{name}": array for name, array in model.outputs().items()},
        **{f"weights/{name}": array for name, array in model.engine.weights().items()},
    }


def _drop(model: Model) -> Found:
    """With much dropout: the loss of a step of training, and what is given in evaluation after it."""
    model.load(disturbed(model.layers))
    loss, _measure = model.engine.train_step(*next(model.batches()), 0.0)
    model.load(disturbed(model.layers))
    dropped = {f"dropout/{name}": array for name, array in model.outputs().items()}
    return {"dropout/training_loss": np.array(loss), **dropped}


if __name__ == "__main__":
    main(Framework(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
