from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from runners.protocol import Progress, State
from storage.records import Aggregate, MetricSummary, RunGroup, RunList, RunRecord
from tests.examples import SPEC
from widgets.runs.columns import NAME, STATE
from widgets.runs.model import RIGHT, RunsModel
from workbench.run_views import Shown, View


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


GROUPED = RunList((3, 1, 2), (RunGroup(("cnn",), 0, 1), RunGroup((None,), 1, 3)))


@pytest.fixture
def runs() -> dict[int, RunRecord]:
    return {run_id: record(run_id) for run_id in (1, 2, 3)}


@pytest.fixture
def model(qtbot: QtBot, qtmodeltester: ModelTester, runs: dict[int, RunRecord]) -> RunsModel:
    made = RunsModel(runs)
    qtmodeltester.check(made)
    made.show_list(RunList((3, 2, 1)))
    return made


def ids(model: RunsModel) -> list[int]:
    return [key for row in range(model.rowCount()) if (key := model.key_at(row)) is not None]


def resets(model: RunsModel) -> list[None]:
    seen: list[None] = []
    model.modelReset.connect(lambda: seen.append(None))
    return seen


def test_runs_stand_in_the_order_of_the_list(model: RunsModel) -> None:
    assert ids(model) == [3, 2, 1]
    assert [model.index(row, 0).data() for row in range(3)] == ["run-3", "run-2", "run-1"]


def test_another_list_is_applied_as_what_differs(model: RunsModel) -> None:
    seen = resets(model)
    kept = QPersistentModelIndex(model.index(2, 0))
    model.show_list(RunList((5, 1, 4, 3)))
    assert ids(model) == [5, 1, 4, 3]
    assert (kept.row(), model.key_at(kept.row())) == (1, 1)
    assert not seen


def test_a_change_repaints_only_its_own_row(
    qtbot: QtBot, model: RunsModel, runs: dict[int, RunRecord]
) -> None:
    runs[2] = record(2, state=State.FAILED)
    with qtbot.waitSignal(model.dataChanged) as changed:
        model.update([runs[2]])
    assert changed.args is not None
    assert {changed.args[0].row(), changed.args[1].row()} == {1}
    assert model.index(1, model.column_of(STATE)).data() == "failed"


def test_runs_in_sight_that_are_not_loaded_are_asked_for_once_and_shown_when_they_come(
    qtbot: QtBot, model: RunsModel
) -> None:
    model.show_list(RunList((8, 3, 9)))
    with qtbot.waitSignal(model.missing) as asked:
        assert [model.text_at(row, 0) for row in range(3)] == ["", "run-3", ""]
        assert model.text_at(0, 1) == ""
    assert asked.args == [[8, 9]]
    with qtbot.assertNotEmitted(model.missing, wait=50):
        assert model.text_at(0, 0) == ""
    model.add([record(8), record(9)])
    assert [model.text_at(row, 0) for row in range(3)] == ["run-8", "run-3", "run-9"]


def test_a_run_that_left_shows_until_the_list_is_another(
    model: RunsModel, runs: dict[int, RunRecord]
) -> None:
    gone = replace(runs.pop(2), trashed=5)
    model.update([gone])
    assert model.index(1, 0).data() == "run-2"


def test_any_parameter_and_metric_can_be_a_column(
    model: RunsModel, runs: dict[int, RunRecord]
) -> None:
    runs[3] = record(3, accuracy=0.75)
    model.show_view(View(columns=("name", "learning_rate", "best(test/accuracy)", "seed")))
    assert [model.text_at(0, place) for place in range(4)] == ["run-3", "0.1", "0.7500", "7"]
    assert model.text_at(1, 2) == ""
    alignments = [
        model.index(0, place).data(Qt.ItemDataRole.TextAlignmentRole) for place in range(4)
    ]
    assert [each == RIGHT for each in alignments] == [False, True, True, True]


def test_pinned_columns_stand_first(model: RunsModel) -> None:
    model.show_view(View(columns=("created", "seed", "name"), pinned=("name",)))
    assert [each.term for each in model.columns] == ["name", "created", "seed"]


def test_a_typed_name_is_asked_for_and_an_empty_one_is_not(qtbot: QtBot, model: RunsModel) -> None:
    index = model.index(0, model.column_of(NAME))
    with qtbot.waitSignal(model.renamed) as asked:
        assert model.setData(index, "  better  ")
    assert asked.args == [3, "better"]
    with qtbot.assertNotEmitted(model.renamed):
        assert not model.setData(index, "  ")
        assert model.setData(index, "run-3")
    assert index.data() == "run-3"


def test_headings_tell_value_and_count_and_are_not_selected(model: RunsModel) -> None:
    model.show_view(View(group=("template",)))
    model.show_list(GROUPED)
    assert [model.index(row, 0).data() for row in range(5)] == [
        "cnn · 1 run", "run-3", "no template · 2 runs", "run-1", "run-2",
    ]  # fmt: skip
    assert not model.flags(model.index(0, 0)) & Qt.ItemFlag.ItemIsSelectable
    assert model.row_of(1) == 3
    assert model.heading_row_above(4) == 2


def test_a_collapsed_group_hides_its_runs(model: RunsModel) -> None:
    model.show_view(View(group=("template",)))
    model.show_list(GROUPED)
    model.fold(lambda values: values == (None,), collapsed=True)
    assert model.rowCount() == 3
    assert model.row_of(1) is None
    assert model.ids.tolist() == [3, 1, 2]
    model.fold(lambda _: True, collapsed=False)
    assert model.row_of(1) == 3


@pytest.mark.parametrize(
    ("shown", "figure"),
    [(Shown.MEAN, "0.4000"), (Shown.MINIMUM, "0.1000"), (Shown.MAXIMUM, "0.9000")],
)
def test_the_row_of_an_outer_group_has_the_figures_of_all_in_it(
    model: RunsModel, shown: Shown, figure: str
) -> None:
    term = "best(test/accuracy)"
    view = View(columns=("name", term), group=("template", "seed"), aggregates={term: shown})
    model.show_view(view)
    model.show_list(RunList((1, 2, 3), (RunGroup(("cnn", 1), 0, 2), RunGroup(("cnn", 2), 2, 3))))
    model.show_aggregates(
        [{term: Aggregate(3, 0.3, 0.1, 0.5)}, {term: Aggregate(1, 0.7, 0.7, 0.9)}]
    )
    assert model.text_at(0, 1) == figure


def test_headings_do_not_show_figures_of_another_list(model: RunsModel) -> None:
    term = "best(test/accuracy)"
    model.show_view(View(columns=("name", term), group=("template",)))
    model.show_list(GROUPED)
    model.show_aggregates([{term: Aggregate(1, 0.5, 0.5, 0.5)}] * 2)
    model.show_list(RunList((2, 1), (RunGroup(("mlp",), 0, 2),)))
    assert model.text_at(0, 1) == ""


def test_a_hundred_thousand_runs_are_taken_with_one_reset(qtbot: QtBot) -> None:
    model = RunsModel()
    seen = resets(model)
    model.show_list(RunList(tuple(range(100_000, 0, -1))))
    assert model.rowCount() == 100_000
    assert len(seen) == 1
    assert model.row_of(100_000) == 0


LISTS = st.lists(st.lists(st.integers(1, 200), unique=True, max_size=150), min_size=1, max_size=5)


@given(LISTS)
@settings(max_examples=50)
def test_whatever_list_follows_rows_and_kept_places_are_right(lists: list[Sequence[int]]) -> None:
    model = RunsModel()
    for each in lists:
        kept = {
            key: QPersistentModelIndex(model.index(row, 0)) for row, key in enumerate(ids(model))
        }
        wiped = resets(model)
        model.show_list(RunList(tuple(each)))
        assert ids(model) == list(each)
        assert [model.row_of(run_id) for run_id in each] == list(range(len(each)))
        for run_id, index in kept.items():
            if not wiped:
                assert index.row() == (each.index(run_id) if run_id in each else -1)


def test_the_model_has_no_children_anywhere(model: RunsModel) -> None:
    assert model.rowCount(model.index(0, 0)) == 0
    assert model.columnCount(model.index(0, 0)) == 0
    assert not model.index(0, 0).parent().isValid()
    assert model.data(QModelIndex()) is None
