from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import time_ns

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.protocol import Request, State
from storage.home import Home
from storage.records import Evidence, RunFilter
from storage.store import Arrival, Store, StoreError, UnknownRun
from tests.storage.examples import SPEC, series, spec

MISSING = 404


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
        lambda store: store.resume_run(MISSING),
        lambda store: store.extend_run(MISSING, 9),
        lambda store: store.set_queue_options([MISSING], held=True),
        lambda store: store.set_waiting(MISSING, "x"),
        lambda store: store.set_stalled(MISSING, 1),
        lambda store: store.note(MISSING, "x"),
        lambda store: store.journal(MISSING),
        lambda store: store.offsets(MISSING),
        lambda store: store.set_environment(MISSING, {}),
        lambda store: store.append(MISSING, {"loss": series([1.0])}),
        lambda store: store.take([Arrival(MISSING)]),
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
