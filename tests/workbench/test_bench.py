from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runners.datasets import prepared
from runners.protocol import Request, State
from storage.home import Home
from storage.records import SchedulerRecord
from storage.store import Store
from tests.examples import SPEC
from tests.waiting import wait_until
from workbench import health
from workbench.bench import Workbench
from workbench.errors import WorkbenchError
from workbench.requests import InvalidRequest, RunRequest, check_request

REQUEST = RunRequest(
    template="mlp",
    framework="pytorch",
    dataset="digits",
    parameters={"epochs": "1", "hidden_widths": "8"},
    seed="5",
    experiment="trial",
    tags=("a",),
)


@pytest.fixture
def workbench(home: Home) -> Iterator[Workbench]:
    with Workbench.open(home.path) as opened:
        yield opened


@pytest.fixture
def without_scheduler(monkeypatch: pytest.MonkeyPatch) -> list[Home]:
    """Runs stay queued; the homes whose scheduler was asked for are noted."""
    asked: list[Home] = []
    monkeypatch.setattr("runners.scheduler.launch.start_scheduler", asked.append)
    return asked


def test_a_queued_run_has_all_that_it_needs_frozen_in_its_spec(
    workbench: Workbench, without_scheduler: list[Home]
) -> None:
    said: list[str] = []
    run = workbench.queue(REQUEST, lambda text, _fraction: said.append(text))
    dataset = prepared("digits", workbench.home.datasets)
    assert dataset
    assert run.state is State.QUEUED
    assert (run.experiment, run.tags) == ("trial", ("a",))
    assert run.spec.dataset_hash == dataset.sha256
    assert dict(run.spec.parameters) == dict(check_request(REQUEST).parameters)
    assert (run.spec.seed, run.spec.interpreter) == (5, sys.executable)
    assert workbench.home.run_folder(run.id).read_spec() == run.spec
    assert without_scheduler == [workbench.home]
    assert said


def test_what_was_queued_does_not_change_with_the_settings(
    workbench: Workbench, without_scheduler: list[Home]
) -> None:
    run = workbench.queue(REQUEST)
    workbench.store.set_setting("interpreter.pytorch", "elsewhere")
    assert workbench.store.run(run.id).spec.interpreter == sys.executable


def test_the_request_of_a_run_freezes_to_the_same_spec(
    workbench: Workbench, without_scheduler: list[Home]
) -> None:
    run = workbench.queue(REQUEST)
    again = workbench.queue(workbench.request_of(run))
    assert again.id != run.id
    assert again.spec == run.spec


def test_a_request_that_makes_no_sense_queues_nothing(
    workbench: Workbench, without_scheduler: list[Home]
) -> None:
    for wrong in (replace(REQUEST, seed="x"), replace(REQUEST, device="cuda:999")):
        with pytest.raises(InvalidRequest):
            workbench.queue(wrong)
    assert workbench.store.runs() == []
    assert without_scheduler == []


def test_a_stop_is_requested_and_a_kill_is_not_weakened(
    workbench: Workbench, without_scheduler: list[Home]
) -> None:
    run = workbench.store.create_run(SPEC)
    workbench.stop([run.id], kill=True)
    workbench.stop([run.id])
    assert workbench.store.run(run.id).request is Request.KILL
    assert len(without_scheduler) == 2


def test_the_home_is_by_default_the_one_that_the_variable_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TWINBENCH_HOME", str(tmp_path / "named"))
    with Workbench.open() as opened:
        assert opened.home.path == tmp_path / "named"
        assert opened.home.database.exists()


def test_a_run_that_was_queued_is_trained_by_a_scheduler_that_starts_by_itself(
    workbench: Workbench, scheduled: Home
) -> None:
    run = workbench.queue(REQUEST)
    wait_until(lambda: workbench.store.run(run.id).state.final)
    ended = workbench.store.run(run.id)
    assert (ended.state, ended.exit_code) == (State.FINISHED, 0)
    assert ended.summary["test/accuracy"].count == 1


def test_two_threads_may_queue_at_once(workbench: Workbench, without_scheduler: list[Home]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda seed: workbench.queue(replace(REQUEST, seed=seed)), range(8)))
    assert len({run.id for run in runs}) == 8
    assert {run.spec.seed for run in runs} == set(range(8))


def test_a_store_that_another_opened_sees_the_queued_run(
    workbench: Workbench, store: Store, without_scheduler: list[Home]
) -> None:
    run = workbench.queue(REQUEST)
    assert [one.id for one in store.queue()] == [run.id]


def ended(workbench: Workbench, state: State = State.STOPPED) -> int:
    run = workbench.queue(replace(REQUEST, priority="3", alone=True))
    workbench.store.set_state(run.id, State.RUNNING)
    workbench.store.set_state(run.id, state)
    return run.id


def test_a_run_that_ended_unfinished_is_resumed_as_itself_once(
    workbench: Workbench, without_scheduler: list[Home]
) -> None:
    run_id = ended(workbench)
    for _ in range(2):
        workbench.resume([run_id])
        run = workbench.store.run(run_id)
        assert (run.state, run.attempt) == (State.QUEUED, 2)


def test_a_retried_run_is_a_new_one_of_the_same_spec_that_names_its_parent(
    workbench: Workbench, without_scheduler: list[Home]
) -> None:
    run = workbench.store.run(ended(workbench, State.FAILED))
    (again,) = workbench.retry([run.id])
    assert (again.parent, again.spec, again.state) == (run.id, run.spec, State.QUEUED)
    assert again.options == run.options
    assert run.options.priority == 3
    assert run.options.memory_bytes > 0


def test_an_ended_run_is_extended_and_asking_again_changes_nothing(
    workbench: Workbench, without_scheduler: list[Home]
) -> None:
    run_id = ended(workbench, State.FINISHED)
    for _ in range(2):
        run = workbench.extend(run_id, "4")
        assert (run.attempt, run.spec.parameters["epochs"]) == (2, 4)
    assert workbench.home.run_folder(run_id).read_spec().parameters["epochs"] == 4


@pytest.mark.parametrize("epochs", ["x", "0", "100001", "9" * 5000, "1.5", -3])
def test_a_number_of_epochs_out_of_range_is_refused(
    workbench: Workbench, without_scheduler: list[Home], epochs: str | int
) -> None:
    run_id = ended(workbench, State.FINISHED)
    with pytest.raises(InvalidRequest, match="epochs"):
        workbench.extend(run_id, epochs)


def test_a_run_whose_folder_is_gone_cannot_go_on_and_says_what_can_be_done(
    workbench: Workbench, without_scheduler: list[Home]
) -> None:
    run_id = ended(workbench)
    shutil.rmtree(workbench.home.run_folder(run_id).path)
    for act in (lambda: workbench.resume([run_id]), lambda: workbench.extend(run_id, 9)):
        with pytest.raises(WorkbenchError, match="Retry it"):
            act()
    assert workbench.store.run(run_id).attempt == 1


def test_a_run_does_not_go_on_with_other_data_than_it_began_with(
    workbench: Workbench, without_scheduler: list[Home]
) -> None:
    run = workbench.store.create_run(SPEC)
    workbench.store.set_state(run.id, State.RUNNING)
    workbench.store.set_state(run.id, State.LOST)
    with pytest.raises(WorkbenchError, match="dataset"):
        workbench.resume([run.id])


def test_the_health_of_a_home_tells_of_a_vanished_history_and_a_silent_scheduler(
    workbench: Workbench,
) -> None:
    assert workbench.health().problem == ""
    assert (workbench.health().free_bytes or 0) > 0
    silent = SchedulerRecord(1, 1.0, "here", started=0, heartbeat=0)
    assert "no sign of life" in health.look(workbench.home, silent).problem
    workbench.home.database.unlink()
    assert "twinbench rebuild" in workbench.health().problem


def test_little_space_is_told_with_what_is_left(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil._ntuple_diskusage(10**12, 10**12, 123_456_789)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    found = workbench.health()
    assert found.free_bytes == 123_456_789
    assert "120 MB are free" in found.problem


def test_a_scheduler_is_kept_only_where_there_is_something_to_do(
    workbench: Workbench, without_scheduler: list[Home]
) -> None:
    workbench.keep_scheduler()
    assert without_scheduler == []
    run = workbench.store.create_run(SPEC)
    workbench.keep_scheduler()
    assert without_scheduler == [workbench.home]
    workbench.store.set_state(run.id, State.RUNNING)
    workbench.keep_scheduler()
    assert len(without_scheduler) == 2
    workbench.store.set_state(run.id, State.STOPPED)
    workbench.keep_scheduler()
    assert len(without_scheduler) == 2
