"""Tests of runners.export.examples: every kind of model has a program that a user runs without Twinbench.

Those of real models in every format are run where these are made: `tests.runners.export.test_pytorch` and `test_tensorflow`.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from runners.export import examples
from runners.export.examples.runtimes import RUNTIMES
from runners.export.formats import FORMATS, get_format
from runners.export.manifest import PREPROCESSING, REFERENCE, Manifest
from tests.runners.export import linear
from tests.runners.export.alone import run_alone

OWN = {
    "images": (["mine.png", "mine.png"], 2),
    "rows": (["5", "3", "1"], 1),
    "regression": (["4", "30"], 1),
    "masks": (["mine.png"], 1),
    "text": (["abc", "a b c a"], 2),
    "reviews": (["Not so good", "bad!", "good"], 3),
    "images again": (["mine.png"], 1),
    "forecast": (["steps.csv"], 1),
}
"""Of each kind of model a person's own data, and for how many samples these stand."""


def written(folder: Path, kind: str) -> Manifest:
    manifest = linear.make(folder, kind)
    examples.write(folder, manifest)
    return manifest


@pytest.mark.parametrize("kind", linear.KINDS)
def test_the_example_answers_for_held_out_samples_and_for_a_persons_own(
    kind: str, tmp_path: Path
) -> None:
    written(tmp_path, kind)
    Image.new("RGB", (20, 30), (90, 10, 200)).save(tmp_path / "mine.png")
    np.savetxt(tmp_path / "steps.csv", np.ones((5, 2)), delimiter=",")
    words, count = OWN[kind]
    assert len(run_alone(tmp_path, "example.py").splitlines()) == 5
    assert len(run_alone(tmp_path, "example.py", *words).splitlines()) == count


def test_the_example_tells_in_own_units_what_the_model_gives(tmp_path: Path) -> None:
    written(tmp_path, "regression")
    assert run_alone(tmp_path, "example.py", "4", "30") == "price 1000.0\n"


def test_tokens_without_a_vocabulary_and_images_of_many_channels_go_in_as_they_are(
    tmp_path: Path,
) -> None:
    manifest = linear.make(tmp_path, "text")
    about = {**manifest.preprocessing, "vocabulary": None}
    (tmp_path / PREPROCESSING).write_text(json.dumps(about), "utf-8")
    examples.write(tmp_path, replace(manifest, preprocessing=about))
    assert run_alone(tmp_path, "example.py", "2", "3", "4", "0").startswith("next: ")
    manifest = linear.make(tmp_path, "images")
    about = {**manifest.preprocessing, "shape": [8, 8, 4]}
    examples.write(tmp_path, replace(manifest, preprocessing=about))
    np.save(tmp_path / "x.npy", np.zeros((2, 8, 8, 1), np.float32))
    assert len(run_alone(tmp_path, "example.py", "x.npy").splitlines()) == 2


@pytest.mark.parametrize("name", [one.id for one in FORMATS])
def test_every_format_has_an_example_that_python_understands(name: str, tmp_path: Path) -> None:
    manifest = replace(linear.make(tmp_path, "images"), format=name)
    assert "example.py" in examples.write(tmp_path, manifest)
    ast.parse((tmp_path / "example.py").read_text("utf-8"))
    runtime = get_format(name).runtime
    assert runtime in RUNTIMES or runtime == "weights"


@pytest.mark.parametrize("name", ["onnx", "litert", "torchscript", "aoti"])
def test_a_format_for_other_languages_has_an_example_and_a_sample_for_it(
    name: str, tmp_path: Path
) -> None:
    manifest = replace(linear.make(tmp_path, "images"), format=name)
    names = examples.write(tmp_path, manifest)
    (program,) = (tmp_path / one for one in names if one in ("example.mjs", "example.cpp"))
    text = program.read_text("utf-8")
    assert "1, 8, 8, 1" in text
    assert "@" not in text
    (sample,) = (tmp_path / one for one in names if one.startswith("sample"))
    numbers = sample.read_text("utf-8").replace("[", "").replace("]", "").replace(",", " ").split()
    with np.load(tmp_path / REFERENCE) as arrays:
        np.testing.assert_array_equal(np.array(numbers, np.float32), arrays["input"][0].ravel())


def test_node_understands_the_example_in_javascript(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node")
    written(tmp_path, "images")
    subprocess.run([node, "--check", tmp_path / "example.mjs"], check=True)
