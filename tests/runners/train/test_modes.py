"""The same training in every mode that a framework has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runners.protocol import Artifact, ArtifactKind, DuelPart, DuelRole, Framework, Mode, State
from tests.runners.train.conftest import Trained, Workshop
from tests.runners.train.test_own_template import start

pytestmark = pytest.mark.long

EVERY = [
    (Framework.PYTORCH, Mode.EAGER),
    (Framework.TENSORFLOW, Mode.EAGER),
    (Framework.TENSORFLOW, Mode.GRAPH),
    (Framework.TENSORFLOW, Mode.XLA),
    (Framework.TENSORFLOW, Mode.FIT),
]
OTHERS = pytest.mark.parametrize(("framework", "mode"), EVERY[1:])
Contestant = tuple[Framework, Mode]
Runs = dict[Contestant, Trained]

_MATCH: dict[str, Any] = {
    "template": "cnn",
    "filters": "4",
    "dropout": 0.5,
    "batch_size": 100,
    "epochs": 2,
    "optimizer": "adamw",
    "weight_decay": 0.01,
    "gradient_clip": 1.0,
    "schedule": "cosine",
    "warmup": 0.2,
    "shift": 1,
    "average": 0.9,
}
STEPS_PER_EPOCH = 13


@pytest.fixture(scope="module")
def proofs(workshop: Workshop) -> Runs:
    return {
        (framework, mode): workshop.train(
            framework, mode=mode, spec={"duel": DuelPart("a", 0, DuelRole.PROOF)}, **_MATCH
        )
        for framework, mode in EVERY
    }


def proof(proofs: Runs, contestant: Contestant) -> dict[str, Any]:
    with np.load(proofs[contestant].folder.artifacts / "proof.npz", allow_pickle=False) as file:
        return dict(file)


@OTHERS
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-3), ("float64", 1e-11)])
def test_a_proof_has_the_same_outputs_and_losses_in_every_framework_and_mode(
    proofs: Runs, framework: Framework, mode: Mode, dtype: str, tolerance: float
) -> None:
    ours, theirs = proof(proofs, EVERY[0]), proof(proofs, (framework, mode))
    assert ours[f"{dtype}/output/0"].shape == (64, 10)
    assert ours[f"{dtype}/losses"].shape == (20,)
    for name in (f"{dtype}/output/0", f"{dtype}/losses"):
        np.testing.assert_allclose(theirs[name], ours[name], rtol=tolerance, atol=tolerance / 10)
    assert theirs["parameters"] == ours["parameters"] > 0


@pytest.mark.parametrize(("framework", "mode"), EVERY)
def test_a_proof_trains_nothing_and_says_what_it_did(
    proofs: Runs, framework: Framework, mode: Mode
) -> None:
    run = proofs[framework, mode]
    assert run.outcome.state is State.FINISHED, run.log
    told = "outputs and the losses of 20 steps in float32 and float64"
    assert run.outcome.reason == told
    assert run.outcome.environment["threads"] >= 1
    kept = [event for event in run.events if isinstance(event, Artifact)]
    assert Artifact("proof", ArtifactKind.PROOF, "artifacts/proof.npz") in kept
    assert not run.folder.checkpoints.exists()
    assert not run.series("loss")


def test_a_proof_counts_graphs_and_times_a_change_of_the_batchs_shape(proofs: Runs) -> None:
    for contestant in EVERY:
        found = proof(proofs, contestant)
        assert found["shape_change_s"] >= 0.0
        assert found["shape_change_graphs"] >= 0
        assert bool(found["graphs"]) == (contestant[1] is not Mode.EAGER)


@pytest.fixture(scope="module")
def trained(workshop: Workshop) -> Runs:
    given = {**_MATCH, "dropout": 0.0, "average": 0.0}
    return {
        (framework, mode): workshop.train(framework, mode=mode, **given)
        for framework, mode in EVERY
    }


@OTHERS
def test_a_training_has_the_same_curve_in_every_framework_and_mode(
    trained: Runs, framework: Framework, mode: Mode
) -> None:
    ours, theirs = trained[EVERY[0]], trained[framework, mode]
    assert theirs.outcome.state is State.FINISHED, theirs.log
    assert [step for step, _ in theirs.series("loss")] == list(range(1, 2 * STEPS_PER_EPOCH + 1))
    for name in ("loss", "lr", "train/loss", "train/accuracy", "val/loss", "test/loss"):
        np.testing.assert_allclose(theirs.series(name), ours.series(name), rtol=1e-3)


def timing(run: Trained) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run.folder.artifacts / "timing.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize(("framework", "mode"), EVERY)
def test_a_training_keeps_where_its_time_went(
    trained: Runs, framework: Framework, mode: Mode
) -> None:
    run = trained[framework, mode]
    found = timing(run)
    assert found["version"] == 1
    assert found["resumed"] is False
    assert found["steps"] == 2 * STEPS_PER_EPOCH
    assert found["warmup_steps"] == 2
    assert len(found["blocks"]) == 20
    assert 0 < found["first_step_s"] < found["start_s"]
    assert 0 < found["step_s"]["p1"] <= found["step_s"]["p50"] <= found["step_s"]["p99"]
    assert found["samples_per_s"] == pytest.approx(100 / found["step_s"]["p50"])
    assert found["evaluation_samples_per_s"] > 0
    assert found["memory"]["peak"] >= found["memory"]["built"] >= found["memory"]["imported"] > 1e8
    assert "device_peak" not in found["memory"]
    assert ("graphs" in found) == (mode is not Mode.EAGER)
    assert ("input_share" in found) == (mode is not Mode.FIT)
    sum_of_epochs = sum(1 / speed for _, speed in run.series("samples_per_s")) * 1293
    assert 0 < found["train_s"] <= sum_of_epochs  # which holds what is done between steps too
    kept = [event for event in run.events if isinstance(event, Artifact)]
    assert Artifact("timing", ArtifactKind.TIMING, "artifacts/timing.json") in kept


@pytest.mark.parametrize(
    ("framework", "mode"),
    [
        (Framework.PYTORCH, Mode.EAGER),
        (Framework.TENSORFLOW, Mode.GRAPH),
        (Framework.TENSORFLOW, Mode.FIT),
    ],
)
def test_a_training_ends_with_its_time_limit_and_is_tested_once_more_when_it_goes_on(
    workshop: Workshop, framework: Framework, mode: Mode
) -> None:
    run = workshop.train(framework, mode=mode, time_limit=1e-6, epochs=3, batch_size=100)
    assert run.outcome.state is State.FINISHED
    told = "trained 1 steps, and ended with its time limit of 1e-06 s of training"
    assert run.outcome.reason == told
    assert [step for step, _ in run.series("loss")] == [1]
    assert [step for step, _ in run.series("val/loss")] == [1]
    assert [step for step, _ in run.series("test/loss")] == [1]
    run.folder.outcome.unlink()
    again = workshop.go_on(run)
    assert again.outcome.reason == told
    assert again.series("loss") == run.series("loss")
    assert timing(again)["resumed"] is True


def test_a_mode_that_the_framework_lacks_is_refused(workshop: Workshop) -> None:
    run = workshop.train(Framework.PYTORCH, mode=Mode.XLA, epochs=1)
    assert run.outcome.state is State.FAILED
    assert run.outcome.reason == "PyTorch has no mode 'xla'"


def test_what_xla_cannot_compile_is_told_with_what_to_do(
    workshop: Workshop, tmp_path: Path
) -> None:
    layer = "    model.add(layers.Flatten"
    strange = (
        "    import tensorflow as tf\n"
        "    model.add(layers.Lambda(lambda x: tf.ensure_shape("
        "tf.numpy_function(lambda a: a, [x], x.dtype), x.shape)))\n"
    )
    run = start(workshop, tmp_path, Framework.TENSORFLOW, layer, f"{strange}{layer}", mode=Mode.XLA)
    assert run.outcome.state is State.FAILED
    assert run.outcome.reason.startswith("XLA cannot compile this model: it knows no PyFunc. ")
    assert "Choose the mode graph" in run.outcome.reason


@pytest.fixture(scope="module")
def scaled(workshop: Workshop) -> Runs:
    part = DuelPart("a", 0, DuelRole.SCALE, "batch_size")
    return {
        (framework, mode): workshop.train(
            framework, mode=mode, spec={"duel": part}, **{**_MATCH, "batch_size": 500}
        )
        for framework, mode in (EVERY[0], *EVERY[2:])
    }


def test_a_scaled_run_times_sixty_whole_batches_and_trains_no_further(scaled: Runs) -> None:
    for contestant, run in scaled.items():
        assert run.outcome.state is State.FINISHED, run.log
        assert run.outcome.reason == "timed 60 steps"
        found = timing(run)
        assert found["steps"] == 60
        assert found["samples_per_s"] == pytest.approx(500 / found["step_s"]["p50"])
        assert found["memory"]["peak"] >= found["memory"]["built"] > 0
        assert ("input_share" in found) == (contestant[1] is not Mode.FIT)
        assert not run.folder.checkpoints.exists()
        assert not run.series("loss")


def test_the_largest_batch_is_not_looked_for_on_a_processor(workshop: Workshop) -> None:
    part = DuelPart("a", 0, DuelRole.LARGEST)
    run = workshop.train(Framework.PYTORCH, spec={"duel": part}, **_MATCH)
    assert run.outcome.state is State.FAILED
    assert "only looked for on a GPU" in run.outcome.reason
    assert not run.outcome.traceback


def test_the_optimizers_of_eager_mode_and_of_graphs_keep_their_state_in_the_same_order(
    trained: Runs,
) -> None:
    states = [_optimizer_state(trained[Framework.TENSORFLOW, mode]) for mode in (Mode.EAGER, Mode.GRAPH)]  # fmt: skip
    assert states[0].keys() == states[1].keys() != set()
    for name, array in states[0].items():
        np.testing.assert_allclose(array, states[1][name], rtol=1e-2, atol=1e-5, err_msg=name)


def _optimizer_state(run: Trained) -> dict[str, Any]:
    with np.load(run.folder.checkpoints / "last.npz", allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files if name.startswith("optimizer/")}
