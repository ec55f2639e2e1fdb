"""One run on several devices: real processes and logical devices of the CPU in the place of GPUs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import psutil
import pytest

from runners import protocol
from runners.protocol import Framework, Mode, Request, State
from tests.runners.train.conftest import FRAMEWORKS, ROOT, StartTrainer, Trainer
from tests.runners.train.devices import CASES
from tests.waiting import wait_until

pytestmark = pytest.mark.long

_RUN = {"batch_size": 100, "dropout": 0.3, "hidden_widths": "16"}


@pytest.fixture(scope="module")
def courses() -> dict[Framework, dict[str, Any]]:
    """What `tests.runners.train.devices` found, both frameworks at once."""
    running = {
        framework: subprocess.Popen(
            [sys.executable, "-m", "tests.runners.train.devices", framework],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        for framework in protocol.FRAMEWORKS
    }  # fmt: skip
    found = {}
    for framework, process in running.items():
        output, errors = process.communicate(timeout=900)
        assert process.returncode == 0, errors
        found[framework] = json.loads(output.splitlines()[-1])
    return found


@FRAMEWORKS
@pytest.mark.parametrize("case", CASES)
def test_two_devices_give_the_losses_of_one(
    courses: dict[Framework, dict[str, Any]], framework: Framework, case: str
) -> None:
    one, two = courses[framework][case]["1"], courses[framework][case]["2"]
    for (loss, measure), (loss_of_two, measure_of_two) in zip(
        one["steps"], two["steps"], strict=True
    ):
        assert loss_of_two == pytest.approx(loss, rel=1e-9)
        assert measure_of_two == pytest.approx(measure, rel=1e-9)
    assert two["evaluated"] == pytest.approx(one["evaluated"], rel=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_the_program_for_the_cores_of_a_tpu_gives_the_losses_of_one_device(
    courses: dict[Framework, dict[str, Any]], case: str
) -> None:
    found = courses[Framework.TENSORFLOW][case]
    for name in ("steps", "single", "evaluated", "predicted"):
        given, expected = np.array(found["tpu"][name]), np.array(found["cpu"][name])
        np.testing.assert_allclose(given, expected, rtol=1e-9, err_msg=name)


def test_a_run_for_a_tpu_says_that_there_is_none(start_trainer: StartTrainer) -> None:
    trainer = start_trainer(
        Framework.TENSORFLOW, mode=Mode.GRAPH, device="tpu", spec={"device": "tpu"}
    ).wait()
    assert trainer.outcome.state is State.FAILED
    assert trainer.outcome.reason.startswith(
        "TensorFlow finds no TPU: train on a machine that has one"
    )
    assert not trainer.outcome.traceback


@FRAMEWORKS
def test_a_batch_of_one_sample_counts_once_on_two_devices(
    courses: dict[Framework, dict[str, Any]], framework: Framework
) -> None:
    for case in ("mlp", "cnn"):
        one, two = (courses[framework][case][count]["single"] for count in "12")
        assert two == pytest.approx(one, rel=1e-9)


def _replicas(trainer: Trainer) -> list[psutil.Process]:
    children = psutil.Process(trainer.process.pid).children(recursive=True)
    return [one for one in children if "runners.train.pytorch.replica" in one.cmdline()]


@FRAMEWORKS
def test_a_run_on_two_devices_that_is_stopped_and_resumed_gives_the_curve_of_one_that_was_not(
    start_trainer: StartTrainer, framework: Framework
) -> None:
    given = {**_RUN, "epochs": 3}
    whole = start_trainer(framework, options=("--replicas", "2"), **given)
    stopped = start_trainer(framework, options=("--replicas", "2"), **given)
    stopped.wait_for_phase("training")
    stopped.folder.write_request(Request.STOP)
    stopped.wait()
    assert stopped.outcome.state in (State.STOPPED, State.FINISHED)
    stopped.folder.control.unlink()
    resumed = stopped.again("--resume").wait()
    whole.wait()
    assert whole.outcome.state is resumed.outcome.state is State.FINISHED, resumed.log
    assert "shared by 2" in whole.log
    for name in ("loss", "train/accuracy", "val/loss", "test/loss"):
        assert resumed.series(name) == whole.series(name)


def test_a_run_fails_with_the_reason_when_one_of_its_processes_dies(
    start_trainer: StartTrainer,
) -> None:
    trainer = start_trainer(
        Framework.PYTORCH, options=("--replicas", "2"), **{**_RUN, "epochs": 100_000}
    )
    trainer.wait_for_phase("training")
    (replica,) = _replicas(trainer)
    replica.kill()
    trainer.wait()
    assert trainer.outcome.state is State.FAILED
    assert "the process that trains on the CPU's share 2 ended" in trainer.outcome.reason
    assert not replica.is_running()


def test_no_process_outlives_a_trainer_that_is_killed(start_trainer: StartTrainer) -> None:
    trainer = start_trainer(
        Framework.PYTORCH, options=("--replicas", "2"), **{**_RUN, "epochs": 100_000}
    )
    trainer.wait_for_phase("training")
    (replica,) = _replicas(trainer)
    trainer.process.kill()
    trainer.wait()
    wait_until(lambda: not replica.is_running() or replica.status() == psutil.STATUS_ZOMBIE)
