from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from runners.protocol import DuelRole, Framework, Mode, State
from runners.scheduler.launch import scheduler_alive, stop_scheduler
from storage.check import check
from storage.home import Home
from storage.records import RunRecord
from tests.waiting import wait_until
from workbench.bench import Workbench
from workbench.duel.fairness import prove
from workbench.duel.files import from_json, to_json
from workbench.duel.match import Contestant, Match, Target
from workbench.duel.schedule import newest
from workbench.duel.verdict import judge
from workbench.duel.weights import DEFAULT, PROFILES

TORCH = Contestant(Framework.PYTORCH, Mode.EAGER)
TENSORFLOW = Contestant(Framework.TENSORFLOW, Mode.GRAPH)
MATCH = Match(
    "mlp", "digits", (TORCH, TENSORFLOW), (0, 1), {"epochs": 2, "hidden_widths": (8,)}, "cpu",
    Target("val/accuracy", 0.0), "small",
)  # fmt: skip


@pytest.fixture
def workbench(home_path: Path) -> Iterator[Workbench]:
    with Workbench.open(home_path) as workbench:
        yield workbench
        for state in workbench.duels.list():
            workbench.duels.stop(state.record.id)
            wait_until(lambda s=state: _has_ended(workbench, s.record.id))  # type: ignore[misc]
        stop_scheduler(workbench.store)
        wait_until(lambda: scheduler_alive(workbench.store) is None)


def test_a_duel_outlives_its_scheduler_and_is_stopped_resumed_extended_and_judged(
    workbench: Workbench, home_path: Path
) -> None:
    duel = workbench.duels.start(MATCH).id
    wait_until(lambda: bool(workbench.duels.state(duel).running))
    _kill_scheduler(workbench)
    wait_until(lambda: bool(_trained(workbench, duel)))
    workbench.duels.stop(duel)
    wait_until(lambda: _has_ended(workbench, duel))
    assert workbench.duels.state(duel).state == "stopped"
    workbench.duels.resume(duel)
    workbench.duels.extend(duel, 1)
    for done in range(8):
        wait_until(lambda d=done: workbench.duels.state(duel).done > d)  # type: ignore[misc]
    state = workbench.duels.state(duel)
    assert (state.state, state.done, state.total, state.problems) == ("finished", 8, 8, ())
    runs = workbench.store.duels.runs(duel)
    _assert_one_after_the_other(runs)
    assert all(run.attempt == 1 for run in newest(state.match, runs).values())
    _assert_measured(workbench, duel)
    assert check(Home(home_path)) == []


def _kill_scheduler(workbench: Workbench) -> None:
    """And let another one take over, as a window would."""
    scheduler = scheduler_alive(workbench.store)
    assert scheduler
    process = psutil.Process(scheduler.pid)
    process.kill()
    wait_until(lambda: scheduler_alive(workbench.store) is None)
    workbench.keep_scheduler()


def _has_ended(workbench: Workbench, duel: str) -> bool:
    return all(run.state.final for run in workbench.store.duels.runs(duel))


def _trained(workbench: Workbench, duel: str) -> list[RunRecord]:
    return [
        run
        for run in workbench.store.duels.runs(duel)
        if run.spec.duel and run.spec.duel.role is DuelRole.MATCH and run.state is State.FINISHED
    ]


def _assert_one_after_the_other(runs: list[RunRecord]) -> None:
    spans = sorted((run.started, run.ended) for run in runs if run.started and run.ended)
    assert len(spans) >= 8
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def _assert_measured(workbench: Workbench, duel: str) -> None:
    results = workbench.duels.results(duel)
    assert sorted((one.contestant, one.seed) for one in results.measured) == [
        (at, seed) for at in range(2) for seed in range(3)
    ]
    needed = {"samples_per_s", "step_s", "first_step_s", "import_s", "build_s", "start_s", "train_s",
              "memory_peak", "test/accuracy", "best/val/accuracy", "target_s", "target_steps"}  # fmt: skip
    for one in results.measured:
        assert one.state is State.FINISHED
        assert needed <= set(one.figures)
        assert one.figures["target_steps"] == 11
        assert one.environment["threads"] >= 1
    fairness = prove(results)
    assert fairness.proved, fairness.sentence
    assert results.proofs[1].output_difference["float64"] < 1e-9
    assert max(results.proofs[1].loss_differences["float64"]) < 1e-9
    assert set(results.code) == {"pytorch", "tensorflow"}
    assert {"processor", "memory", "system"} <= set(results.machine)
    assert any("epsilon" in sentence for sentence in results.unequal)
    assert from_json(to_json(results)) == results
    assert judge(results, PROFILES[DEFAULT]).rows
