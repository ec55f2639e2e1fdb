"""A run that is stopped or killed and goes on gives the curve of one that was not."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runners import protocol
from runners.events import Rewind
from runners.protocol import Framework, Mode, RunFolder, State
from tests.runners.train.conftest import FRAMEWORKS, ROOT, StartTrainer, Trained, Trainer, Workshop
from tests.runners.train.interruptions import GRAPHS, OPTIMIZERS, PAUSES, Curve, cases_of, curve

pytestmark = pytest.mark.long

Courses = dict[Framework, dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def courses(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> Courses:
    """What `tests.runners.train.interruptions` found, both frameworks at once."""
    folders = {framework: tmp_path_factory.mktemp(framework) for framework in protocol.FRAMEWORKS}
    running = {
        framework: subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.runners.train.interruptions",
                framework,
                datasets,
                folder,
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for framework, folder in folders.items()
    }
    for process in running.values():
        output, _ = process.communicate(timeout=900)
        assert process.returncode == 0, output
    return {f: json.loads((folder / "courses.json").read_text()) for f, folder in folders.items()}


@FRAMEWORKS
@pytest.mark.parametrize(
    ("optimizer", "case"), [(o, case) for o in OPTIMIZERS for case in cases_of(o)]
)
def test_an_interrupted_training_gives_the_same_curve_to_the_last_bit(
    courses: Courses, framework: Framework, optimizer: str, case: str
) -> None:
    whole: Curve = courses[framework][optimizer]["whole"]
    interrupted: Curve = courses[framework][optimizer][case]
    assert interrupted == whole
    assert {"loss", "lr", "train/loss", "train/accuracy", "val/loss", "test/loss"} <= set(whole)


@FRAMEWORKS
def test_the_curves_have_dropout_and_a_schedule_in_them(
    courses: Courses, framework: Framework
) -> None:
    report = courses[framework]
    assert report["sgd"]["whole"]["loss"] != report["sgd without dropout"]["whole"]["loss"]
    rates = [rate for _, rate in report["sgd"]["whole"]["lr"]]
    assert len(set(rates)) == len(rates)


@FRAMEWORKS
def test_an_extended_training_follows_the_schedule_of_the_new_length_from_there_on(
    courses: Courses, framework: Framework
) -> None:
    report = courses[framework]["extended"]
    short, longer, extended = report["short"], report["long"], report["extended"]
    done = len(short["lr"])
    assert extended["lr"] == short["lr"] + longer["lr"][done:]
    assert [step for step, _ in extended["loss"]] == [step for step, _ in longer["loss"]]
    assert [step for step, _ in extended["test/loss"]] == [done, len(longer["lr"])]


@FRAMEWORKS
def test_a_long_epoch_has_checkpoints_in_between(courses: Courses, framework: Framework) -> None:
    report = courses[framework]["by time"]
    assert report["rewinds"] == [8]
    assert report["curve"] == courses[framework]["adam"]["whole"]


@FRAMEWORKS
@pytest.mark.parametrize(("pulse", "phase"), PAUSES.items())
def test_a_pause_in_any_phase_is_told_and_leaves_the_curve_as_it_is(
    courses: Courses, framework: Framework, pulse: int, phase: str
) -> None:
    paused = courses[framework]["paused"][str(pulse)]
    phases = [found for found, _ in groupby(paused["phases"])]
    where = phases.index("paused")
    assert phases[where + 1] == phase
    assert phases.count("paused") == 1
    assert paused["curve"] == courses[framework]["adam"]["whole"]


@pytest.mark.parametrize(
    ("framework", "mode"), [(f, mode) for f, has in GRAPHS.items() for mode in has]
)
def test_in_other_modes_than_eager_the_curves_are_the_same_to_rounding(
    courses: Courses, framework: Framework, mode: Mode
) -> None:
    if mode not in courses[framework]:
        pytest.skip("torch.compile needs a C++ compiler: on Debian, apt install g++")
    whole, stopped = courses[framework][mode].values()
    assert set(whole) == set(stopped)
    for name in whole:
        np.testing.assert_allclose(stopped[name], whole[name], rtol=1e-4)


_SMALL: dict[str, Any] = {"hidden_widths": "16", "dropout": 0.3, "batch_size": 10}
_STEPS_PER_EPOCH = 130


@pytest.fixture(scope="module")
def killed(start_trainer: StartTrainer) -> dict[Framework, Trainer]:
    """Trainers that were killed at some step after their first epoch."""
    trainers = {f: start_trainer(f, epochs=100_000, **_SMALL) for f in protocol.FRAMEWORKS}
    for framework, trainer in trainers.items():
        suffix = {"pytorch": "pt", "tensorflow": "npz"}[framework]
        last = trainer.folder.checkpoints / f"last.{suffix}"
        trainer.wait_for(last.exists)
        trainer.process.kill()
        trainer.process.wait()
    return trainers


@FRAMEWORKS
def test_a_trainer_that_was_killed_and_started_again_gives_the_curve_of_one_that_was_not(
    start_trainer: StartTrainer, killed: dict[Framework, Trainer], framework: Framework
) -> None:
    trainer = killed[framework]
    assert trainer.folder.read_outcome() is None
    epochs = trainer.series("loss")[-1][0] // _STEPS_PER_EPOCH + 2
    set_epochs(trainer.folder, epochs)
    again = trainer.again("--resume")
    whole = start_trainer(framework, epochs=epochs, **_SMALL).wait()
    assert again.wait().outcome.state is State.FINISHED, again.log
    (rewind,) = (event for event in again.events if isinstance(event, Rewind))
    assert rewind.step > 0
    assert rewind.step % _STEPS_PER_EPOCH == 0
    assert curve(again.folder) == curve(whole.folder)


def set_epochs(folder: RunFolder, epochs: int) -> None:
    spec = folder.read_spec()
    changed = dataclasses.replace(spec, parameters={**spec.parameters, "epochs": epochs})
    folder.spec.write_text(changed.to_json(), "utf-8")


Damage = Callable[[Path], None]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _replace_with_rubbish(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 40)


@pytest.fixture(scope="module")
def ended(workshop: Workshop) -> dict[Framework, Trained]:
    """Finished runs, to be copied and gone on with."""
    return {
        f: workshop.train(f, epochs=2, batch_size=300, hidden_widths="16")
        for f in protocol.FRAMEWORKS
    }


def _copy(run: Trained, target: Path) -> Trained:
    shutil.copytree(run.folder.path, target)
    folder = RunFolder(target)
    folder.outcome.unlink()
    return Trained(folder)


@FRAMEWORKS
@pytest.mark.parametrize("damage", [_cut, _empty, _replace_with_rubbish])
def test_without_a_sound_checkpoint_the_training_begins_anew_and_says_so(
    workshop: Workshop,
    ended: dict[Framework, Trained],
    framework: Framework,
    damage: Damage,
    tmp_path: Path,
) -> None:
    run = _copy(ended[framework], tmp_path / "run")
    for path in run.folder.checkpoints.iterdir():
        damage(path)
    again = workshop.go_on(run)
    assert again.outcome.state is State.FINISHED, again.log
    assert [event for event in again.events if isinstance(event, Rewind)] == [Rewind(0)]
    assert again.log.count("cannot be used: ") == 2
    assert "There is no usable checkpoint: the training begins anew." in again.log
    assert "Traceback" not in again.log
    assert curve(again.folder) == curve(ended[framework].folder)


@FRAMEWORKS
def test_where_the_last_checkpoint_is_damaged_the_best_one_is_taken(
    workshop: Workshop, ended: dict[Framework, Trained], framework: Framework, tmp_path: Path
) -> None:
    run = _copy(ended[framework], tmp_path / "run")
    (last,) = run.folder.checkpoints.glob("last.*")
    _cut(last)
    again = workshop.go_on(run)
    (rewind,) = (event for event in again.events if isinstance(event, Rewind))
    assert rewind.step > 0
    assert f"The training goes on from best{last.suffix}, at step {rewind.step}." in again.log
    assert curve(again.folder) == curve(ended[framework].folder)


@FRAMEWORKS
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"hidden_widths": (17,)}, "other names or shapes than those of the model"),
        ({"hidden_widths": (16, 16)}, "other names or shapes than those of the model"),
        ({"weight_decay": 0.5}, "it is of a run with other parameters"),
    ],
)
def test_the_checkpoint_of_another_run_is_not_taken(
    workshop: Workshop,
    ended: dict[Framework, Trained],
    framework: Framework,
    change: dict[str, Any],
    told: str,
    tmp_path: Path,
) -> None:
    run = _copy(ended[framework], tmp_path / "run")
    spec = run.folder.read_spec()
    spec = dataclasses.replace(spec, parameters={**spec.parameters, **change})
    run.folder.spec.write_text(spec.to_json(), "utf-8")
    again = workshop.go_on(run)
    assert told in again.log
    assert [event for event in again.events if isinstance(event, Rewind)] == [Rewind(0)]
    assert again.outcome.state is State.FINISHED


def test_a_checkpoint_that_would_run_code_is_refused_and_runs_none(
    workshop: Workshop, ended: dict[Framework, Trained], tmp_path: Path
) -> None:
    run = _copy(ended[Framework.PYTORCH], tmp_path / "run")
    witness = tmp_path / "it ran"
    program = (
        "import torch, sys; from tests.runners.train.evil import Evil\n"
        "for path in sys.argv[2:]: torch.save(Evil(sys.argv[1]), path)"
    )
    paths = run.folder.checkpoints.iterdir()
    subprocess.run([sys.executable, "-c", program, witness, *paths], cwd=ROOT, check=True)
    again = workshop.go_on(run)
    assert not witness.exists()
    assert again.log.count("cannot be used: ") == 2
    assert again.outcome.state is State.FINISHED


@FRAMEWORKS
def test_a_finished_training_that_goes_on_without_more_epochs_changes_nothing(
    workshop: Workshop, ended: dict[Framework, Trained], framework: Framework, tmp_path: Path
) -> None:
    again = workshop.go_on(_copy(ended[framework], tmp_path / "run"))
    assert again.outcome.state is State.FINISHED
    assert curve(again.folder) == curve(ended[framework].folder)
