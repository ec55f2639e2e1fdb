from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runners.protocol import State
from storage.points import Series
from storage.records import Evidence, RunRecord
from storage.store import Store
from tests.examples import SPEC
from workbench.duel.match import Target
from workbench.duel.measuring import measure
from workbench.duel.results import MOST_POINTS, Measured

BEGUN = 1.7e9
TIMING: Mapping[str, Any] = {
    "version": 1,
    "resumed": False,
    "import_s": 5.0,
    "build_s": 0.5,
    "first_step_s": 1.5,
    "start_s": 7.0,
    "steps": 40,
    "warmup_steps": 4,
    "samples_per_s": 1280.0,
    "step_s": {"p5": 0.09, "p50": 0.1, "p95": 0.2, "mean": 0.11},
    "input_share": 0.25,
    "blocks": [0.1, 0.11],
    "histogram": {"edges": [0.0, 0.1, 0.2], "counts": [3, 4]},
    "train_s": 4.0,
    "evaluation_samples_per_s": 9000.0,
    "memory": {"imported": 100, "built": 200, "peak": 300},
    "graphs": 2,
}


@pytest.fixture
def run(store: Store) -> RunRecord:
    """Four epochs of ten steps, of 3, 2, 2 and 2 seconds, each told a second later than it ended."""
    made = store.create_run(replace(SPEC, seed=7))
    store.set_state(made.id, State.RUNNING, evidence=Evidence(started=made.created, pid=1))
    ends = [3.0, 5.0, 7.0, 9.0]
    put(store, made, "epoch_s", [3.0, 2.0, 2.0, 2.0], ends)
    put(store, made, "val/accuracy", [0.5, 0.8, 0.7, 0.9], ends)
    put(store, made, "val/loss", [0.9, 0.4, 0.6, math.nan], ends)
    put(store, made, "train/loss", [0.9, 0.4, 0.3, 0.2], ends)
    put(store, made, "test/accuracy", [0.85], [10.0], [40])
    put(store, made, "test/loss", [math.inf], [10.0], [40])
    store.set_environment(
        made.id, {"cpu_count": 4, "python": "3.11.7", "device": "a CPU", "host": "mine"}
    )
    return store.run(made.id)


def put(
    store: Store, run: RunRecord, name: str, values: list[float], seconds: list[float], steps: list[int] | None = None
) -> None:  # fmt: skip
    """Points at these seconds since the training began."""
    places = np.array(steps or range(10, 10 * len(values) + 1, 10), np.int64)
    store.append(run.id, {name: Series(places, BEGUN + np.array(seconds), np.array(values))})


def keep(run: RunRecord, content: str) -> None:
    folder = Path(run.folder) / "artifacts"
    folder.mkdir(exist_ok=True)
    (folder / "timing.json").write_text(content)


def measured(store: Store, run: RunRecord, target: Target | None = None) -> Measured:
    return measure(store, store.run(run.id), target, 1)


def test_what_the_file_of_times_says_becomes_figures_by_their_names(
    store: Store, run: RunRecord
) -> None:
    keep(run, json.dumps(TIMING))
    found = measured(store, run)
    assert (found.contestant, found.seed, found.run_id) == (1, 7, run.id)
    told = {name: found.figures[name] for name in found.figures if "/" not in name}
    assert told == {
        "samples_per_s": 1280.0,
        "step_s": 0.1,
        "first_step_s": 1.5,
        "import_s": 5.0,
        "build_s": 0.5,
        "start_s": 7.0,
        "train_s": 4.0,
        "input_share": 0.25,
        "evaluation_samples_per_s": 9000.0,
        "memory_imported": 100.0,
        "memory_built": 200.0,
        "memory_peak": 300.0,
        "compilations": 2.0,
    }
    assert found.blocks == (0.1, 0.11)
    assert found.histogram == {"edges": (0.0, 0.1, 0.2), "counts": (3.0, 4.0)}


def test_what_was_learned_is_told_where_it_is_a_number(store: Store, run: RunRecord) -> None:
    found = measured(store, run)
    assert found.figures == {
        "test/accuracy": 0.85,
        "best/val/accuracy": 0.9,
        "best/val/loss": 0.4,
    }
    assert (found.blocks, found.histogram) == ((), {})
    assert found.state is State.RUNNING


@pytest.mark.parametrize(
    "content",
    [
        "nonsense",
        "[]",
        json.dumps({**TIMING, "version": 2}),
        json.dumps({**TIMING, "memory": 7}),
        json.dumps({**TIMING, "resumed": True}),
    ],
)
def test_a_file_of_times_that_is_damaged_or_of_a_resumed_training_gives_no_figures(
    store: Store, run: RunRecord, content: str
) -> None:
    keep(run, content)
    assert "step_s" not in measured(store, run).figures


def test_nothing_of_whose_machine_it_is_goes_into_results(store: Store, run: RunRecord) -> None:
    assert measured(store, run).environment == {"python": "3.11.7", "device": "a CPU"}


def test_curves_have_the_step_and_the_seconds_of_training(store: Store, run: RunRecord) -> None:
    curves = measured(store, run).curves
    assert set(curves) == {"val/accuracy", "val/loss", "train/loss"}
    assert curves["val/accuracy"] == (
        (10.0, 3.0, 0.5),
        (20.0, 5.0, 0.8),
        (30.0, 7.0, 0.7),
        (40.0, 9.0, 0.9),
    )


def test_of_a_long_curve_points_are_chosen_evenly_with_both_ends(
    store: Store, run: RunRecord
) -> None:
    count = 3 * MOST_POINTS
    seconds = [float(at) for at in range(count)]
    put(store, run, "val/macro_f1", seconds, seconds)
    curve = measured(store, run).curves["val/macro_f1"]
    assert len(curve) == MOST_POINTS
    assert (curve[0][2], curve[-1][2]) == (0.0, count - 1)
    assert max(b[2] - a[2] for a, b in pairwise(curve)) <= 4


@pytest.mark.parametrize(
    ("target", "steps", "seconds"),
    [
        (Target("val/accuracy", 0.75), 20, 5.0),
        (Target("val/accuracy", 0.5), 10, 3.0),
        (Target("val/accuracy", 0.9), 40, 9.0),
        (Target("val/loss", 0.6), 20, 5.0),
        (Target("val/loss", 0.9), 10, 3.0),
    ],
)
def test_the_target_is_reached_at_the_end_of_the_first_epoch_that_is_as_good(
    store: Store, run: RunRecord, target: Target, steps: int, seconds: float
) -> None:
    figures = measured(store, run, target).figures
    assert (figures["target_steps"], figures["target_s"]) == (steps, seconds)
    assert "target_joules" not in figures


@pytest.mark.parametrize(
    "target", [Target("val/accuracy", 0.95), Target("val/loss", 0.1), Target("val/r2", 0.0)]
)
def test_a_target_that_is_not_reached_gives_no_figures(
    store: Store, run: RunRecord, target: Target
) -> None:
    assert not any("target" in name for name in measured(store, run, target).figures)


def test_energy_is_the_power_of_the_gpu_over_the_training_until_the_target(
    store: Store, run: RunRecord
) -> None:
    seconds = [float(at) for at in range(-5, 12)]
    watts = [50.0 if at < 0 else 100.0 + 10 * at for at in seconds]
    put(store, run, "system/gpu_power_watts", watts, seconds, list(range(17)))
    figures = measured(store, run, Target("val/accuracy", 0.75)).figures
    assert figures["target_joules"] == pytest.approx(5 * 100 + 10 * 25 / 2)


def test_energy_is_not_told_of_a_run_that_was_paused(store: Store, run: RunRecord) -> None:
    seconds = [float(at) for at in range(12)]
    put(store, run, "system/gpu_power_watts", [100.0] * 12, seconds, list(range(12)))
    store.set_state(run.id, State.PAUSED)
    figures = measured(store, run, Target("val/accuracy", 0.75)).figures
    assert figures["target_s"] == 5.0
    assert "target_joules" not in figures


def test_what_other_programs_took_is_what_all_took_without_the_run_itself(
    store: Store, run: RunRecord
) -> None:
    seconds, steps = [0.0, 1.0, 2.0, 3.0], [0, 1, 2, 3]
    put(store, run, "system/machine_cpu_percent", [300.0, 200.0, 140.0], seconds[1:], steps[1:])
    put(store, run, "system/cpu_percent", [90.0, 200.0, 150.0, 100.0], seconds, steps)
    put(store, run, "system/clock_mhz", [2000.0, 3000.0, math.nan, 2500.0], seconds, steps)
    put(store, run, "system/temperature", [60.0], [0.0], [0])
    figures = measured(store, run).figures
    assert figures["other_cpu_share"] == pytest.approx((100 + 50 + 40) / 3 / 400)
    assert figures["clock_mhz"] == 2500.0
    assert figures["temperature_c"] == 60.0
