from __future__ import annotations

from collections.abc import Callable

import pytest

from runners.protocol import Progress, Request, State
from storage.home import Home
from storage.records import Evidence, RunFilter
from storage.store import Arrival, Store, StoreError
from tests.storage.examples import SPEC, ids, series


def test_each_change_of_a_run_gives_it_a_larger_revision(store: Store) -> None:
    run = store.create_run(SPEC)
    other = store.create_run(SPEC)
    changes: list[Callable[[], object]] = [
        lambda: store.rename_run(run.id, "new"),
        lambda: store.set_tags(run.id, ["x"]),
        lambda: store.add_tags([run.id], ["y"]),
        lambda: store.set_note(run.id, "good"),
        lambda: store.set_starred([run.id], True),
        lambda: store.set_color([run.id], 7),
        lambda: store.set_experiment([run.id], "mine"),
        lambda: store.archive([run.id]),
        lambda: store.move_in_queue(run.id, None),
        lambda: store.request([run.id], Request.STOP),
        lambda: store.set_environment(run.id, {"python": "3.12"}),
        lambda: store.set_state(run.id, State.RUNNING),
        lambda: store.take([Arrival(run.id, progress=Progress("training", 1, 2))]),
        lambda: store.set_environment(run.id, {"python": "3.11"}),
        lambda: store.set_stalled(run.id, 5),
        lambda: store.note(run.id, "a remark"),
        lambda: store.append(run.id, {"loss": series([1.0])}),
        lambda: store.set_state(run.id, State.FINISHED),
        lambda: store.trash([run.id]),
        lambda: store.restore([run.id]),
        lambda: store.extend_run(run.id, 9),
        lambda: store.set_waiting(run.id, "held"),
        lambda: store.set_queue_options([run.id], priority=1),
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
