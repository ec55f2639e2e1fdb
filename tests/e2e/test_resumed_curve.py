from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from runners.protocol import Framework, State
from runners.scheduler.launch import scheduler_alive, stop_scheduler
from storage.records import RunRecord
from tests.waiting import wait_until
from workbench.bench import Workbench
from workbench.requests import RunRequest

pytestmark = pytest.mark.long

EPOCHS = 40
STEPS = EPOCHS * 11
"""The 1,294 digits that are trained on make 11 batches of at most 128."""
OWN_CLOCK = {"samples_per_s", "epoch_s"}
"""Metrics that say how fast it went, which is never the same twice."""


@pytest.fixture
def workbench(home_path: Path) -> Iterator[Workbench]:
    with Workbench.open(home_path) as workbench:
        yield workbench
        stop_scheduler(workbench.store)
        wait_until(lambda: scheduler_alive(workbench.store) is None)


@pytest.mark.parametrize(
    ("framework", "stops"), [(Framework.PYTORCH, (0.2, 0.6)), (Framework.TENSORFLOW, (0.4,))]
)
def test_a_run_that_was_stopped_and_resumed_has_the_very_curve_of_one_that_was_not(
    workbench: Workbench, framework: Framework, stops: tuple[float, ...]
) -> None:
    parameters = {"epochs": EPOCHS, "schedule": "cosine", "dropout": 0.3}
    request = RunRequest(
        template="mlp", framework=framework, dataset="digits", parameters=parameters, device="cpu"
    )
    whole = _ended(workbench, workbench.queue(request))
    assert whole.state is State.FINISHED, whole.reason
    broken = workbench.queue(request)
    for part in stops:
        _stop_after(workbench, broken, int(STEPS * part))
        workbench.resume([broken.id])
    broken = _ended(workbench, broken)
    assert (broken.state, broken.attempt) == (State.FINISHED, 1 + len(stops)), broken.reason
    _assert_equal_curves(workbench, whole, broken)


def test_a_run_that_was_extended_has_the_curve_of_one_that_was_as_long_from_the_start(
    workbench: Workbench,
) -> None:
    request = RunRequest(
        template="mlp",
        framework="pytorch",
        dataset="digits",
        parameters={"epochs": 6, "dropout": 0.3},
        device="cpu",
    )
    whole = _ended(workbench, workbench.queue(request))
    short = workbench.queue(replace(request, parameters={**request.parameters, "epochs": 2}))
    short = _ended(workbench, short)
    assert short.state is State.FINISHED, short.reason
    workbench.extend(short.id, 6)
    extended = _ended(workbench, short)
    assert (extended.state, extended.attempt) == (State.FINISHED, 2), extended.reason
    assert extended.spec.parameters["epochs"] == 6
    told = [entry.text for entry in workbench.store.journal(short.id)]
    assert "extended from 2 to 6 epochs (attempt 2)" in told
    assert "goes on from its checkpoint of step 22" in told
    _assert_equal_curves(workbench, whole, extended)


def _stop_after(workbench: Workbench, run: RunRecord, step: int) -> None:
    def has_come_so_far() -> bool:
        loss = workbench.store.run(run.id).summary.get("loss")
        return loss is not None and loss.last_step >= step

    wait_until(has_come_so_far)
    workbench.stop([run.id])
    stopped = _ended(workbench, run)
    assert stopped.state is State.STOPPED, stopped.reason
    assert stopped.progress.step < STEPS


def _ended(workbench: Workbench, run: RunRecord) -> RunRecord:
    wait_until(lambda: workbench.store.run(run.id).state.final)
    return workbench.store.run(run.id)


def _assert_equal_curves(workbench: Workbench, one: RunRecord, other: RunRecord) -> None:
    metrics = _of_the_training(workbench, one)
    assert metrics == _of_the_training(workbench, other)
    assert {"loss", "lr", "train/loss", "val/accuracy", "test/accuracy"} <= metrics
    for metric in metrics:
        first, second = (workbench.store.series(run.id, metric) for run in (one, other))
        if metric.startswith("test/"):  # one that was extended was tested at its first end too
            assert first.values[-1] == second.values[-1], metric
            continue
        np.testing.assert_array_equal(first.steps, second.steps, err_msg=metric)
        if metric not in OWN_CLOCK:
            np.testing.assert_array_equal(first.values, second.values, err_msg=metric)


def _of_the_training(workbench: Workbench, run: RunRecord) -> set[str]:
    return {name for name in workbench.store.metrics(run.id) if not name.startswith("system/")}
