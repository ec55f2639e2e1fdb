"""Trains a run and makes exports of it and of untrained models in one process, since importing TensorFlow takes longer: ``python -m … RUN DATASETS``.

Prints for each its folder, and the largest difference from the reference where its runtime is asked for one sample and for many; and
what is said of models that cannot be expressed.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from runners.datasets.dataset import Input
from runners.export.making import make
from runners.export.manifest import REFERENCE, Manifest, Tensor
from runners.export.preparing import setup_on_cpu
from runners.export.preprocessing import describe
from runners.export.runtimes import load
from runners.export.tensorflow import MAKERS
from runners.export.trained import ExportError, Trained
from runners.protocol import Framework, Mode, RunFolder, RunSpec
from runners.train.control import Control
from runners.train.data import open_data
from runners.train.job import run_job
from tests.runners.templates.cases import CASES, Case, prepared

FLOAT32 = ("trained", "safetensors", "keras", "saved-model", "onnx", "litert")
REDUCED = ("litert-float16", "litert-dynamic", "litert-int8")
PECULIAR = {
    "own layers": ("vit", "keras"),
    "a tied table": ("gpt", "keras"),
    "an autoencoder": ("vae-convolutional", "safetensors"),
    "loops for ONNX": ("rnn-lstm", "onnx"),
    "loops for LiteRT": ("rnn-gru", "litert"),
    "GELU for ONNX": ("mlp-gelu", "onnx"),
}
"""Cases of `tests.runners.templates.cases` whose models take more than writing them down."""


def main(run: RunFolder, datasets: Path) -> dict[str, Any]:
    outcome = run_job(run, datasets, "cpu", Control(run))
    assert outcome.exit_code == 0, outcome
    made = {name: make(run, datasets, name, "", "", _tell) for name in FLOAT32 + REDUCED}
    for name, (case, format_id) in PECULIAR.items():
        made[name] = run.path / "exports" / name
        made[name].mkdir()
        _make_untrained(CASES[case], format_id, made[name])
    return {name: _compared(folder) for name, folder in made.items()}


def _compared(folder: Path) -> dict[str, Any]:
    with np.load(folder / REFERENCE) as arrays:
        x, expected = arrays["input"], arrays["output"]
    _, predictor = load(folder)
    given = np.concatenate([predictor.predict(x[:1]), predictor.predict(x[1:])])
    largest = float(np.abs(given - expected).max() / np.abs(expected).max())
    agreement = float((given.argmax(-1) == expected.argmax(-1)).mean())
    return {"folder": str(folder), "difference": largest, "agreement": agreement}


def _make_untrained(case: Case, format_id: str, folder: Path) -> None:
    """As `make` does it, of a model that has yet to be trained and data that are made up."""
    parameters = case.values(precision="bfloat16")  # what is exported computes in float32
    spec = RunSpec(
        case.template, Framework.TENSORFLOW, Mode.EAGER, "made-up", "", parameters, 7, "cpu", ""
    )  # fmt: skip
    from runners.export.tensorflow.wrapping import outputs, wrapped
    from runners.train.tensorflow.engine import create_engine

    setup = setup_on_cpu(spec, RunFolder(folder), case.dataset)
    engine = create_engine(setup)
    model = wrapped(engine.deployed(), setup)
    test = open_data(prepared(case.dataset, folder.parents[2] / folder.name), setup).test
    (raw, _), *_ = test.batches(8)
    x = raw.astype(np.int32 if case.dataset.input is Input.TOKENS else np.float32)
    y = outputs(model, x)
    np.testing.assert_allclose(_directly(engine, raw, parameters), y, rtol=0.1, atol=0.1)
    given = Tensor("input", (None, *x.shape[1:]), x.dtype.name)
    gives = Tensor("output", (None, *y.shape[1:]), y.dtype.name)
    trained = Trained(setup, model, given, gives, x, lambda _size: iter(()), folder, _tell)
    MAKERS[format_id](trained)
    described = describe(case.declared, parameters, case.dataset, None)
    np.savez(folder / REFERENCE, input=x, output=y)
    about = json.loads(spec.to_json())
    Manifest(
        format_id, 0, about, "last", 0, 0, (given,), (gives,), versions={}, preprocessing=described
    ).write(folder)


def _refused(folder: Path) -> dict[str, str]:
    """What is said of a model with an operation that only TensorFlow has, and in a layer that does not say what it is made with."""
    import keras

    class Unsaid(keras.layers.Layer):
        def __init__(self, something: object) -> None:
            super().__init__()
            self.something = something

        def call(self, x: Any) -> Any:
            return keras.ops.erfinv(x)

    case = CASES["mlp"]
    spec = RunSpec("mlp", Framework.TENSORFLOW, Mode.EAGER, "digits", "", case.values(), 7, "cpu", "")  # fmt: skip
    setup = setup_on_cpu(spec, RunFolder(folder), case.dataset)
    given = keras.Input((4,))
    model = keras.Model(given, Unsaid(object())(keras.layers.Dense(3)(given)))
    x = np.zeros((1, 4), np.float32)
    tensors = Tensor("input", (None, 4), "float32"), Tensor("output", (None, 3), "float32")
    trained = Trained(setup, model, *tensors, x, lambda _size: iter([x]), folder, _tell)
    said = {}
    for name in ("keras", "onnx", "litert", "litert-int8"):
        try:
            MAKERS[name](trained)
        except ExportError as error:
            said[name] = str(error)
    return said


def _directly(engine: Any, x: Any, parameters: Any) -> Any:
    """What the engine itself gives, of an autoencoder at the mean of its codes."""
    if "latent" not in parameters:
        return engine.predict(x)
    return engine.predict(x, np.zeros((len(x), parameters["latent"]), np.float32))[0]


def _tell(text: str, fraction: float) -> None:
    print(f"{fraction:.0%} {text}")


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):
        told = main(RunFolder(Path(sys.argv[1])), Path(sys.argv[2]))
        with TemporaryDirectory() as scratch:
            refused = _refused(Path(scratch))
    print(json.dumps({"made": told, "refused": refused}))
