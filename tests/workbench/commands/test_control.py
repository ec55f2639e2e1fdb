from __future__ import annotations

from runners.protocol import Request, State
from runners.scheduler.launch import scheduler_alive
from storage.home import Home
from storage.store import Store
from tests.examples import SPEC
from tests.workbench.conftest import Call, finished_run


def test_a_deleted_run_is_in_the_trash_until_it_is_restored(call: Call, store: Store) -> None:
    run = finished_run(store, "first", [0.5])
    told = call("delete", "first")
    assert told.code == 0
    assert f"twinbench restore {run.id}" in told.out
    assert call("runs", "--json").json == []
    assert [one["id"] for one in call("runs", "--trash", "--json").json] == [run.id]
    assert call("restore", str(run.id), "--json").json[0]["trashed"] is None
    assert [one["id"] for one in call("runs", "--json").json] == [run.id]


def test_a_run_that_trains_is_not_deleted(call: Call, store: Store) -> None:
    run = store.create_run(SPEC, name="busy")
    store.set_state(run.id, State.RUNNING)
    answer = call("delete", "busy")
    assert answer.code == 1
    assert "busy" in answer.err
    assert store.run(run.id).trashed is None


def test_stopping_a_run_that_has_ended_leaves_it_as_it_ended(
    call: Call, store: Store, scheduled: Home
) -> None:
    run = finished_run(store, "first", [0.5])
    answer = call("stop", "first")
    assert answer.code == 0
    assert "is finished" in answer.out
    assert store.run(run.id).state is State.FINISHED
    assert store.run(run.id).request is not Request.KILL


def test_a_queued_run_is_stopped_by_a_scheduler_that_starts_for_it(
    call: Call, store: Store, scheduled: Home
) -> None:
    store.create_run(SPEC, name="waiting")
    stopped = call("stop", "waiting", "--wait", "--json").json
    assert [run["state"] for run in stopped] == ["stopped"]
    assert stopped[0]["reason"]


def test_the_scheduler_is_started_looked_at_and_stopped(
    call: Call, store: Store, scheduled: Home
) -> None:
    assert call("scheduler", "status", "--json").json == {
        "scheduler": None, "queued": 0, "active": 0,
    }  # fmt: skip
    started = call("scheduler", "start", "--json").json["scheduler"]
    alive = scheduler_alive(store)
    assert alive
    assert started["pid"] == alive.pid
    assert "runs as process" in call("scheduler", "status").out
    assert "does not run" in call("scheduler", "stop").out
    assert scheduler_alive(store) is None
    assert call("scheduler", "stop").code == 0
