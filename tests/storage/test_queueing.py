from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from runners.protocol import Request, State
from storage.home import Home
from storage.records import Evidence, QueueOptions, RunRecord
from storage.store import Arrival, Store, StoreError, UnknownRun
from tests.storage.examples import SPEC, ids, series, spec

ENDED = [state for state in State if state.final and state is not State.FINISHED]
GOING = [state for state in State if not state.final]


def ended(store: Store, state: State = State.STOPPED) -> RunRecord:
    """A run that trained and ended."""
    run = store.create_run(SPEC)
    started = Evidence(started=5, pid=7, pid_created=1.5, assigned_device="cuda:0", deadline=9)
    store.set_state(run.id, State.STOPPING, "", started)
    store.request([run.id], Request.STOP)
    store.set_stalled(run.id, 8)
    store.set_state(run.id, state, "the end", Evidence(exit_code=3, ended=50))
    return store.run(run.id)


# -- options and parents ------------------------------------------------------------------------
def test_a_run_keeps_the_options_and_the_parent_it_was_queued_with(store: Store) -> None:
    first = store.create_run(SPEC)
    options = QueueOptions(priority=-3, held=True, alone=True, memory_bytes=2**40)
    run = store.create_run(SPEC, options=options, parent=first.id)
    assert (run.options, run.parent, run.attempt, run.rewinds) == (options, first.id, 1, 0)
    assert first.options == QueueOptions()
    assert store.run(run.id) == run


def test_a_run_of_an_unknown_parent_is_refused_and_leaves_nothing(store: Store, home: Home) -> None:
    with pytest.raises(UnknownRun, match="404"):
        store.create_run(SPEC, parent=404)
    assert store.runs() == []
    assert list(home.runs.iterdir()) == []


def test_options_change_one_by_one_while_the_run_waits(store: Store) -> None:
    run = store.create_run(SPEC)
    store.set_queue_options([run.id], priority=4)
    store.set_queue_options([run.id], held=True, alone=True)
    store.set_queue_options([run.id], held=False)
    store.set_queue_options([run.id])
    assert store.run(run.id).options == QueueOptions(priority=4, alone=True)


def test_options_of_several_runs_change_for_all_or_none(store: Store) -> None:
    waiting, busy = store.create_run(SPEC), store.create_run(SPEC, name="busy")
    store.set_state(busy.id, State.RUNNING)
    with pytest.raises(StoreError, match='"busy" does not wait in the queue'):
        store.set_queue_options([waiting.id, busy.id], priority=1)
    assert store.run(waiting.id).options.priority == 0


# -- order --------------------------------------------------------------------------------------
def test_the_queue_is_ordered_by_priority_and_then_by_age(store: Store) -> None:
    priorities = [0, 5, 0, -1, 5]
    for priority in priorities:
        store.create_run(SPEC, options=QueueOptions(priority=priority))
    assert ids(store.queue()) == [2, 5, 1, 3, 4]
    store.set_queue_options([4], priority=5)
    assert ids(store.queue()) == [2, 4, 5, 1, 3]


@pytest.mark.parametrize(
    ("moved", "before", "order", "priority"),
    [
        (5, 2, [1, 5, 2, 3, 4, 6], 5),  # among those of a higher priority
        (1, 5, [2, 3, 4, 1, 5, 6], 0),  # among those of a lower one
        (
            4,
            3,
            [1, 2, 4, 3, 5, 6],
            2,
        ),  # between two others, whose priorities leave room for its own
        (1, 3, [2, 1, 3, 4, 5, 6], 5),  # to the end of its own
        (5, 4, [1, 2, 3, 5, 4, 6], 0),  # to the start of its own
        (6, 3, [1, 2, 6, 3, 4, 5], 2),  # to a border: the nearest that fits
        (1, None, [2, 3, 4, 5, 6, 1], -1),
        (6, 1, [6, 1, 2, 3, 4, 5], 5),
        (3, 4, [1, 2, 3, 4, 5, 6], 2),  # where it is
        (6, None, [1, 2, 3, 4, 5, 6], -1),
    ],
)
def test_a_moved_run_lands_where_it_was_dropped_with_the_nearest_priority_that_fits(
    moved: int, before: int | None, order: list[int], priority: int, store: Store
) -> None:
    for number in (5, 5, 2, 0, 0, -1):
        store.create_run(SPEC, options=QueueOptions(priority=number))
    store.move_in_queue(moved, before)
    assert ids(store.queue()) == order
    assert store.run(moved).options.priority == priority


def test_a_move_changes_no_other_run(store: Store) -> None:
    runs = [store.create_run(SPEC) for _ in range(4)]
    store.move_in_queue(4, 2)
    assert ids(store.changed_runs(runs[-1].revision)) == [4]
    store.move_in_queue(4, 2)
    store.move_in_queue(4, 4)
    assert len(store.journal(4)) == 2


def test_the_queue_keeps_the_order_that_many_moves_gave_it(store: Store) -> None:
    order = [store.create_run(SPEC).id for _ in range(4)]
    random = Random(0)
    for _ in range(100):
        run_id, before = random.choice(order), random.choice([None, *order])
        store.move_in_queue(run_id, before)
        if run_id != before:
            order.remove(run_id)
            order.insert(len(order) if before is None else order.index(before), run_id)
        assert ids(store.queue()) == order


def test_there_is_always_room_between_two_runs(store: Store) -> None:
    first, last, *others = (store.create_run(SPEC).id for _ in range(4))
    for turn in range(120):  # each halves the room, until no number is left in it
        store.move_in_queue(others[turn % 2], last)
        store.move_in_queue(others[(turn + 1) % 2], others[turn % 2])
    assert ids(store.queue()) == [first, others[0], others[1], last]


def test_only_waiting_runs_move_in_the_queue(store: Store) -> None:
    busy, waiting, trashed = store.create_run(SPEC, name="busy"), *(
        store.create_run(SPEC) for _ in range(2)
    )  # fmt: skip
    store.set_state(busy.id, State.STARTING)
    store.trash([trashed.id])
    for run_id, before in ((busy.id, None), (waiting.id, busy.id)):
        with pytest.raises(StoreError, match='"busy" does not wait'):
            store.move_in_queue(run_id, before)
    with pytest.raises(StoreError, match="trash"):
        store.move_in_queue(trashed.id, waiting.id)
    with pytest.raises(UnknownRun):
        store.move_in_queue(waiting.id, 404)


def test_new_and_resumed_runs_wait_behind_those_that_were_moved(store: Store) -> None:
    old = ended(store)
    first, second = store.create_run(SPEC), store.create_run(SPEC)
    store.move_in_queue(first.id, None)
    store.resume_run(old.id)
    third = store.create_run(SPEC)
    assert ids(store.queue()) == [second.id, first.id, old.id, third.id]


# -- requests -----------------------------------------------------------------------------------
@pytest.mark.parametrize("state", [state for state in State if state.active])
def test_a_request_only_gets_stronger_but_a_pause_is_taken_back(state: State, store: Store) -> None:
    run = store.create_run(SPEC)
    store.set_state(run.id, state)
    for asked, kept in (
        (None, None),
        (Request.PAUSE, Request.PAUSE),
        (None, None),
        (Request.PAUSE, Request.PAUSE),
        (Request.STOP, Request.STOP),
        (None, Request.STOP),
        (Request.PAUSE, Request.STOP),
        (Request.KILL, Request.KILL),
        (Request.STOP, Request.KILL),
        (None, Request.KILL),
    ):
        store.request([run.id], asked)
        assert store.run(run.id).request is kept


def test_pausing_a_queued_run_holds_it(store: Store) -> None:
    run = store.create_run(SPEC)
    store.request([run.id], Request.PAUSE)
    held = store.run(run.id)
    assert (held.options.held, held.request, held.state) == (True, None, State.QUEUED)
    store.request([run.id], None)
    assert not store.run(run.id).options.held
    store.request([run.id], Request.STOP)
    assert store.run(run.id).request is Request.STOP


def test_a_request_leaves_an_ended_run_alone(store: Store) -> None:
    run = ended(store)
    for request in (None, *Request):
        store.request([run.id], request)
        assert store.run(run.id) == run


# -- going on -----------------------------------------------------------------------------------
@pytest.mark.parametrize("state", ENDED)
def test_an_ended_run_waits_anew_for_its_next_attempt(state: State, store: Store) -> None:
    old = ended(store, state)
    run = store.resume_run(old.id)
    assert (run.state, run.reason, run.attempt) == (State.QUEUED, "", 2)
    assert (run.pid, run.pid_created, run.exit_code, run.ended) == (None, None, None, None)
    assert (run.request, run.deadline, run.stalled, run.assigned_device) == (None, None, None, "")
    assert (run.spec, run.created, run.started) == (old.spec, old.created, 5)
    assert ids(store.queue()) == [run.id]


def test_a_finished_run_is_not_resumed_but_extended(store: Store, home: Home) -> None:
    old = ended(store, State.FINISHED)
    with pytest.raises(StoreError, match=r"is finished.*Extend it"):
        store.resume_run(old.id)
    run = store.extend_run(old.id, 7)
    assert (run.state, run.attempt, run.spec.parameters["epochs"]) == (State.QUEUED, 2, 7)
    assert home.run_folder(run.id).read_spec() == run.spec
    assert {**run.spec.parameters, "epochs": 3} == old.spec.parameters
    entry = store.journal(run.id)[-1]
    assert (entry.kind, entry.details["epochs_before"], entry.details["epochs"]) == (
        "extended",
        3,
        7,
    )


@pytest.mark.parametrize("state", ENDED)
def test_any_ended_run_is_extended(state: State, store: Store) -> None:
    assert store.extend_run(ended(store, state).id, 4).attempt == 2


@pytest.mark.parametrize("epochs", [3, 2, 0, -1])
def test_an_extension_to_no_more_epochs_is_refused(epochs: int, store: Store, home: Home) -> None:
    run = ended(store)
    with pytest.raises(StoreError, match="has 3 epochs"):
        store.extend_run(run.id, epochs)
    assert store.run(run.id) == run
    assert home.run_folder(run.id).read_spec() == SPEC


def test_a_run_whose_template_has_no_epochs_is_not_extended(store: Store) -> None:
    run = store.create_run(spec(parameters={}))
    store.set_state(run.id, State.FINISHED)
    with pytest.raises(StoreError, match="no number of epochs"):
        store.extend_run(run.id, 4)


GO_ON: list[Callable[[Store, int], RunRecord]] = [
    lambda store, run_id: store.resume_run(run_id),
    lambda store, run_id: store.extend_run(run_id, 9),
]


@pytest.mark.parametrize("go_on", GO_ON)
@pytest.mark.parametrize("state", GOING)
def test_only_an_ended_run_goes_on(
    state: State, go_on: Callable[[Store, int], RunRecord], store: Store
) -> None:
    run = store.create_run(SPEC)
    store.set_state(run.id, state)
    before = store.run(run.id)
    with pytest.raises(StoreError, match=f"is {state.value}; only a run that has ended"):
        go_on(store, run.id)
    assert store.run(run.id) == before


@pytest.mark.parametrize("go_on", GO_ON)
def test_a_run_in_the_trash_is_brought_back_before_it_goes_on(
    go_on: Callable[[Store, int], RunRecord], store: Store
) -> None:
    run = ended(store)
    store.trash([run.id])
    with pytest.raises(StoreError, match="in the trash"):
        go_on(store, run.id)
    store.restore([run.id])
    assert go_on(store, run.id).attempt == 2


@pytest.mark.parametrize("go_on", GO_ON)
def test_a_spec_that_cannot_be_written_leaves_the_run_as_it_was(
    go_on: Callable[[Store, int], RunRecord], store: Store, home: Home
) -> None:
    run = ended(store)
    path = home.run_folder(run.id).spec
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError):
        go_on(store, run.id)
    assert store.run(run.id) == run
    assert store.queue() == []


@pytest.mark.parametrize("left", [0, 3, 10, 50])
def test_what_a_new_attempt_appends_is_read_whatever_is_left_of_the_files(
    left: int, store: Store, home: Home
) -> None:
    run = ended(store)
    folder = home.run_folder(run.id)
    store.take([Arrival(run.id, {"loss": series([1.0])}, event_offset=10, system_offset=20)])
    if left:
        folder.events.write_bytes(bytes(left))
        folder.system.write_bytes(bytes(left))
    store.resume_run(run.id)
    assert store.offsets(run.id) == (min(10, left), min(20, left))
    assert store.run(run.id).summary["loss"].count == 1


def test_a_deleted_folder_is_made_again_with_the_spec(store: Store, home: Home) -> None:
    run = ended(store)
    folder = home.run_folder(run.id)
    for path in folder.path.iterdir():
        path.unlink()
    folder.path.rmdir()
    store.resume_run(run.id)
    assert folder.read_spec() == run.spec


# -- what the scheduler says ----------------------------------------------------------------------
def test_what_a_run_waits_for_is_said_while_it_waits_and_no_longer(store: Store) -> None:
    run = store.create_run(SPEC)
    store.set_waiting(run.id, "held")
    first = store.run(run.id)
    store.set_waiting(run.id, "held")
    assert store.run(run.id) == first
    assert first.reason == "held"
    store.set_state(run.id, State.STARTING)
    store.set_waiting(run.id, "waits for cuda:0")
    assert store.run(run.id).reason == ""
    assert [entry.kind for entry in store.journal(run.id)] == ["created", "state"]


def test_only_an_active_run_is_stalled_and_it_is_until_it_ends_or_beats(store: Store) -> None:
    run = store.create_run(SPEC)
    store.set_stalled(run.id, 5)
    assert store.run(run.id).stalled is None
    store.set_state(run.id, State.RUNNING)
    store.set_stalled(run.id, 5)
    store.set_state(run.id, State.STOPPING, "", Evidence(deadline=9))
    assert (store.run(run.id).stalled, store.run(run.id).deadline) == (5, 9)
    store.set_stalled(run.id, None)
    assert store.run(run.id).stalled is None
    store.set_stalled(run.id, 6)
    store.set_state(run.id, State.KILLED)
    assert (store.run(run.id).stalled, store.run(run.id).deadline) == (None, None)
    store.set_stalled(run.id, 7)
    assert store.run(run.id).stalled is None


def test_a_queued_run_that_was_trashed_meanwhile_does_not_start(store: Store) -> None:
    run = store.create_run(SPEC)
    store.trash([run.id])
    trashed = store.run(run.id)
    for state in (State.STARTING, State.STOPPED):
        store.set_state(run.id, state)
        assert store.run(run.id) == trashed
    store.restore([run.id])
    assert ids(store.queue()) == [run.id]


def test_a_remark_is_a_change_of_its_run(store: Store) -> None:
    run = store.create_run(SPEC)
    store.note(run.id, "no process\0 left")
    (changed,) = store.changed_runs(run.revision)
    assert changed.id == run.id
    entry = store.journal(run.id)[-1]
    assert (entry.kind, entry.text, entry.details) == ("note", "no process left", {})
    assert entry.time >= run.created
