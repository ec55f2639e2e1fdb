from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pytest

from runners.protocol import Artifact, ArtifactKind, Progress, Request, State
from storage.home import Home
from storage.records import Evidence, RunFilter
from storage.store import Store, StoreError
from tests.storage.examples import SPEC, ids, series


def test_each_change_of_a_run_gives_it_a_larger_revision(store: Store) -> None:
    run = store.create_run(SPEC)
    other = store.create_run(SPEC)
    changes: list[Callable[[], None]] = [
        lambda: store.rename_run(run.id, "new"),
        lambda: store.set_tags(run.id, ["x"]),
        lambda: store.move_in_queue(run.id, None),
        lambda: store.request([run.id], Request.STOP),
        lambda: store.set_state(run.id, State.RUNNING),
        lambda: store.set_progress(run.id, Progress("training", 1, 2)),
        lambda: store.set_environment(run.id, {"python": "3.11"}),
        lambda: store.add_artifact(run.id, Artifact("a", ArtifactKind.FILE, "a")),
        lambda: store.append(run.id, {"loss": series([1.0])}),
        lambda: store.set_state(run.id, State.FINISHED),
        lambda: store.trash([run.id]),
        lambda: store.restore([run.id]),
    ]
    last = other.revision
    for change in changes:
        change()
        newer = store.changed_runs(last)
        assert run.id in ids(newer)
        assert min(record.revision for record in newer) > last
        last = max(record.revision for record in newer)
    assert store.changed_runs(last) == []


def test_changed_runs_come_oldest_change_first_with_the_trashed_ones(store: Store) -> None:
    first, second, third = (store.create_run(SPEC) for _ in range(3))
    store.trash([second.id])
    store.rename_run(first.id, "changed last")
    assert ids(store.changed_runs(0)) == [third.id, second.id, first.id]


def test_the_data_version_changes_when_another_store_wrote_and_only_then(
    store: Store, home: Home
) -> None:
    other = Store.open(home)
    before = store.data_version()
    other.runs()
    assert store.data_version() == before
    other.create_run(SPEC)
    assert store.data_version() != before
    other.close()


def test_a_trashed_run_is_hidden_until_it_is_restored(store: Store) -> None:
    run = store.create_run(SPEC, experiment="mine")
    store.trash([run.id])
    assert (store.runs(), store.queue(), store.experiments()) == ([], [], [])
    assert ids(store.runs(RunFilter(trashed=True))) == [run.id]
    store.restore([run.id])
    assert ids(store.runs()) == ids(store.queue()) == [run.id]
    assert store.runs(RunFilter(trashed=True)) == []


@pytest.mark.parametrize("state", [state for state in State if state.active])
def test_an_active_run_cannot_be_trashed(state: State, store: Store) -> None:
    done, busy = store.create_run(SPEC), store.create_run(SPEC, name="busy")
    store.set_state(busy.id, state)
    with pytest.raises(StoreError, match=f'Run {busy.id} "busy" is {state.value}. Stop it first'):
        store.trash([done.id, busy.id])
    assert ids(store.runs()) == [busy.id, done.id]


def test_the_queue_keeps_the_order_that_moves_gave_it(store: Store) -> None:
    order = [store.create_run(SPEC).id for _ in range(4)]
    random = Random(0)
    for _ in range(150):
        run_id = random.choice(order)
        before = random.choice([None, *order])
        store.move_in_queue(run_id, before)
        if run_id != before:
            order.remove(run_id)
            order.insert(len(order) if before is None else order.index(before), run_id)
        assert ids(store.queue()) == order


def test_only_waiting_runs_move_in_the_queue(store: Store) -> None:
    running, waiting = store.create_run(SPEC, name="busy"), store.create_run(SPEC)
    store.set_state(running.id, State.STARTING)
    for run_id, before in ((running.id, None), (waiting.id, running.id)):
        with pytest.raises(StoreError, match='"busy" does not wait'):
            store.move_in_queue(run_id, before)


def test_a_new_run_waits_behind_those_that_were_moved(store: Store) -> None:
    first, second = store.create_run(SPEC), store.create_run(SPEC)
    store.move_in_queue(first.id, None)
    third = store.create_run(SPEC)
    assert ids(store.queue()) == [second.id, first.id, third.id]


@pytest.mark.parametrize("final", [state for state in State if state.final])
def test_a_final_state_is_never_left(final: State, store: Store) -> None:
    run = store.create_run(SPEC)
    store.set_state(run.id, final, "the end", Evidence(exit_code=3, ended=5))
    ended = store.run(run.id)
    for state in State:
        store.set_state(run.id, state, "again", Evidence(exit_code=9, ended=9))
        assert store.run(run.id) == ended


def test_a_state_leaves_the_evidence_that_it_does_not_bring(store: Store) -> None:
    run = store.create_run(SPEC)
    store.set_state(run.id, State.STARTING, evidence=Evidence(started=10, pid=7, pid_created=1.5))
    store.set_state(run.id, State.RUNNING, "it beats", Evidence(assigned_device="cuda:1"))
    run = store.run(run.id)
    assert (run.started, run.pid, run.pid_created) == (10, 7, 1.5)
    assert (run.assigned_device, run.reason, run.ended) == ("cuda:1", "it beats", None)


def test_a_kill_is_never_weakened_to_a_stop(store: Store) -> None:
    run = store.create_run(SPEC)
    for asked, kept in (
        (Request.STOP, Request.STOP),
        (Request.KILL, Request.KILL),
        (Request.STOP, Request.KILL),
    ):
        store.request([run.id], asked)
        assert store.run(run.id).request == kept


def test_a_request_leaves_a_final_run_alone(store: Store) -> None:
    done, waiting = store.create_run(SPEC), store.create_run(SPEC)
    store.set_state(done.id, State.FINISHED)
    store.request([done.id, waiting.id], Request.KILL)
    assert store.run(done.id).request is None
    assert store.run(waiting.id).request is Request.KILL


def test_progress_and_heartbeat_are_kept(store: Store) -> None:
    run = store.create_run(SPEC)
    store.set_progress(run.id, Progress("training", 2**40, 2**41, 1, 2, 10.5, 3.5), heartbeat=99)
    store.set_progress(run.id, Progress("training", 1, 2, 1, 2, math.inf, math.nan))
    run = store.run(run.id)
    assert run.progress == Progress("training", 1, 2, 1, 2, None, None)
    assert run.heartbeat == 99
