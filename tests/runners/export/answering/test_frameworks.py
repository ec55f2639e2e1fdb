"""Runs that were trained, in each framework, asked by the process; a file by itself, since frameworks are slow to import."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from runners.protocol import FRAMEWORKS, Framework, RunFolder
from tests.runners.export.conftest import ROOT, Home
from workbench.errors import WorkbenchError
from workbench.trying.client import Target, asking


@pytest.fixture(scope="module", params=FRAMEWORKS, ids=str)
def run(home: Home, request: pytest.FixtureRequest) -> RunFolder:
    framework: Framework = request.param
    return home.train(home.write_run(framework, "cnn", filters="4, 6", hidden_width=16, epochs=1))


def test_a_trained_run_answers_about_samples_its_mistakes_and_what_they_rest_on(home: Home, run: RunFolder) -> None:  # fmt: skip
    target = Target(run.path, home.datasets, sys.executable)
    with asking(target) as asker:
        told: list[str] = []
        facts = asker.facts(told.append)
        assert any("importing" in each for each in told)
        assert facts.gradient
        assert facts.format == "trained"
        samples = asker.ask("samples", places=[5])
        answers = asker.ask("predict", x=samples["x"])["answers"]
        np.testing.assert_allclose(answers.sum(), 1, rtol=1e-5)
        worst = asker.ask("mistakes", most=1000)
        matrix = json.loads((run.artifacts / "confusion-matrix.json").read_text("utf-8"))["matrix"]
        right = sum(row[at] for at, row in enumerate(matrix))
        assert worst["count"] - worst["wrong"] == right  # as the run's own test found
        gradient = asker.ask("saliency", x=samples["x"][0], method="gradient")
        assert gradient["choice"] == answers.argmax()
        assert gradient["map"].max() == 1
        assert asker.ask("saliency", x=samples["x"][0], method="occlusion")["map"].shape == (8, 8)


def test_gradients_are_what_small_differences_give(home: Home, run: RunFolder) -> None:
    words = [sys.executable, "-m", "tests.runners.export.answering.frameworks", str(run.path), str(home.datasets)]  # fmt: skip
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True, timeout=240)
    told = json.loads(said.stdout.splitlines()[-1])
    assert told["largest"] > 0
    assert told["apart"] < 0.02 * told["largest"] + 1e-3


def test_a_run_without_a_checkpoint_says_so(home: Home) -> None:
    folder = home.write_run(Framework.PYTORCH, "cnn")
    target = Target(folder.path, home.datasets, sys.executable)
    with asking(target) as asker, pytest.raises(WorkbenchError, match="no checkpoint"):
        asker.facts()
