from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.raw.start import write_start
from benchmarks.trainer_overhead import write_run
from runners.datasets import prepare_dataset
from runners.events import EventReader, Points
from runners.protocol import FRAMEWORKS, Framework, Mode, RunFolder

_STEPS = 10


def run(*arguments: str) -> None:
    command = [sys.executable, "-m", *arguments]
    subprocess.run(command, check=True, timeout=300, stdout=subprocess.DEVNULL)


def logged_losses(folder: Path) -> list[float]:
    events = EventReader(RunFolder(folder).events).read()
    points = [one for one in events if isinstance(one, Points) and "loss" in one.names]
    return [one.values[one.names.index("loss")] for one in points]


@pytest.mark.parametrize("template", ["mlp", "cnn"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_plain_script_trains_the_same_as_the_trainer(
    framework: Framework, template: str, tmp_path: Path
) -> None:
    dataset = prepare_dataset("digits", tmp_path / "datasets")
    given = argparse.Namespace(template=template, epochs=2, dataset="digits")
    folder = tmp_path / "run"
    folder.mkdir()
    write_run(folder, framework, Mode.EAGER, given, dataset.sha256)
    write_start(folder, dataset)
    run(f"benchmarks.raw.{framework}", *map(str, (dataset.folder, template, folder, folder)), "eager")  # fmt: skip
    run("benchmarks.raw.trainer", str(folder), str(dataset.folder.parent))
    losses = np.load(folder / "losses.npy")
    told = logged_losses(folder)
    assert len(told) == len(losses) > _STEPS
    np.testing.assert_allclose(losses[:_STEPS], told[:_STEPS], rtol=1e-3)
