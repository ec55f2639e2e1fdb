from __future__ import annotations

import pytest

from runners.protocol import Request, State
from storage.records import QueueOptions
from storage.store import Store
from tests.examples import SPEC
from tests.workbench.conftest import Call, finished_run


def names(call: Call) -> list[str]:
    return [run["name"] for run in call("queue", "--json").json["runs"]]


@pytest.fixture
def waiting(store: Store) -> list[int]:
    return [store.create_run(SPEC, name=name).id for name in ("a", "b", "c")]


def test_the_queue_is_shown_in_its_order_with_what_each_run_waits_for(
    call: Call, store: Store, waiting: list[int]
) -> None:
    store.set_waiting(waiting[1], "waits for cuda:0: run 12 trains there")
    assert call("priority", "c", "5").code == 0
    assert names(call) == ["c", "a", "b"]
    text = call("queue").out
    assert "run 12 trains there" in text
    assert call("queue", "--json").json["runs"][0]["queue"]["priority"] == 5
    assert "waits for cuda:0" in call("runs").out
    assert "priority 5" in call("show", "c").out


@pytest.mark.parametrize(
    ("where", "order"),
    [
        (["--first"], ["c", "a", "b"]),
        (["--before", "b"], ["a", "c", "b"]),
        (["--before", "c"], ["a", "b", "c"]),
        (["--last"], ["a", "b", "c"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_run_is_moved(call: Call, waiting: list[int], where: list[str], order: list[str]) -> None:
    answer = call("move", "c", *where)
    assert answer.code == 0
    assert names(call) == order
    assert f"is number {order.index('c') + 1}" in answer.out


def test_the_first_place_is_that_of_the_runs_priority(
    call: Call, store: Store, waiting: list[int]
) -> None:
    store.create_run(SPEC, name="urgent", options=QueueOptions(priority=1))
    assert call("move", "c", "--first").code == 0
    assert names(call) == ["urgent", "c", "a", "b"]


def test_runs_and_the_whole_queue_are_held_and_released(
    call: Call, store: Store, waiting: list[int]
) -> None:
    assert call("hold", "a", "b").code == 0
    assert [store.run(run_id).options.held for run_id in waiting] == [True, True, False]
    assert "held" in call("queue").out
    assert call("release", "a", "b").code == 0
    assert not any(store.run(run_id).options.held for run_id in waiting)
    assert call("queue", "--hold", "--json").json["held"] is True
    assert store.setting("queue.held") is True
    assert "twinbench queue --release" in call("queue").out
    assert call("queue", "--release", "--json").json["held"] is False


def test_a_run_is_to_run_alone_and_beside_others_again(
    call: Call, store: Store, waiting: list[int]
) -> None:
    assert call("alone", "a").code == 0
    assert store.run(waiting[0]).options.alone
    assert call("alone", "a", "--off").code == 0
    assert not store.run(waiting[0]).options.alone


@pytest.mark.parametrize("verb", [["hold"], ["release"], ["alone"], ["move", "--last"]])
def test_what_does_not_wait_is_told(call: Call, store: Store, verb: list[str]) -> None:
    finished_run(store, "done", [0.5])
    answer = call(*verb, "done")
    assert answer.code == 1
    assert "does not wait in the queue" in answer.err


@pytest.mark.parametrize("number", ["x", "1001", "-1001", "1.5", "", "9" * 5000])
def test_a_priority_out_of_range_is_told(call: Call, waiting: list[int], number: str) -> None:
    answer = call("priority", "a", number, "--json")
    assert answer.code == 2
    assert list(answer.json["problems"]) == ["priority"]


def test_a_priority_may_be_below_zero(call: Call, store: Store, waiting: list[int]) -> None:
    assert call("priority", "a", "-5").code == 0
    assert store.run(waiting[0]).options.priority == -5


# -- pause, resume, retry, extend -------------------------------------------------------------------
def test_a_queued_run_is_held_by_a_pause_and_released_by_resuming(
    call: Call, store: Store, waiting: list[int]
) -> None:
    for _ in range(2):
        answer = call("pause", "a")
        assert (answer.code, store.run(waiting[0]).options.held) == (0, True)
        assert "is held" in answer.out
    for _ in range(2):
        assert call("resume", "a").code == 0
        assert not store.run(waiting[0]).options.held
    assert [entry.kind for entry in store.journal(waiting[0])].count("queue") == 2


def test_a_run_that_trains_is_asked_to_pause_and_to_go_on(
    call: Call, store: Store, waiting: list[int]
) -> None:
    run_id = waiting[0]
    store.set_state(run_id, State.RUNNING)
    assert call("pause", "a").code == 0
    assert store.run(run_id).request is Request.PAUSE
    assert call("resume", "a").code == 0
    assert store.run(run_id).request is None


@pytest.mark.parametrize(
    ("verb", "state", "part"),
    [
        ("pause", State.FINISHED, "is finished"),
        ("pause", State.STOPPING, "being stopped"),
        ("resume", State.STOPPING, "being stopped"),
        ("resume", State.FINISHED, "Extend it"),
        ("retry", State.RUNNING, "has not ended"),
    ],
)
def test_of_a_selection_of_which_one_cannot_none_is_changed_and_the_reason_is_told(
    call: Call, store: Store, waiting: list[int], verb: str, state: State, part: str
) -> None:
    store.set_state(waiting[0], State.RUNNING)
    store.set_state(waiting[0], state)
    before = store.run(waiting[1])
    answer = call(verb, "b", "a")
    assert answer.code == 1
    assert part in answer.err
    assert store.run(waiting[1]) == before
    assert len(store.runs()) == 3
