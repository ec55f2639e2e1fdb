from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from runners.protocol import Framework, Progress, State
from storage.records import MetricSummary, RunRecord
from tests.widgets.conftest import SPEC
from widgets.runs.columns import COLUMNS, CREATED, NAME, NAMES, PROGRESS, RESULT, STATE
from widgets.runs.model import RunsModel

ASCENDING, DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


def record(run_id: int, **changes: Any) -> RunRecord:
    accuracy = changes.pop("accuracy", None)
    summary = {}
    if accuracy is not None:
        summary = {"test/accuracy": MetricSummary(accuracy, 1, accuracy, accuracy, accuracy, 1)}
    made = RunRecord(
        id=run_id, revision=run_id, name=f"run-{run_id}", experiment="default", state=State.FINISHED,
        reason="", spec=SPEC, created=run_id * 1000, started=run_id * 1000, ended=run_id * 2000,
        folder="", pid=None, pid_created=None, exit_code=0, assigned_device="cpu", request=None,
        position=float(run_id), color=run_id % 10, trashed=None, progress=Progress("training", 5, 10),
        heartbeat=None, summary=summary,
    )  # fmt: skip
    return replace(made, **changes)


@pytest.fixture
def model(qtbot: QtBot, qtmodeltester: ModelTester) -> RunsModel:
    made = RunsModel()
    qtmodeltester.check(made)
    made.update([record(1), record(2), record(3)])
    return made


def ids(model: RunsModel) -> list[int]:
    return [model.run_at(row).id for row in range(model.rowCount())]


def test_the_newest_run_stands_first(model: RunsModel) -> None:
    assert ids(model) == [3, 2, 1]
    model.update([record(4)])
    assert ids(model) == [4, 3, 2, 1]


def test_a_change_touches_only_its_own_row(qtbot: QtBot, model: RunsModel) -> None:
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    with qtbot.waitSignal(model.dataChanged) as changed:
        model.update([record(2, state=State.FAILED)])
    assert changed.args is not None
    assert {changed.args[0].row(), changed.args[1].row()} == {1}
    assert model.index(1, STATE).data() == "failed"
    assert not resets


def test_a_run_in_the_trash_leaves_and_comes_back(model: RunsModel) -> None:
    model.update([record(2, trashed=5)])
    assert ids(model) == [3, 1]
    assert model.row_of(2) is None
    model.update([record(2)])
    assert ids(model) == [3, 2, 1]


def test_a_run_moves_when_what_it_is_sorted_by_changes(model: RunsModel) -> None:
    model.sort(NAME, ASCENDING)
    kept = QPersistentModelIndex(model.index(0, NAME))
    model.update([record(1, name="zebra")])
    assert ids(model) == [2, 3, 1]
    assert kept.row() == 2


def test_runs_without_a_result_stand_below_those_with_the_best_first(model: RunsModel) -> None:
    model.update([record(1, accuracy=0.7), record(3, accuracy=0.9)])
    model.sort(RESULT, DESCENDING)
    assert ids(model) == [3, 1, 2]


def test_sorting_keeps_what_is_selected(model: RunsModel) -> None:
    kept = QPersistentModelIndex(model.index(0, NAME))
    model.sort(CREATED, ASCENDING)
    assert kept.row() == 2
    assert kept.data() == "run-3"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", [3, 2, 1]),
        ("tensorflow", [2]),
        ("WIDE", [1]),
        ("#3", [3]),
        ("epochs=3", [3, 2, 1]),
        ("failed", [3]),
        ("pytorch run-1", [1]),
        ("nothing like it", []),
    ],
)
def test_the_filter_looks_in_all_that_a_run_is_known_by(
    model: RunsModel, typed: str, shown: list[int]
) -> None:
    tensorflow = replace(SPEC, framework=Framework.TENSORFLOW)
    model.update(
        [record(1, tags=("wide",)), record(2, spec=tensorflow), record(3, state=State.FAILED)]
    )
    model.set_filter(typed)
    assert ids(model) == shown
    assert model.total == 3


def test_a_run_comes_and_goes_as_the_filter_starts_and_stops_to_fit(model: RunsModel) -> None:
    model.set_filter("running")
    assert ids(model) == []
    model.update([record(2, state=State.RUNNING)])
    assert ids(model) == [2]
    model.update([record(2)])
    assert ids(model) == []


def test_a_typed_name_is_asked_for_and_an_empty_one_is_not(qtbot: QtBot, model: RunsModel) -> None:
    index = model.index(0, NAME)
    with qtbot.waitSignal(model.renamed) as asked:
        assert model.setData(index, "  better  ")
    assert asked.args == [3, "better"]
    with qtbot.assertNotEmitted(model.renamed):
        assert not model.setData(index, "  ")
        assert model.setData(index, "run-3")
    assert index.data() == "run-3"


def test_ten_thousand_runs_are_taken_with_one_reset(qtbot: QtBot) -> None:
    model = RunsModel()
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    model.update(record(run_id) for run_id in range(1, 10_001))
    assert model.rowCount() == 10_000
    assert len(resets) == 1
    assert model.row_of(10_000) == 0


@given(
    column=st.integers(0, len(COLUMNS) - 1),
    order=st.sampled_from([ASCENDING, DESCENDING]),
    steps=st.lists(
        st.tuples(
            st.integers(1, 8),
            st.sampled_from(list(State)),
            st.sampled_from([None, 0.2, 0.5, float("nan")]),
            st.sampled_from(["a", "b", "B"]),
            st.booleans(),
        ),
        max_size=25,
    ),
)
@settings(max_examples=60)
def test_rows_arriving_one_by_one_stand_as_if_they_were_sorted_at_once(
    column: int, order: Qt.SortOrder, steps: list[tuple[int, State, float | None, str, bool]]
) -> None:
    if NAMES[column] == "duration":
        column = PROGRESS
    grown, known = RunsModel(), {}
    grown.sort(column, order)
    for run_id, state, accuracy, name, trashed in steps:
        run = record(
            run_id, state=state, accuracy=accuracy, name=name, trashed=1 if trashed else None
        )
        known[run_id] = run
        grown.update([run])
    keys = [(COLUMNS[column].key(run), run.id) for run in known.values() if run.trashed is None]
    wanted = [run_id for _, run_id in sorted(keys, reverse=order == DESCENDING)]
    assert ids(grown) == wanted
    assert [grown.row_of(run_id) for run_id in wanted] == list(range(len(wanted)))


def test_the_model_has_no_children_anywhere(model: RunsModel) -> None:
    assert model.rowCount(model.index(0, 0)) == 0
    assert model.columnCount(model.index(0, 0)) == 0
    assert not model.index(0, 0).parent().isValid()
    assert model.data(QModelIndex()) is None
