"""What PyTorch's models are exported to, run by its runtimes and by a user who has no Twinbench."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from runners.protocol import RunFolder
from tests.runners.export.alone import run_alone
from tests.runners.export.conftest import ROOT, Home
from tests.runners.export.pytorch_formats import FORMATS

ALONE = """\
import sys
import numpy as np
import torch

model = {load}
with np.load("reference.npz") as arrays:
    x, expected = torch.from_numpy(arrays["input"]), torch.from_numpy(arrays["output"])
with torch.no_grad():
    for size in (1, 5, len(x)):
        assert torch.allclose(model(x[:size]), expected[:size], rtol=1e-4, atol=1e-4)
assert sys.modules["runners"] is None
print("as trained")
"""
LOADED = {
    "pt2": 'torch.export.load("model.pt2").module()',
    "aoti": 'torch._inductor.aoti_load_package("model.pt2")',
    "torchscript": 'torch.jit.load("model.pt")',
}


@pytest.fixture(scope="module")
def made(home: Home, pytorch_run: RunFolder) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.runners.export.pytorch_formats", str(pytorch_run.path), str(home.datasets)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_what_the_trained_model_gives_for_any_number_of_samples(
    made: dict[str, Any], name: str
) -> None:
    assert made[name]["difference"] < 1e-5


@pytest.mark.parametrize("name", LOADED)
def test_a_format_of_pytorchs_own_loads_in_a_process_without_twinbench(
    made: dict[str, Any], name: str
) -> None:
    folder = Path(made[name]["folder"])
    (folder / "alone.py").write_text(ALONE.format(load=LOADED[name]), "utf-8")
    assert run_alone(folder, "alone.py") == "as trained\n"


@pytest.mark.parametrize("name", [one for one in FORMATS if one != "trained"])
def test_the_example_beside_a_format_runs_in_a_process_without_twinbench(
    made: dict[str, Any], name: str
) -> None:
    said = run_alone(Path(made[name]["folder"]), "example.py").splitlines()
    assert said[-1].endswith("arrays") if name == "safetensors" else len(said) == 5


@pytest.mark.skipif(not shutil.which("cmake"), reason="needs CMake and a C++ compiler")
def test_the_example_in_cpp_gives_what_the_reference_says(made: dict[str, Any]) -> None:
    folder = Path(made["torchscript"]["folder"])
    libtorch = Path(find_spec("torch").origin).parent  # type: ignore[union-attr, arg-type]
    for words in ("-B build -DCMAKE_BUILD_TYPE=Debug", "--build build --config Debug"):
        command = ["cmake", *words.split()]
        subprocess.run(
            command, cwd=folder, env={**os.environ, "CMAKE_PREFIX_PATH": str(libtorch)}, check=True
        )
    (program,) = (path for path in (folder / "build").rglob("example*") if path.stem == "example" and os.access(path, os.X_OK) and path.is_file())  # fmt: skip
    sample = (folder / "sample.txt").read_text()
    said = subprocess.run(
        [program, "model.pt"], cwd=folder, input=sample, capture_output=True, text=True, check=True
    )
    with np.load(folder / "reference.npz") as arrays:
        expected = arrays["output"][0].ravel()
    given = [float(number) for number in said.stdout.split()]
    np.testing.assert_allclose(given, expected, rtol=1e-3, atol=1e-4)


def test_an_onnx_model_passes_the_checker_and_takes_any_number_of_samples(
    made: dict[str, Any],
) -> None:
    path = Path(made["onnx"]["folder"]) / "model.onnx"
    onnx.checker.check_model(str(path), full_check=True)
    graph = onnx.load(path).graph
    ((given,), (gives,)) = graph.input, graph.output
    assert (given.name, gives.name) == ("input", "output")
    assert given.type.tensor_type.shape.dim[0].dim_param
    assert [dim.dim_value for dim in given.type.tensor_type.shape.dim[1:]] == [8, 8, 1]
