"""What a run leaves behind, whichever way it ends."""

from __future__ import annotations

import json
import math
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from runners.protocol import (
    Artifact,
    ArtifactKind,
    Framework,
    Mode,
    Progress,
    Request,
    RunFolder,
    State,
)
from runners.train.__main__ import main
from runners.train.control import Control
from runners.train.job import run_job
from tests.runners.train.conftest import FRAMEWORKS, StartTrainer, Trained, Trainer, Workshop

pytestmark = pytest.mark.long

TRAIN_SAMPLES = 1437 - 144
STEPS_PER_EPOCH = math.ceil(TRAIN_SAMPLES / 100)
STEPS = 2 * STEPS_PER_EPOCH
Finished = dict[Framework, Trainer]


@FRAMEWORKS
def test_a_training_that_comes_to_its_end_is_finished(
    finished: Finished, framework: Framework
) -> None:
    trainer = finished[framework]
    assert trainer.process.returncode == 0, trainer.log
    assert trainer.outcome.state is State.FINISHED
    assert trainer.outcome.exit_code == 0
    assert trainer.outcome.reason == f"trained {STEPS} steps"


@FRAMEWORKS
def test_every_step_has_its_loss_and_learning_rate(
    finished: Finished, framework: Framework
) -> None:
    losses, rates = finished[framework].series("loss"), finished[framework].series("lr")
    assert [step for step, _ in losses] == list(range(1, STEPS + 1))
    assert losses[-1][1] < losses[0][1]
    assert rates == [(step, 1e-3) for step in range(1, STEPS + 1)]


@FRAMEWORKS
@pytest.mark.parametrize(
    "name",
    ["train/loss", "train/accuracy", "val/loss", "val/accuracy", "samples_per_s", "epoch_s"],
)
def test_every_epoch_has_its_metrics(finished: Finished, framework: Framework, name: str) -> None:
    series = finished[framework].series(name)
    assert [step for step, _ in series] == [STEPS_PER_EPOCH, STEPS]
    assert all(math.isfinite(value) and value > 0 for _, value in series)


@FRAMEWORKS
def test_the_training_loss_of_an_epoch_is_the_mean_over_its_samples(
    finished: Finished, framework: Framework
) -> None:
    trainer = finished[framework]
    losses = [value for _, value in trainer.series("loss")][:STEPS_PER_EPOCH]
    sizes = [100] * (STEPS_PER_EPOCH - 1) + [TRAIN_SAMPLES - 100 * (STEPS_PER_EPOCH - 1)]
    assert trainer.series("train/loss")[0][1] == pytest.approx(np.average(losses, weights=sizes))


@FRAMEWORKS
def test_the_confusion_matrix_counts_every_test_sample_once(
    finished: Finished, framework: Framework
) -> None:
    trainer = finished[framework]
    confusion = json.loads((trainer.folder.artifacts / "confusion-matrix.json").read_text("utf-8"))
    matrix = np.array(confusion["matrix"])
    assert matrix.sum() == 360
    assert confusion["classes"] == list("0123456789")
    accuracy = trainer.series("test/accuracy")[0][1]
    assert np.trace(matrix) / 360 == pytest.approx(accuracy)
    assert confusion["per_class"]["3"]["support"] == matrix[3].sum()


@FRAMEWORKS
def test_the_files_that_a_run_makes_are_announced_once(
    finished: Finished, framework: Framework
) -> None:
    trainer = finished[framework]
    suffix = {"pytorch": ".pt", "tensorflow": ".npz"}[framework]
    artifacts = [event for event in trainer.events if isinstance(event, Artifact)]
    assert sorted((a.kind, a.path) for a in artifacts if a.step is None) == sorted(
        [
            (ArtifactKind.CHECKPOINT, f"checkpoints/best{suffix}"),
            (ArtifactKind.CHECKPOINT, f"checkpoints/last{suffix}"),
            (ArtifactKind.CODE, f"artifacts/code/mlp/{framework}.py"),
            (ArtifactKind.CODE, "artifacts/code/mlp/template.py"),
            (ArtifactKind.CONFUSION_MATRIX, "artifacts/confusion-matrix.json"),
            (ArtifactKind.PREDICTIONS, "artifacts/predictions.json"),
            (ArtifactKind.TIMING, "artifacts/timing.json"),
        ]
    )
    assert all((trainer.folder.path / artifact.path).is_file() for artifact in artifacts)


@FRAMEWORKS
def test_histograms_of_the_weights_and_a_picture_of_mistakes_are_kept_with_their_step(
    finished: Finished, framework: Framework
) -> None:
    trainer = finished[framework]
    found = [each for each in trainer.events if isinstance(each, Artifact) and each.step]
    kinds = {each.kind for each in found}
    assert kinds == {ArtifactKind.HISTOGRAM, ArtifactKind.IMAGE}
    last = max(each.step or 0 for each in found if each.kind is ArtifactKind.HISTOGRAM)
    assert last == STEPS
    path = trainer.folder.artifacts / f"histograms/weights/{STEPS}.json"
    weights = json.loads(path.read_text("utf-8"))
    assert sum(weights["hidden_1/kernel"]["counts"]) == 64 * 128


def test_predictions_tell_of_the_same_samples_in_every_run(finished: Finished) -> None:
    said = [
        json.loads((one.folder.artifacts / "predictions.json").read_text("utf-8"))
        for one in finished.values()
    ]
    first, second = ([each["index"] for each in one["samples"]] for one in said)
    assert first == second
    mistakes = said[0]["mistakes"]
    assert all(each["truth"] != each["predicted"] for each in mistakes)


def test_a_tensorflow_checkpoint_holds_weights_and_the_optimizers_state_as_plain_arrays(
    finished: Finished,
) -> None:
    path = finished[Framework.TENSORFLOW].folder.checkpoints / "last.npz"
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["steps"] == STEPS
        assert arrays["weights/hidden_1/kernel"].shape == (64, 128)
        assert len([name for name in arrays if name.startswith("optimizer/")]) == 2 * 6


@FRAMEWORKS
def test_the_phases_are_reported_in_their_order(finished: Finished, framework: Framework) -> None:
    reports = [event for event in finished[framework].events if isinstance(event, Progress)]
    phases = list(dict.fromkeys(report.phase for report in reports))
    importing = f"importing {framework.display_name}"
    assert phases == [importing, "building", "training", "validating", "testing"]
    assert reports[-1].fraction == 1.0
    assert (reports[-1].epoch, reports[-1].epochs) == (2, 2)


@FRAMEWORKS
def test_the_environment_tells_versions_and_device(
    finished: Finished, framework: Framework
) -> None:
    trainer = finished[framework]
    environment = json.loads(trainer.folder.environment.read_text("utf-8"))
    assert {framework.package, "numpy"} <= set(environment["packages"])
    assert environment["device"]
    assert environment["threads"] >= 1
    assert trainer.outcome.environment == environment


@FRAMEWORKS
def test_the_log_has_a_line_per_epoch(finished: Finished, framework: Framework) -> None:
    lines = finished[framework].log.splitlines()
    assert [line[:12] for line in lines if line.startswith("epoch")] == [
        "epoch 1 of 2",
        "epoch 2 of 2",
    ]
    assert lines[-1] == f"finished: trained {STEPS} steps"


def test_both_frameworks_log_the_same_losses(finished: Finished) -> None:
    pytorch, tensorflow = (np.array(trainer.series("loss")) for trainer in finished.values())
    np.testing.assert_allclose(tensorflow, pytorch, rtol=1e-5)


@FRAMEWORKS
def test_a_training_imports_only_its_own_framework(
    finished: Finished, framework: Framework
) -> None:
    packages = finished[framework].outcome.environment["packages"]
    assert ("torch" in packages) is (framework is Framework.PYTORCH)


@pytest.fixture(scope="module")
def stopped(start_trainer: StartTrainer) -> dict[str, Trainer]:
    """Two long trainings, one asked to stop by its control file, one by a signal."""
    trainers = {
        name: start_trainer(Framework.PYTORCH, epochs=100_000) for name in ("request", "signal")
    }
    for trainer in trainers.values():
        _wait_for(lambda trainer=trainer: b"training" in _bytes(trainer.folder.events), trainer)
    trainers["request"].folder.write_request(Request.STOP)
    if sys.platform != "win32":
        trainers["signal"].process.send_signal(signal.SIGTERM)
    else:
        trainers.pop("signal").process.kill()
    return {name: trainer.wait() for name, trainer in trainers.items()}


def test_a_request_to_stop_ends_the_training_after_the_step(stopped: dict[str, Trainer]) -> None:
    trainer = stopped["request"]
    last_step = trainer.series("loss")[-1][0]
    assert trainer.process.returncode == 0
    assert trainer.outcome.state is State.STOPPED
    assert trainer.outcome.reason == f"stopped by the user at step {last_step}"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM between processes")
def test_a_signal_to_terminate_ends_the_training_after_the_step(
    stopped: dict[str, Trainer],
) -> None:
    trainer = stopped["signal"]
    last_step = trainer.series("loss")[-1][0]
    assert trainer.process.returncode == 0
    assert trainer.outcome.state is State.STOPPED
    assert trainer.outcome.reason == f"stopped by SIGTERM at step {last_step}"


def test_a_stopped_training_keeps_its_last_checkpoint(stopped: dict[str, Trainer]) -> None:
    for trainer in stopped.values():
        assert (trainer.folder.checkpoints / "last.pt").is_file()


def test_the_heartbeat_is_renewed_while_the_training_goes_on(start_trainer: StartTrainer) -> None:
    trainer = start_trainer(Framework.PYTORCH, epochs=100_000)
    heartbeat = trainer.folder.heartbeat
    _wait_for(heartbeat.exists, trainer)
    first = heartbeat.stat().st_mtime_ns
    _wait_for(lambda: heartbeat.stat().st_mtime_ns > first, trainer)
    trainer.folder.write_request(Request.STOP)
    assert trainer.wait().outcome.state is State.STOPPED


def test_a_stop_that_was_asked_for_before_the_start_is_heeded(start_trainer: StartTrainer) -> None:
    trainer = start_trainer(Framework.PYTORCH, epochs=100_000)
    trainer.folder.write_request(Request.STOP)
    assert trainer.wait().outcome.state is State.STOPPED


@pytest.fixture(scope="module")
def diverged(workshop: Workshop) -> Trained:
    return workshop.train(
        Framework.PYTORCH, optimizer="sgd", learning_rate=10.0, weight_decay=1.0, hidden_widths="64, 64, 64, 64, 64", epochs=300,
    )  # fmt: skip


def test_a_loss_that_is_no_number_fails_the_run_and_says_what_to_try(diverged: Trained) -> None:
    step, loss = diverged.series("loss")[-1]
    assert not math.isfinite(loss)
    assert diverged.outcome.exit_code == 1
    assert diverged.outcome.state is State.FAILED
    assert diverged.outcome.reason.startswith("the training loss became ")
    assert f"at step {step}: try a smaller learning rate" in diverged.outcome.reason


def test_an_unforeseen_error_fails_the_run_with_its_traceback(start_trainer: StartTrainer) -> None:
    trainer = start_trainer(Framework.PYTORCH, spec={"parameters": {}}).wait()
    assert trainer.process.returncode == 1
    assert trainer.outcome.state is State.FAILED
    assert trainer.outcome.reason == "KeyError: 'hidden_widths'"
    assert trainer.outcome.error_type == "KeyError"
    assert "Traceback (most recent call last)" in trainer.outcome.traceback
    assert "Traceback (most recent call last)" in trainer.log


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"dataset_hash": "0" * 64}, "the dataset digits is not the one that the run was made for"),
        ({"dataset": "cifar"}, "the dataset cifar is not prepared in "),
        ({"template": "lenet"}, "there is no template 'lenet'; there are: cnn, "),
        ({"template": "gpt"}, "Language model (GPT) takes text; Digits holds images"),
    ],
)
def test_a_run_that_cannot_be_trained_fails_with_a_reason_in_words(
    start_trainer: StartTrainer, spec: dict[str, str], reason: str
) -> None:
    trainer = start_trainer(Framework.PYTORCH, spec=spec).wait()
    assert trainer.process.returncode == 1
    assert trainer.outcome.state is State.FAILED
    assert trainer.outcome.reason.startswith(reason)
    assert "Traceback" not in trainer.log


@pytest.mark.parametrize(
    ("wish", "state", "told"),
    [
        ("auto", State.FINISHED, "PyTorch finds no GPU: install a build of PyTorch with CUDA"),
        ("cuda:0", State.FAILED, "PyTorch finds no GPU: install a build of PyTorch with CUDA"),
    ],
)
def test_only_a_run_that_leaves_the_choice_goes_on_with_the_cpu_where_no_gpu_is_found(
    start_trainer: StartTrainer, wish: str, state: State, told: str
) -> None:
    trainer = start_trainer(
        Framework.PYTORCH,
        device="cuda",
        spec={"device": wish},
        environment={"CUDA_VISIBLE_DEVICES": "-1"},
        epochs=1,
    ).wait()
    assert trainer.outcome.state is state
    assert told in trainer.log


def test_pytorch_in_graph_mode_without_a_compiler_fails_and_says_what_to_install(
    start_trainer: StartTrainer, tmp_path: Path
) -> None:
    trainer = start_trainer(
        Framework.PYTORCH, mode=Mode.GRAPH, environment={"PATH": str(tmp_path), "CXX": "none"}
    ).wait()
    assert trainer.outcome.reason.startswith(
        "graph mode of PyTorch needs a C++ compiler, and there is none"
    )


@FRAMEWORKS
def test_graph_mode_trains_as_eager_mode_does(
    workshop: Workshop, finished: Finished, framework: Framework
) -> None:
    if framework is Framework.PYTORCH and not (shutil.which("g++") or shutil.which("clang++")):
        pytest.skip("torch.compile needs a C++ compiler: on Debian, apt install g++")
    trainer = workshop.train(framework, mode=Mode.GRAPH, epochs=2, batch_size=100)
    assert trainer.outcome.state is State.FINISHED, trainer.outcome.reason
    phases = [event.phase for event in trainer.events if isinstance(event, Progress)]
    assert "compiling" in phases
    np.testing.assert_allclose(
        trainer.series("loss"), finished[framework].series("loss"), rtol=1e-4
    )


def test_a_folder_without_a_spec_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "--datasets", str(tmp_path)]) == 2
    assert "holds no run: there is no spec.json" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_spec_fails_the_run_with_a_reason_in_words(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.spec.write_text('{"version": 1}', "utf-8")
    outcome = run_job(folder, tmp_path, "cpu", Control(folder))
    assert outcome.state is State.FAILED
    assert outcome.reason.startswith("spec.json is damaged: this is not the spec of a run")


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _wait_for(condition: Callable[[], bool], trainer: Trainer) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert trainer.process.poll() is None, trainer.log
        assert time.monotonic() < deadline
        time.sleep(0.02)


@FRAMEWORKS
def test_a_training_whose_validation_loss_no_longer_falls_ends_early_with_the_best_weights(
    workshop: Workshop, framework: Framework
) -> None:
    trainer = workshop.train(framework, epochs=400, patience=2, learning_rate=0.02)
    assert trainer.outcome.state is State.FINISHED, trainer.log
    losses = [loss for _, loss in trainer.series("val/loss")]
    assert losses.index(min(losses)) == len(losses) - 3
    assert f"ended early after epoch {len(losses)}:" in trainer.outcome.reason
    assert "cannot be used" not in trainer.log
