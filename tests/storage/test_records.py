from __future__ import annotations

import pytest

from runners.protocol import State
from storage.records import Evidence, better, main_metric
from storage.store import Store
from tests.storage.examples import SPEC, series


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("train/loss", "lower"),
        ("val/Error", "lower"),
        ("epoch_seconds", "lower"),
        ("memory_bytes", "lower"),
        ("test/mse", "lower"),
        ("test/cross_entropy", "lower"),
        ("test/accuracy", "higher"),
        ("samples_per_s", "higher"),
        ("loss/accuracy", "higher"),
        ("Loss/train", "lower"),
        ("accuracy/val", "higher"),
        ("train", "higher"),
    ],
)
def test_what_is_better_is_told_from_the_name(metric: str, expected: str) -> None:
    assert better(metric) == expected


def test_the_main_metric_is_the_most_telling_one_that_a_run_has(store: Store) -> None:
    run = store.create_run(SPEC)
    assert main_metric(run) is None
    store.append(run.id, {"learning_rate": series([1.0]), "train/loss": series([1.0])})
    assert main_metric(store.run(run.id)) == "train/loss"
    store.append(run.id, {"test/accuracy": series([0.5])})
    assert main_metric(store.run(run.id)) == "test/accuracy"


def test_a_duration_runs_from_the_start_to_the_end_or_to_now(store: Store) -> None:

    run = store.create_run(SPEC)
    assert run.duration_s(5_000_000) is None
    store.set_state(run.id, State.RUNNING, evidence=Evidence(started=1_000_000))
    assert store.run(run.id).duration_s(5_000_000) == 4.0
    store.set_state(run.id, State.FINISHED, evidence=Evidence(ended=3_000_000))
    assert store.run(run.id).duration_s(5_000_000) == 2.0
