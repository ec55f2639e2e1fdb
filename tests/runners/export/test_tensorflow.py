"""What TensorFlow's models are exported to, run by their runtimes and by a user who has no Twinbench."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import onnx
import pytest

from runners.export.manifest import Manifest
from runners.export.serving.pack import write_folder
from runners.protocol import Framework
from tests.runners.export.alone import run_alone
from tests.runners.export.conftest import ROOT, Home
from tests.runners.export.tensorflow_formats import FLOAT32, PECULIAR, REDUCED

SIGNATURES = """\
import sys
import numpy as np
import tensorflow as tf

signatures = tf.saved_model.load("saved_model").signatures
with np.load("reference.npz") as arrays:
    x, expected = arrays["input"], arrays["output"]
for size in (1, 5, len(x)):
    given = signatures["serving_default"](input=tf.constant(x[:size]))["output"]
    assert np.allclose(given, expected[:size], rtol=1e-4, atol=1e-4)
likely = signatures["probabilities"](input=tf.constant(x))["probabilities"]
assert np.allclose(tf.reduce_sum(likely, -1), 1)
assert sys.modules["runners"] is None
print("as trained")
"""
LITERT = """\
import sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter

with np.load("reference.npz") as arrays:
    x, expected = arrays["input"], arrays["output"]
run = Interpreter("model.tflite").get_signature_runner("serving_default")
given = run(input=x[:1])["output"]
assert given.shape == expected[:1].shape
assert "tensorflow" not in sys.modules
print("as trained" if np.allclose(given, expected[:1], rtol=1e-4, atol=1e-4) else "otherwise")
"""
SERVED = """\
import json
import sys
import numpy as np
import tensorflow as tf
from pathlib import Path

(model,) = Path("models").glob("*/1")
assert f'base_path: "/models/{model.parent.name}"' in Path("models/models.config").read_text()
asked = json.loads(Path("request.json").read_text())["instances"]
signature = tf.saved_model.load(str(model)).signatures["serving_default"]
given = signature(input=tf.constant(asked, tf.float32))["output"]
with np.load("reference.npz") as arrays:
    assert np.allclose(given, arrays["output"][: len(asked)], rtol=1e-4, atol=1e-4)
assert sys.modules["runners"] is None
print("as trained")
"""
TRAINED_ON = """\
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace
import tensorflow as tf

# As ImportExampleGen hands the samples on.
patterns = {}
for split in ("train", "eval"):
    options = tf.io.TFRecordOptions(compression_type="GZIP")
    place = Path("given") / split
    place.mkdir(parents=True)
    with tf.io.TFRecordWriter(str(place / "data.gz"), options) as file:
        for record in tf.data.TFRecordDataset(f"data/{split}/samples.tfrecord"):
            file.write(record.numpy())
    patterns[split] = [str(place / "*")]
runpy.run_path("trainer.py")["run_fn"](SimpleNamespace(
    train_files=patterns["train"], eval_files=patterns["eval"], train_steps=2, eval_steps=1,
    serving_model_dir="served", custom_config={"folder": str(Path.cwd())},
))
signature = tf.saved_model.load("served").signatures["serving_default"]
(given,) = signature(tf.zeros((3, 8, 8, 1))).values()
assert given.shape == (3, 10)
assert sys.modules["runners"] is None
print("as trained")
"""
OWN_LAYERS = """\
import runpy
import sys
import keras
import numpy as np

own = {name: one for name, one in runpy.run_path("layers.py").items() if name[0].isupper()}
model = keras.saving.load_model("model.keras", custom_objects=own)
with np.load("reference.npz") as arrays:
    assert np.allclose(model(arrays["input"]), arrays["output"], rtol=1e-4, atol=1e-4)
assert sys.modules["runners"] is None
print("as trained")
"""


@pytest.fixture(scope="module")
def told(home: Home) -> dict[str, Any]:
    """Of a convolutional network with averaged weights, which differ from the trained ones."""
    run = home.write_run(
        Framework.TENSORFLOW, "cnn", filters="4, 6", hidden_width=256, epochs=1, average=0.9
    )
    return _every_format(home, run.path)


def _every_format(home: Home, run: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.runners.export.tensorflow_formats", str(run), str(home.datasets)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def made(told: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = told["made"]
    return found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("keras", "Keras cannot write the layer Unsaid of this model: give it a get_config that says what it is made with, or choose SavedModel"),
        ("onnx", "ONNX has no operation for Erfinv of this model: choose SavedModel"),
        ("litert", "LiteRT has no operation for Erfinv of this model: choose ONNX or SavedModel"),
        ("litert-int8", "LiteRT has no operation for Erfinv of this model: choose ONNX or SavedModel"),
    ],
)  # fmt: skip
def test_what_a_format_cannot_express_is_named(told: dict[str, Any], name: str, words: str) -> None:
    assert told["refused"][name] == words


def _size(made: dict[str, Any], name: str) -> int:
    return Manifest.read(Path(made[name]["folder"])).size_bytes


@pytest.mark.parametrize("name", FLOAT32)
def test_every_float32_format_gives_what_the_trained_model_gives_for_any_number_of_samples(
    made: dict[str, Any], name: str
) -> None:
    assert made[name]["difference"] < 1e-5


@pytest.mark.parametrize("name", PECULIAR)
def test_a_model_that_takes_more_than_writing_it_down_gives_the_same_all_the_same(
    made: dict[str, Any], name: str
) -> None:
    assert made[name]["difference"] < 1e-5


def test_a_keras_file_loads_with_the_layers_beside_it_in_a_process_without_twinbench(
    made: dict[str, Any],
) -> None:
    assert _alone(made, "own layers", OWN_LAYERS) == "as trained\n"


@pytest.mark.parametrize("name", REDUCED)
def test_a_format_of_fewer_bits_is_smaller_and_nearly_agrees(
    made: dict[str, Any], name: str
) -> None:
    assert 1e-7 < made[name]["difference"] < 0.1
    assert made[name]["agreement"] > 0.95
    assert _size(made, name) < 0.75 * _size(made, "litert")


def test_the_signatures_of_a_saved_model_work_in_a_process_without_twinbench(
    made: dict[str, Any],
) -> None:
    assert _alone(made, "saved-model", SIGNATURES) == "as trained\n"


@pytest.mark.parametrize("name", [one for one in FLOAT32 + REDUCED if one != "trained"])
def test_the_example_beside_a_format_runs_in_a_process_without_twinbench(
    made: dict[str, Any], name: str
) -> None:
    said = run_alone(Path(made[name]["folder"]), "example.py").splitlines()
    assert said[-1].endswith("arrays") if name == "safetensors" else len(said) == 5


def test_the_folder_for_tensorflow_serving_has_the_model_and_a_request_that_it_answers(
    made: dict[str, Any], tmp_path: Path
) -> None:
    write_folder("tensorflow-serving", Path(made["saved-model"]["folder"]), tmp_path / "served")
    (tmp_path / "served" / "alone.py").write_text(SERVED, "utf-8")
    assert run_alone(tmp_path / "served", "alone.py") == "as trained\n"


def test_the_folder_for_tfx_turns_the_data_into_samples_and_trains_the_model_on(
    made: dict[str, Any], home: Home, tmp_path: Path
) -> None:
    folder = tmp_path / "tfx"
    write_folder("tfx", Path(made["keras"]["folder"]), folder)
    assert f"python data.py {home.datasets / 'digits'}\n" in (folder / "README.md").read_text(
        "utf-8"
    )
    assert "samples in" in run_alone(folder, "data.py", str(home.datasets / "digits"))
    (folder / "alone.py").write_text(TRAINED_ON, "utf-8")
    assert run_alone(folder, "alone.py").endswith("as trained\n")


def test_a_litert_file_runs_in_litert_without_tensorflow(made: dict[str, Any]) -> None:
    assert _alone(made, "litert", LITERT) == "as trained\n"


def _alone(made: dict[str, Any], name: str, program: str) -> str:
    folder = Path(made[name]["folder"])
    (folder / "alone.py").write_text(program, "utf-8")
    return run_alone(folder, "alone.py")


def test_an_onnx_model_of_tensorflow_passes_the_checker_with_its_names_and_an_open_batch(
    made: dict[str, Any],
) -> None:
    path = Path(made["onnx"]["folder"]) / "model.onnx"
    onnx.checker.check_model(str(path), full_check=True)
    graph = onnx.load(path).graph
    ((given,), (gives,)) = graph.input, graph.output
    assert (given.name, gives.name) == ("input", "output")
    assert given.type.tensor_type.shape.dim[0].dim_param
    assert [dim.dim_value for dim in given.type.tensor_type.shape.dim[1:]] == [8, 8, 1]


def test_nothing_but_the_formats_files_is_left(made: dict[str, Any]) -> None:
    files = {name: set(Manifest.read(Path(one["folder"])).files) for name, one in made.items()}
    assert files["keras"] == {"model.keras"}
    assert files["litert-int8"] == {"model.tflite"}
    assert files["onnx"] == {"model.onnx"}
    assert files["safetensors"] == {"model.safetensors"}
    assert "saved_model/assets.extra/tf_serving_warmup_requests" in files["saved-model"]
