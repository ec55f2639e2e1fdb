"""What full int8 costs on real images."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runners.datasets import prepare_dataset
from runners.export.checking import TOLERANCES
from runners.export.formats import Precision
from runners.export.manifest import Manifest
from runners.protocol import Framework
from tests.runners.export.conftest import Home
from tests.runners.export.test_processes import run

pytestmark = pytest.mark.long


def test_a_network_in_int8_loses_at_most_two_percent_of_the_accuracy_on_fashion_mnist(
    tmp_path: Path, fashion_mnist: Path
) -> None:
    home = Home(tmp_path)
    images = prepare_dataset("fashion-mnist", home.datasets, source=fashion_mnist)
    folder = home.write_run(Framework.TENSORFLOW, "cnn", filters="8, 16", hidden_width=32, epochs=1)
    about = {**json.loads(folder.spec.read_text("utf-8"))}
    about |= {"dataset": "fashion-mnist", "dataset_hash": images.sha256}
    folder.spec.write_text(json.dumps(about), "utf-8")
    home.train(folder)
    whole, int8 = (_checked(home.make(folder, name).folder) for name in ("litert", "litert-int8"))

    assert whole.check
    assert whole.check.passed, whole.check.problem
    assert int8.check
    assert int8.check.passed, int8.check.problem
    trained, quantised = int8.check.metrics["accuracy"]
    assert trained > 0.8
    assert trained - quantised <= (TOLERANCES[Precision.QUANTISED].loss or 0) <= 0.02
    assert int8.size_bytes < 0.4 * whole.size_bytes


def _checked(folder: Path) -> Manifest:
    code, said = run("check", str(folder))
    assert code == 0, said
    return Manifest.read(folder)
