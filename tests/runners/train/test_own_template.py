"""Runs of a template of the user's, trained with the files that lie in the run's folder."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from runners.protocol import Framework, Mode, State
from runners.templates import folder_of, get_template
from tests.runners.train.conftest import Trained, Workshop

FAILING = """

class Failing(nn.Module):
    calls = 0

    def forward(self, x: Any) -> Any:
        self.calls += 1
        if self.calls == 7:
            raise RuntimeError("no seventh step")
        return x
"""


def start(
    workshop: Workshop, place: Path, framework: Framework, *changes: str, mode: Mode = Mode.EAGER
) -> Trained:
    """A run of a copy of the mlp in whose file for the framework the first text became the second, and so on."""
    copy = place / "run" / "template" / "mine"
    copytree(folder_of(get_template("mlp")), copy, ignore=ignore_patterns("__pycache__"))
    file = copy / f"{framework}.py"
    text = file.read_text("utf-8")
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, "utf-8")
    return workshop.train(framework, mode=mode, spec={"template": "mine"}, parent=place, epochs=1)


def line_of(trainer: Trained, framework: Framework, text: str) -> int:
    file = trainer.folder.template / "mine" / f"{framework}.py"
    lines = file.read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_a_template_that_fails_at_a_step_ends_the_run_with_its_line(
    workshop: Workshop, tmp_path: Path
) -> None:
    trainer = start(
        workshop,
        tmp_path,
        Framework.PYTORCH,
        "\n\ndef build_model",
        f"{FAILING}\n\ndef build_model",
        "    model = nn.Sequential()\n",
        '    model = nn.Sequential()\n    model.add_module("failing", Failing())\n',
    )
    line = line_of(trainer, Framework.PYTORCH, "no seventh step")
    assert trainer.outcome.state is State.FAILED
    assert trainer.outcome.reason == f"RuntimeError: no seventh step (mine/pytorch.py, line {line})"
    assert [step for step, _ in trainer.series("loss")][-1] == 6


@pytest.mark.parametrize("framework", [Framework.PYTORCH, Framework.TENSORFLOW], ids=str)
def test_a_template_that_fails_to_build_ends_the_run_with_its_line(
    workshop: Workshop, tmp_path: Path, framework: Framework
) -> None:
    first = {"pytorch": "    model = nn.Sequential()", "tensorflow": "    model.add(layers.Flatten"}
    trainer = start(
        workshop,
        tmp_path,
        framework,
        first[framework],
        f"    widths = 3 / 0\n{first[framework]}",
    )
    line = line_of(trainer, framework, "3 / 0")
    assert trainer.outcome.state is State.FAILED
    assert f"ZeroDivisionError: division by zero (mine/{framework}.py, line {line})" == trainer.outcome.reason  # fmt: skip


def test_a_run_is_trained_with_its_own_copy(workshop: Workshop, tmp_path: Path) -> None:
    trainer = start(workshop, tmp_path, Framework.PYTORCH)
    assert trainer.outcome.state is State.FINISHED, trainer.log
    kept = trainer.folder.artifacts / "code" / "mine" / "pytorch.py"
    assert kept.read_text("utf-8") == (trainer.folder.template / "mine" / "pytorch.py").read_text("utf-8")  # fmt: skip
