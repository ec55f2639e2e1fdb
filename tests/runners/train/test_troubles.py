"""What a trainer does when its surroundings fail it: no space, no folder, signals, crashes."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runners.events import EventReader, Points
from runners.protocol import Framework, Mode, Request, RunFolder, State
from tests.runners.train.conftest import FRAMEWORKS, StartTrainer, Trainer
from tests.waiting import wait_until

pytestmark = pytest.mark.long

NOT_ON_WINDOWS = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
_LONG = {"epochs": 100_000, "batch_size": 50, "hidden_widths": "8"}


def _steps(folder: RunFolder) -> list[int]:
    """The steps whose loss has arrived."""
    reader = EventReader(folder.events)
    steps: list[int] = []
    while arrived := reader.read():
        steps += [e.step for e in arrived if isinstance(e, Points) and "loss" in e.names]
    return steps


def _beats(folder: RunFolder, times: int) -> None:
    """Wait for so many beats of the trainer's heart."""
    for _ in range(times):
        last = folder.heartbeat.stat().st_mtime_ns
        wait_until(lambda last=last: folder.heartbeat.stat().st_mtime_ns > last)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk, and only on Linux as it is done here")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(disk: Path) -> Path:
    filler = disk / "filler"
    with open(filler, "ab", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass
    return filler


def test_a_disk_that_is_full_for_a_while_costs_no_point(
    start_trainer: StartTrainer, small_disk: Path
) -> None:
    trainer = start_trainer(Framework.PYTORCH, parent=small_disk, **_LONG)
    trainer.wait_for(lambda: len(_steps(trainer.folder)) > 30)
    filler = _fill(small_disk)
    before = len(_steps(trainer.folder))
    _beats(trainer.folder, 3)
    _fill(small_disk)
    assert trainer.process.poll() is None
    full = _steps(trainer.folder)
    filler.unlink()
    trainer.wait_for(lambda: len(_steps(trainer.folder)) > len(full) + 30)
    trainer.folder.write_request(Request.STOP)
    assert trainer.wait().outcome.state is State.STOPPED, trainer.log
    steps = _steps(trainer.folder)
    assert steps == list(range(1, len(steps) + 1))
    assert before < len(steps)
    assert EventReader(trainer.folder.events).damaged_bytes == 0
    assert (
        "The run's folder cannot be written" in trainer.log
        or "bytes of the log are missing" in trainer.log
    )
    assert "Traceback" not in trainer.log


def test_a_training_on_a_full_disk_ends_when_there_is_space_for_its_outcome(
    start_trainer: StartTrainer, small_disk: Path
) -> None:
    (small_disk / "run").mkdir()
    (small_disk / "run" / "spec.json").write_bytes(bytes(4000))  # the room that the spec will take
    filler = _fill(small_disk)
    trainer = start_trainer(Framework.PYTORCH, parent=small_disk, **_LONG | {"epochs": 1})
    trainer.wait_for(trainer.folder.heartbeat.exists)
    _beats(trainer.folder, 12)
    assert trainer.process.poll() is None
    filler.unlink()
    assert trainer.wait().outcome.state is State.FINISHED, trainer.log
    assert _steps(trainer.folder) == list(range(1, 27))
    assert trainer.outcome.reason == "trained 26 steps"
    assert trainer.folder.environment.is_file()
    assert (trainer.folder.checkpoints / "last.pt").is_file()
    assert json.loads((trainer.folder.artifacts / "confusion-matrix.json").read_text("utf-8"))
    assert trainer.process.returncode == 0


def test_a_disk_without_room_for_a_checkpoint_does_not_keep_a_training_from_its_end(
    start_trainer: StartTrainer, small_disk: Path
) -> None:
    trainer = start_trainer(
        Framework.PYTORCH, parent=small_disk, epochs=1, batch_size=100, hidden_widths="800"
    ).wait()
    assert trainer.outcome.state is State.FINISHED
    assert trainer.outcome.reason == (
        "trained 13 steps; there was no space for its last checkpoint"
    )
    assert trainer.log.count("could not be saved") == 1
    assert _steps(trainer.folder) == list(range(1, 14))


def test_a_training_that_is_asked_to_stop_on_a_full_disk_does_not_wait_for_space(
    start_trainer: StartTrainer, small_disk: Path
) -> None:
    trainer = start_trainer(Framework.PYTORCH, parent=small_disk, **_LONG)
    trainer.wait_for(lambda: len(_steps(trainer.folder)) > 30)
    _fill(small_disk)
    trainer.process.terminate()
    trainer.wait()
    assert trainer.process.returncode == 0


@NOT_ON_WINDOWS
@FRAMEWORKS
def test_a_run_whose_folder_is_deleted_makes_it_again_and_loses_nothing(
    start_trainer: StartTrainer, framework: Framework, tmp_path: Path
) -> None:
    trainer = start_trainer(framework, parent=tmp_path, **_LONG)
    folder = trainer.folder
    spec = folder.read_spec()
    trainer.wait_for(lambda: len(_steps(folder)) > 30)
    folder.path.rename(tmp_path / "rubbish")
    shutil.rmtree(tmp_path / "rubbish")
    trainer.wait_for(lambda: folder.events.exists() and len(_steps(folder)) > 60)
    trainer.wait_for(folder.heartbeat.exists)
    folder.write_request(Request.STOP)
    assert trainer.wait().outcome.state is State.STOPPED, trainer.log
    steps = _steps(folder)
    assert steps == list(range(1, len(steps) + 1))
    assert folder.read_spec() == spec
    assert folder.environment.is_file()
    assert len(list(folder.checkpoints.glob("last.*"))) == 1
    assert "It was made again" in trainer.log


@NOT_ON_WINDOWS
@FRAMEWORKS
def test_a_signal_while_the_framework_is_imported_stops_the_run(
    start_trainer: StartTrainer, framework: Framework
) -> None:
    trainer = start_trainer(framework, **_LONG)
    trainer.wait_for_phase(f"importing {framework.display_name}")
    trainer.process.terminate()
    assert trainer.wait().outcome.state is State.STOPPED
    assert trainer.outcome.reason == "stopped by SIGTERM before its first step"
    assert trainer.process.returncode == 0, trainer.log
    assert "Traceback" not in trainer.log


@NOT_ON_WINDOWS
def test_a_signal_while_the_model_is_compiled_stops_the_run(start_trainer: StartTrainer) -> None:
    trainer = start_trainer(Framework.TENSORFLOW, mode=Mode.GRAPH, **_LONG)
    trainer.wait_for(lambda: "compiling" in trainer.phases())
    trainer.process.terminate()
    assert trainer.wait().outcome.state is State.STOPPED
    assert trainer.outcome.reason.startswith("stopped by SIGTERM at step ")
    assert trainer.process.returncode == 0, trainer.log


@pytest.fixture
def slow_numpy(tmp_path: Path) -> dict[str, str]:
    """The environment of an interpreter whose numpy takes an hour to be imported."""
    (tmp_path / "numpy.py").write_text("import time\ntime.sleep(3600)\n")
    return {"PYTHONPATH": str(tmp_path)}


@NOT_ON_WINDOWS
def test_the_heart_beats_and_signals_are_heeded_before_anything_large_is_imported(
    start_trainer: StartTrainer, slow_numpy: dict[str, str]
) -> None:
    trainer = start_trainer(Framework.PYTORCH, environment=slow_numpy)
    trainer.wait_for(trainer.folder.heartbeat.exists)
    _beats(trainer.folder, 2)
    trainer.process.terminate()
    assert trainer.wait().outcome.state is State.STOPPED
    assert trainer.process.returncode == 0, trainer.log


@NOT_ON_WINDOWS
def test_a_crash_leaves_in_the_log_where_it_was(
    start_trainer: StartTrainer, tmp_path: Path
) -> None:
    (tmp_path / "numpy.py").write_text("import ctypes\nctypes.string_at(0)\n")
    trainer = start_trainer(Framework.PYTORCH, environment={"PYTHONPATH": str(tmp_path)}).wait()
    assert trainer.process.returncode == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in trainer.log
    assert "numpy.py" in trainer.log


@FRAMEWORKS
def test_a_loss_that_is_no_number_is_told_and_passed_over_where_the_run_is_set_to_go_on(
    start_trainer: StartTrainer, framework: Framework
) -> None:
    trainer = start_trainer(
        framework, optimizer="sgd", learning_rate=10.0, weight_decay=1.0, hidden_widths="64, 64", epochs=30, non_finite="go on",
    ).wait()  # fmt: skip
    assert trainer.outcome.state is State.FINISHED, trainer.outcome.reason
    losses = [loss for _, loss in trainer.series("loss")]
    assert not math.isfinite(losses[-1])
    assert trainer.log.count("the training goes on, as it was set to") == 1


def test_a_run_from_before_there_was_a_choice_ends_with_a_loss_that_is_no_number(
    start_trainer: StartTrainer,
) -> None:
    given = {"optimizer": "sgd", "learning_rate": 10.0, "weight_decay": 1.0, "epochs": 30}
    trainer = start_trainer(Framework.PYTORCH, **given, hidden_widths="64, 64")
    trainer.process.kill()
    trainer.process.wait()
    raw = json.loads(trainer.folder.spec.read_text("utf-8"))
    del raw["parameters"]["non_finite"]
    trainer.folder.spec.write_text(json.dumps(raw), "utf-8")
    again = trainer.again().wait()
    assert again.outcome.state is State.FAILED
    assert again.outcome.reason.startswith("the training loss became ")


@pytest.fixture(scope="module")
def paused(start_trainer: StartTrainer) -> Iterator[Trainer]:
    """A training that is paused in its only epoch."""
    trainer = start_trainer(Framework.PYTORCH, epochs=1, batch_size=1, hidden_widths="8")
    trainer.folder.write_request(Request.PAUSE)  # it is asked before it can begin
    trainer.wait_for_phase("paused")
    yield trainer
    if trainer.process.poll() is None:
        trainer.process.kill()
        trainer.process.wait()


def test_a_paused_training_keeps_its_heart_beating_takes_no_step_and_then_goes_on(
    paused: Trainer,
) -> None:
    folder = paused.folder
    assert paused.phases()[-2:] == ["building", "paused"]
    _beats(folder, 3)
    assert _steps(folder) == []
    assert (folder.checkpoints / "last.pt").is_file()
    folder.write_request(None)
    paused.wait_for(lambda: len(_steps(folder)) > 20)
    folder.write_request(Request.PAUSE)
    paused.wait_for_phase("paused")
    done = len(_steps(folder))
    _beats(folder, 6)
    assert len(_steps(folder)) == done
    folder.write_request(None)
    assert paused.wait().outcome.state is State.FINISHED
    points = [event for event in paused.events if isinstance(event, Points)]
    (epoch,) = (point for point in points if "epoch_s" in point.names)
    wall = epoch.time - points[0].time
    assert wall > 4
    assert epoch.values[epoch.names.index("epoch_s")] < wall - 3
    assert epoch.values[epoch.names.index("samples_per_s")] > 1293 / (wall - 3)


def test_a_paused_training_can_be_stopped(start_trainer: StartTrainer) -> None:
    trainer = start_trainer(Framework.PYTORCH, **_LONG)
    trainer.folder.write_request(Request.PAUSE)
    trainer.wait_for_phase("paused")
    trainer.folder.write_request(Request.STOP)
    assert trainer.wait().outcome.reason == "stopped by the user at step 0"
