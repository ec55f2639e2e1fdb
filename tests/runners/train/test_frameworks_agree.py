from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runners.datasets import get_dataset
from runners.parameters import complete
from runners.protocol import Framework
from runners.templates import get_template
from runners.templates.initial import initial_weights
from runners.training_parameters import TRAINING_PARAMETERS
from tests.runners.train.conftest import ROOT
from tests.runners.train.first_steps import CASES

FLOAT64 = [name for name, case in CASES.items() if case.get("dtype", "float64") == "float64"]
FLOAT32 = [name for name, case in CASES.items() if case.get("dtype") == "float32"]
Reports = dict[Framework, dict[str, Any]]


@pytest.fixture(scope="module")
def outputs(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Framework, Path]:
    folders = {framework: tmp_path_factory.mktemp(framework) for framework in Framework}
    for framework, folder in folders.items():
        command = [sys.executable, "-m", "tests.runners.train.first_steps", framework]
        result = subprocess.run(
            [*command, str(datasets), str(folder)],
            check=False,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=280,
        )
        assert result.returncode == 0, result.stderr
    return folders


@pytest.fixture(scope="module")
def reports(outputs: dict[Framework, Path]) -> Reports:
    return {f: json.loads((folder / "report.json").read_text()) for f, folder in outputs.items()}


@pytest.mark.parametrize("case", CASES)
def test_both_frameworks_start_from_the_weights_that_the_seed_gives(
    outputs: dict[Framework, Path], case: str
) -> None:
    given = {key: value for key, value in CASES[case].items() if key not in ("template", "dtype")}
    template = get_template(CASES[case].get("template", "mlp"))
    values, errors = complete((*template.parameters, *TRAINING_PARAMETERS), given)
    assert not errors
    expected = initial_weights(template.layers_for(values, get_dataset("digits")), 7)
    for folder in outputs.values():
        with np.load(folder / f"{case}.npz") as found:
            assert set(found) == set(expected)
            for name, array in expected.items():
                np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("case", ["adam float32", "cnn"])
def test_both_models_have_as_many_weights_as_the_template_declares(
    reports: Reports, case: str
) -> None:
    given = {key: value for key, value in CASES[case].items() if key not in ("template", "dtype")}
    template = get_template(CASES[case].get("template", "mlp"))
    values, _ = complete((*template.parameters, *TRAINING_PARAMETERS), given)
    layers = template.layers_for(values, get_dataset("digits"))
    declared = sum(layer.parameter_count for layer in layers)
    assert {report[case]["parameters"] for report in reports.values()} == {declared}


@pytest.mark.parametrize("case", CASES)
def test_both_frameworks_get_the_same_batches(reports: Reports, case: str) -> None:
    pytorch, tensorflow = reports.values()
    assert pytorch[case]["batches"] == tensorflow[case]["batches"]


@pytest.mark.parametrize("case", FLOAT64)
def test_in_float64_the_losses_of_the_first_steps_are_equal_to_rounding(
    reports: Reports, case: str
) -> None:
    pytorch, tensorflow = (report[case]["losses"] for report in reports.values())
    np.testing.assert_allclose(tensorflow, pytorch, rtol=1e-12)


@pytest.mark.parametrize("case", FLOAT32)
def test_in_float32_the_losses_of_the_first_steps_are_equal_to_rounding(
    reports: Reports, case: str
) -> None:
    pytorch, tensorflow = (report[case]["losses"] for report in reports.values())
    np.testing.assert_allclose(tensorflow, pytorch, rtol=1e-6)


def test_as_many_predictions_of_each_batch_are_right_in_both_frameworks(reports: Reports) -> None:
    pytorch, tensorflow = (report["cnn"]["right"] for report in reports.values())
    assert pytorch == tensorflow
    assert max(pytorch) > 0


def test_a_tensorflow_graph_computes_what_eager_mode_computes(reports: Reports) -> None:
    report = reports[Framework.TENSORFLOW]
    eager, graph = report["adamw float64"]["losses"], report["graph"]["losses"]
    np.testing.assert_allclose(graph, eager, rtol=1e-12)


def test_clipping_changes_the_course_of_a_training_with_long_gradients(reports: Reports) -> None:
    for report in reports.values():
        assert report["clipped"]["losses"][0] == report["not clipped"]["losses"][0]
        assert report["clipped"]["losses"][5] != report["not clipped"]["losses"][5]


def test_every_optimizer_takes_a_course_of_its_own(reports: Reports) -> None:
    for report in reports.values():
        names = ("sgd", "momentum", "adam", "adamw")
        assert len({report[f"{name} float64"]["losses"][-1] for name in names}) == 4
