from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from random import Random
from time import time_ns

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.engine import Engine

from runners.protocol import Artifact, ArtifactKind, Framework, Progress, Request, State
from storage.home import Home
from storage.records import Evidence, RunFilter, RunRecord
from storage.store import Store, StoreError, UnknownRun
from tests.storage.examples import SPEC, series, spec

MISSING = 404


def ids(runs: Iterable[RunRecord]) -> list[int]:
    return [run.id for run in runs]


# -- runs -------------------------------------------------------------------------------------------
def test_a_new_run_waits_in_the_queue_with_its_spec_and_folder(store: Store, home: Home) -> None:
    run = store.create_run(SPEC, tags=["b", " a ", "b", ""])
    assert (run.state, run.name, run.experiment) == (State.QUEUED, "mlp-pytorch-1", "default")
    assert (run.spec, run.tags) == (SPEC, ("b", "a"))
    assert run.folder == str(home.run_folder(run.id).path)
    assert home.run_folder(run.id).read_spec() == SPEC
    assert store.run(run.id) == run


def test_runs_read_in_another_store_are_equal(store: Store, home: Home) -> None:
    run = store.create_run(SPEC, name="mine", experiment="first try")
    other = Store.open(home)
    assert other.runs() == [run]
    other.close()


def test_times_are_whole_microseconds_of_utc(store: Store) -> None:
    before = time_ns() // 1000
    run = store.create_run(SPEC)
    store.set_state(run.id, State.FAILED, "no", Evidence(started=before))
    store.trash([run.id])
    store.beat(1, 2.0, "host")
    store.add_message("info", "hello")
    after = time_ns() // 1000
    run = store.run(run.id)
    beat = store.scheduler()
    assert beat is not None
    times = (run.created, run.ended, run.trashed, beat.started, store.messages()[0].time)
    assert all(isinstance(time, int) and before <= time <= after for time in times)


def test_a_folder_that_no_run_owns_is_passed_over(store: Store, home: Home) -> None:
    home.run_folder(1).path.mkdir()
    (home.run_folder(1).path / "precious").write_text("kept")
    run = store.create_run(SPEC)
    assert run.id == 2
    assert (home.run_folder(1).path / "precious").read_text() == "kept"


def test_a_spec_that_json_cannot_hold_leaves_neither_row_nor_folder(
    store: Store, home: Home
) -> None:
    with pytest.raises(StoreError, match="cannot be kept"):
        store.create_run(spec(parameters={"learning_rate": math.nan}))
    assert store.runs() == []
    assert list(home.runs.iterdir()) == []


def test_a_run_whose_folder_cannot_be_made_leaves_no_row(store: Store, home: Home) -> None:
    home.runs.rmdir()
    home.runs.write_text("in the way")
    with pytest.raises(StoreError):
        store.create_run(SPEC)
    assert store.runs() == []


def test_colors_go_round_the_palette(store: Store) -> None:
    colors = [store.create_run(SPEC).color for _ in range(11)]
    assert colors == [*range(10), 0]


def test_texts_that_a_database_refuses_are_cleaned(store: Store) -> None:
    run = store.create_run(SPEC, name="a\0b\n c\ud800", tags=["x\0y"])
    assert (run.name, run.tags) == ("ab c?", ("xy",))
    store.set_state(run.id, State.FAILED, "line\0 one\nline two")
    assert store.run(run.id).reason == "line one\nline two"


def test_a_metric_with_an_odd_name_is_kept_under_a_clean_one(store: Store) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"lo\0ss": series([1.0]), "\ud800": series([2.0])})
    assert store.metrics(run.id) == ["loss", "?"]


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.run(10**30),
        lambda store: store.runs(RunFilter(experiment="\ud800")),
        lambda store: store.series(store.create_run(SPEC).id, "\ud800"),
    ],
)
def test_what_no_database_can_hold_is_an_error_of_the_store(
    call: Callable[[Store], object], store: Store
) -> None:
    with pytest.raises(StoreError):
        call(store)


def test_a_run_is_found_by_number_and_the_newest_by_name(store: Store) -> None:
    first = store.create_run(SPEC, name="twin")
    second = store.create_run(SPEC, name="twin")
    assert store.find_run("1") == store.find_run(" #1 ") == first
    assert store.find_run("twin") == second
    store.trash([second.id])
    assert store.find_run("twin") == first


def test_a_name_of_digits_is_found_when_no_run_has_that_number(store: Store) -> None:
    run = store.create_run(SPEC, name="2026")
    assert store.find_run("2026") == run


@pytest.mark.parametrize("text", ["nobody", "#7", "99999999999999999999", "²", ""])
def test_a_search_in_vain_says_what_was_looked_for_and_where_the_runs_are_listed(
    text: str, store: Store
) -> None:
    with pytest.raises(UnknownRun, match="twinbench runs") as caught:
        store.find_run(text)
    assert f'"{text}"' in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.run(MISSING),
        lambda store: store.rename_run(MISSING, "x"),
        lambda store: store.set_tags(MISSING, ["x"]),
        lambda store: store.trash([MISSING]),
        lambda store: store.restore([MISSING]),
        lambda store: store.move_in_queue(MISSING, None),
        lambda store: store.request([MISSING], Request.STOP),
        lambda store: store.set_state(MISSING, State.RUNNING),
        lambda store: store.set_progress(MISSING, Progress("x")),
        lambda store: store.set_environment(MISSING, {}),
        lambda store: store.add_artifact(MISSING, Artifact("a", ArtifactKind.FILE, "a")),
        lambda store: store.append(MISSING, {"loss": series([1.0])}),
        lambda store: store.event_offset(MISSING),
        lambda store: store.metrics(MISSING),
        lambda store: store.series(MISSING, "loss"),
        lambda store: store.artifacts(MISSING),
        lambda store: store.add_message("info", "x", MISSING),
    ],
)
def test_every_method_that_names_a_run_knows_when_there_is_none(
    call: Callable[[Store], object], store: Store
) -> None:
    with pytest.raises(UnknownRun, match="404"):
        call(store)


def test_a_change_of_several_runs_is_made_for_all_or_none(store: Store) -> None:
    run = store.create_run(SPEC)
    with pytest.raises(UnknownRun):
        store.trash([run.id, MISSING])
    assert store.runs() == [run]


# -- lists ------------------------------------------------------------------------------------------
def test_runs_are_listed_newest_first_up_to_the_limit(store: Store) -> None:
    made = [store.create_run(SPEC).id for _ in range(3)]
    assert ids(store.runs()) == made[::-1]
    assert ids(store.runs(RunFilter(limit=2))) == made[:0:-1]


def test_runs_are_filtered_by_experiment_and_state(store: Store) -> None:
    first = store.create_run(SPEC, experiment="one")
    second = store.create_run(SPEC, experiment="two")
    store.set_state(second.id, State.RUNNING)
    assert ids(store.runs(RunFilter(experiment="one"))) == [first.id]
    assert ids(store.runs(RunFilter(state=State.RUNNING))) == [second.id]
    assert store.experiments() == ["one", "two"]


@pytest.mark.parametrize(
    "text",
    [
        "BIG",
        "tägli",
        "TÄGLICH",
        "night",
        "Mlp",
        "DIGITS",
        "tensorflow",
        "queue",
        "big night mlp",
        "100%_",
    ],
)
def test_text_is_looked_for_everywhere_in_any_case(text: str, store: Store) -> None:
    wanted = store.create_run(
        spec(framework=Framework.TENSORFLOW),
        name="Big one 100%_",
        experiment="Night",
        tags=["Täglich"],
    )
    other = store.create_run(spec(template="cnn", dataset="fashion"), name="small 100xy")
    store.set_state(other.id, State.RUNNING)
    assert ids(store.runs(RunFilter(text=text))) == [wanted.id]


def test_text_follows_a_new_name_and_new_tags(store: Store) -> None:
    run = store.create_run(SPEC, name="before", tags=["red"])
    store.rename_run(run.id, "  after\nall ")
    store.set_tags(run.id, ["green"])
    assert store.run(run.id).name == "after all"
    assert store.run(run.id).tags == ("green",)
    assert [ids(store.runs(RunFilter(text=word))) for word in ("before", "red")] == [[], []]
    assert [ids(store.runs(RunFilter(text=word))) for word in ("after", "green")] == [[1], [1]]


def test_a_run_keeps_its_name_when_the_new_one_is_empty(store: Store) -> None:
    run = store.create_run(SPEC, name="mine")
    with pytest.raises(StoreError, match="needs a name"):
        store.rename_run(run.id, " \n")
    assert store.run(run.id).name == "mine"


def test_a_list_takes_as_many_queries_for_many_runs_as_for_one(store: Store) -> None:
    statements: list[str] = []

    def seen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    def queries() -> int:
        statements.clear()
        event.listen(Engine, "before_cursor_execute", seen)
        try:
            store.runs()
        finally:
            event.remove(Engine, "before_cursor_execute", seen)
        return len(statements)

    def add() -> None:
        run = store.create_run(SPEC, tags=["a", "b"])
        store.append(run.id, {"loss": series([1.0]), "accuracy": series([1.0])})

    add()
    one = queries()
    for _ in range(5):
        add()
    assert queries() == one > 0


def test_runs_with_equal_environments_share_one_row(store: Store) -> None:
    runs = [store.create_run(SPEC).id for _ in range(2)]
    for run in runs:
        store.set_environment(run, {"packages": {"torch": "2.13"}, "load": math.nan, "at": (1, 2)})
    expected = {"packages": {"torch": "2.13"}, "load": None, "at": [1, 2]}
    assert [run.environment for run in store.runs()] == [expected, expected]


# -- changes ----------------------------------------------------------------------------------------
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


# -- trash ------------------------------------------------------------------------------------------
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


# -- queue ------------------------------------------------------------------------------------------
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


# -- states and requests ------------------------------------------------------------------------------
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


# -- the rest -----------------------------------------------------------------------------------------
def test_an_artifact_of_the_same_name_is_replaced(store: Store) -> None:
    run = store.create_run(SPEC)
    for path in ("artifacts/old.json", "artifacts/new.json"):
        store.add_artifact(run.id, Artifact("matrix", ArtifactKind.CONFUSION_MATRIX, path))
    store.add_artifact(run.id, Artifact("best", ArtifactKind.CHECKPOINT, "checkpoints/best"))
    found = [item.artifact for item in store.artifacts(run.id)]
    assert [(item.name, item.path) for item in found] == [
        ("best", "checkpoints/best"),
        ("matrix", "artifacts/new.json"),
    ]


def test_the_scheduler_keeps_its_start_until_another_one_beats(store: Store) -> None:
    assert store.scheduler() is None
    store.beat(1, 2.5, "host")
    first = store.scheduler()
    store.beat(1, 2.5, "host")
    again = store.scheduler()
    store.beat(1, 9.5, "host")
    other = store.scheduler()
    assert first is not None
    assert again is not None
    assert other is not None
    assert (again.started, again.pid, again.pid_created, again.host) == (
        first.started,
        1,
        2.5,
        "host",
    )
    assert again.heartbeat >= first.heartbeat
    assert (other.started, other.pid_created) == (other.heartbeat, 9.5)


@settings(max_examples=30)
@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_a_setting_reads_back_as_it_was_set(shared: Store, value: object) -> None:
    shared.set_setting("some", value)
    assert shared.setting("some", "default") == value


def test_a_setting_that_was_never_set_is_its_default(store: Store) -> None:
    assert store.setting("none", 7) == 7


def test_a_setting_that_json_cannot_hold_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="cannot be kept"):
        store.set_setting("some", object())


def test_messages_come_in_order_from_the_one_asked_for(store: Store) -> None:
    run = store.create_run(SPEC)
    store.add_message("warning", "first\0")
    store.add_message("error", "second", run.id)
    first, second = store.messages()
    assert (first.level, first.text, first.run_id) == ("warning", "first", None)
    assert (second.level, second.text, second.run_id) == ("error", "second", run.id)
    assert store.messages(after=first.id) == [second]


def test_a_record_can_be_turned_into_json(store: Store) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": series([1.0])})
    record = store.run(run.id)
    text = json.dumps({name: asdict(item) for name, item in record.summary.items()})
    assert json.loads(text)["loss"]["best"] == 1.0


def test_a_store_on_a_vanished_folder_says_so(home: Home, tmp_path: Path) -> None:
    store = Store.open(home)
    store.close()
    home.path.rename(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match=r"history\.db"):
        store.runs()
