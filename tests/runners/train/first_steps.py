"""The first steps of several trainings in one framework, as a process: its engine is the real one.

``python -m tests.runners.train.first_steps FRAMEWORK DATASETS_FOLDER OUTPUT_FOLDER``
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from runners.datasets.dataset import PreparedDataset
from runners.protocol import Framework, Mode
from runners.templates import get_template
from runners.train.data import open_data
from runners.train.engine import Engine, import_engine
from runners.train.schedule import learning_rate
from runners.train.setup import Setup
from tests.runners.train.conftest import new_spec

STEPS = 20
_MLP = {"hidden_widths": "24, 16", "activation": "tanh", "batch_size": 96, "weight_decay": 0.01}
_CNN = {"template": "cnn", "filters": "4, 6", "kernel_size": 4, "activation": "tanh"}
CASES: dict[str, dict[str, Any]] = {
    **{
        f"{optimizer} {dtype}": {**_MLP, "optimizer": optimizer, "dtype": dtype}
        for optimizer in ("sgd", "momentum", "adam", "adamw")
        for dtype in ("float64", "float32")
    },
    "clipped": {**_MLP, "optimizer": "sgd", "gradient_clip": 0.1, "learning_rate": 1.0},
    "not clipped": {**_MLP, "optimizer": "sgd", "learning_rate": 1.0},
    "cosine": {**_MLP, "optimizer": "momentum", "schedule": "cosine"},
    "cnn": {**_CNN, "optimizer": "adam"},
    "relu": {"optimizer": "adam", "activation": "relu"},
    # TensorFlow rounds the root of two in GELU to float32, in float64 too.
    "gelu": {**_MLP, "optimizer": "momentum", "activation": "gelu", "dtype": "float32"},
}


def main(framework: Framework, datasets: Path, output: Path) -> None:
    report = {}
    for name, case in CASES.items():
        setup = _setup(framework, Mode.EAGER, datasets, **case)
        engine = import_engine(setup).create_engine(setup)
        np.savez(output / f"{name}.npz", allow_pickle=False, **engine.weights())
        report[name] = {"parameters": _count(engine, framework), **_train(setup, engine, datasets)}
    if framework is Framework.TENSORFLOW:
        setup = _setup(framework, Mode.GRAPH, datasets, **CASES["adamw float64"])
        engine = import_engine(setup).create_engine(setup)
        report["graph"] = _train(setup, engine, datasets)
    (output / "report.json").write_text(json.dumps(report), "utf-8")


def _setup(
    framework: Framework, mode: Mode, datasets: Path, *, dtype: str = "float64", **case: Any
) -> Setup:
    spec = new_spec(framework, mode, datasets, **case)
    dataset = PreparedDataset.read(datasets / "digits")
    assert dataset is not None
    return Setup(
        framework=framework,
        mode=mode,
        device="cpu",
        template=get_template(spec.template),
        dataset=dataset.info,
        parameters=spec.parameters,
        seed=spec.seed,
        dtype=dtype,
    )


def _train(setup: Setup, engine: Engine, datasets: Path) -> dict[str, Any]:
    dataset = PreparedDataset.read(datasets / "digits")
    assert dataset is not None
    train = open_data(dataset, 0.1, setup.seed).train
    given = setup.parameters
    losses: list[float] = []
    right: list[int] = []
    digest = sha256()
    epoch = 0
    while len(losses) < STEPS:
        epoch += 1
        for images, labels in train.shuffled(setup.seed, epoch).batches(given["batch_size"]):
            rate = learning_rate(given["schedule"], given["learning_rate"], len(losses), STEPS)
            loss, correct = engine.train_step(images, labels, rate)
            losses.append(loss)
            right.append(correct)
            digest.update(images.data)
            digest.update(labels.data)
    return {"losses": losses[:STEPS], "right": right[:STEPS], "batches": digest.hexdigest()}


def _count(engine: Any, framework: Framework) -> int:
    if framework is Framework.PYTORCH:
        return sum(parameter.numel() for parameter in engine._model.parameters())
    return int(engine._model.count_params())


if __name__ == "__main__":
    main(Framework(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
