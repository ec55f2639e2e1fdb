from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from runners.protocol import Framework, State
from storage.records import MetricSummary, RunRecord
from tests.widgets.plots.conftest import RUN
from widgets.compare.table import ComparisonModel

Role = Qt.ItemDataRole


def summary(last: float, best: float) -> MetricSummary:
    return MetricSummary(last, 1, best, min(last, best), max(last, best), 2)


@pytest.fixture
def runs() -> list[RunRecord]:
    ended = {"state": State.FINISHED, "started": 0, "ended": 65_000_000}
    spec = replace(
        RUN.spec, framework=Framework.TENSORFLOW, parameters={"epochs": 3, "learning_rate": 0.01}
    )
    return [
        replace(
            RUN, summary={"val/accuracy": summary(0.5, 0.123456789), "loss": summary(2, 1)}, **ended
        ),
        replace(
            RUN, id=2, name="two", color=1, spec=spec, summary={"val/accuracy": summary(0.4, 0.9)}
        ),
    ]


def rows(model: ComparisonModel) -> dict[str, list[str]]:
    return {
        str(model.headerData(row, Qt.Orientation.Vertical)): [
            model.index(row, place).data() for place in range(model.columnCount())
        ]
        for row in range(model.rowCount())
    }


def test_the_model_keeps_the_rules_of_models(
    runs: list[RunRecord], qtmodeltester: ModelTester, qtbot: QtBot
) -> None:
    model = ComparisonModel()
    model.show_runs(runs)
    qtmodeltester.check(model)


def test_only_parameters_that_differ_are_shown_until_all_are_wanted(runs: list[RunRecord]) -> None:
    model = ComparisonModel()
    model.show_runs(runs)
    shown = rows(model)
    assert shown["framework"] == ["pytorch", "tensorflow"]
    assert shown["learning_rate"] == ["0.1", "0.01"]
    assert "epochs" not in shown
    model.show_only_differing(False)
    assert rows(model)["epochs"] == ["3", "3"]
    assert rows(model)["mode"] == ["eager", "eager"]


def test_of_one_run_all_parameters_are_shown(runs: list[RunRecord]) -> None:
    model = ComparisonModel()
    model.show_runs(runs[:1])
    assert rows(model)["epochs"] == ["3"]


def test_the_best_is_marked_and_values_can_be_the_last_ones(runs: list[RunRecord]) -> None:
    model = ComparisonModel()
    model.show_runs(runs)
    assert rows(model)["val/accuracy"] == ["0.1235", "★ 0.9000"]
    assert rows(model)["loss"] == ["1.0000", "–"]
    model.show_value("Last")
    assert rows(model)["val/accuracy"] == ["★ 0.5000", "0.4000"]


def test_the_duration_stands_below_the_metrics(runs: list[RunRecord]) -> None:
    model = ComparisonModel()
    model.show_runs(runs[:1])
    assert list(rows(model))[-1] == "duration"
    assert rows(model)["duration"] == ["1:05"]


def test_a_run_has_its_name_and_colour_in_the_header(runs: list[RunRecord], qtbot: QtBot) -> None:
    model = ComparisonModel()
    model.show_runs(runs)
    assert model.headerData(1, Qt.Orientation.Horizontal) == "two"
    assert not model.headerData(1, Qt.Orientation.Horizontal, Role.DecorationRole).isNull()


def test_a_change_of_values_keeps_the_place_of_the_reader(
    runs: list[RunRecord], qtbot: QtBot
) -> None:
    model = ComparisonModel()
    model.show_runs(runs)
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged):
        model.show_runs([runs[0], replace(runs[1], summary={"val/accuracy": summary(0.7, 0.95)})])
    assert rows(model)["val/accuracy"][1] == "★ 0.9500"


def test_a_change_of_one_run_touches_its_column_and_the_marks_of_the_best_alone(
    runs: list[RunRecord], qtbot: QtBot
) -> None:
    model = ComparisonModel()
    three = [*runs, replace(runs[0], id=3, summary={"val/accuracy": summary(0.2, 0.2)})]
    model.show_runs(three)
    row = list(rows(model)).index("val/accuracy")
    touched: list[tuple[int, int, int, int]] = []
    model.dataChanged.connect(
        lambda a, b: touched.append((a.row(), a.column(), b.row(), b.column()))
    )
    model.show_runs([*three[:2], replace(three[2], summary={"val/accuracy": summary(1, 1)})])
    last = model.rowCount() - 1
    assert (0, 2, last, 2) in touched
    assert set(touched) == {(0, 2, last, 2), (row, 1, row, 1), (row, 2, row, 2)}
    assert rows(model)["val/accuracy"] == ["0.1235", "0.9000", "★ 1.0000"]


def test_a_metric_that_a_run_brings_gets_its_row(runs: list[RunRecord], qtbot: QtBot) -> None:
    model = ComparisonModel()
    model.show_runs(runs)
    more = replace(runs[1], summary={**runs[1].summary, "new": summary(1, 1)})
    with qtbot.waitSignal(model.modelReset):
        model.show_runs([runs[0], more])
    assert rows(model)["new"] == ["–", "1.0000"]


def test_the_same_runs_again_touch_nothing(runs: list[RunRecord], qtbot: QtBot) -> None:
    model = ComparisonModel()
    model.show_runs(runs)
    with qtbot.assertNotEmitted(model.modelReset), qtbot.assertNotEmitted(model.dataChanged):
        model.show_runs(list(runs))


def test_measured_values_show_their_difference_to_the_base_run(runs: list[RunRecord]) -> None:
    model = ComparisonModel()
    model.show_runs(
        [
            runs[0],
            replace(runs[1], summary={"val/accuracy": summary(0.4, 0.9), "loss": summary(2, 1)}),
        ]
    )
    model.show_base(1)
    assert rows(model)["val/accuracy"] == ["0.1235", "★ 0.9000  +0.777"]
    assert rows(model)["loss"] == ["1.0000", "1.0000  ="]
    assert rows(model)["framework"] == ["pytorch", "tensorflow"]
    assert model.headerData(0, Qt.Orientation.Horizontal) == "one (base)"
    model.show_base(None)
    assert rows(model)["val/accuracy"] == ["0.1235", "★ 0.9000"]


def test_the_csv_has_every_digit(runs: list[RunRecord]) -> None:
    model = ComparisonModel()
    model.show_runs(runs)
    table = {row[0]: row[1:] for row in csv.reader(io.StringIO(model.as_csv()))}
    assert table[""] == ["one", "two"]
    assert table["id"] == ["1", "2"]
    assert table["val/accuracy"] == ["0.123456789", "0.9"]
    assert "Metrics" not in table
