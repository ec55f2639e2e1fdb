from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from runners.protocol import ArtifactKind, State
from storage.home import Home
from storage.records import RunRecord
from tests.widgets.conftest import MakeRun
from tests.widgets.outputs.conftest import Keep, matrix, picture, weights
from widgets import theme
from widgets.outputs import outputs_view
from widgets.outputs.classes_page import ClassesModel
from widgets.outputs.heat_map import Heat, HeatMap
from widgets.outputs.histograms_page import STEPS
from widgets.outputs.number_plots import ForecastPlot, PairsPlot
from widgets.outputs.outputs_view import OutputsView
from widgets.outputs.samples_model import SamplesModel
from widgets.outputs.samples_page import MISTAKES
from workbench.artifacts import parse_confusion
from workbench.samples import Which
from workbench.session import Session

Key = Qt.Key
Role = Qt.ItemDataRole


def show(view: OutputsView, title: str, qtbot: QtBot) -> None:
    titles = [view.tabs.tabText(place) for place in range(view.tabs.count())]
    view.tabs.setCurrentIndex(titles.index(title))


def texts(model: ClassesModel | SamplesModel) -> list[list[str]]:
    return [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


# -- which runs -----------------------------------------------------------------------------------------
def test_without_a_selection_it_says_what_to_do(view: OutputsView) -> None:
    assert view.stack.currentIndex() == 0


@pytest.mark.parametrize("title", ["Confusion", "Classes", "Samples", "Images", "Histograms", "Numbers", "Forecasts", "Texts"])  # fmt: skip
def test_of_a_run_that_kept_nothing_each_page_says_so(
    view: OutputsView, make_run: MakeRun, session: Session, qtbot: QtBot, title: str
) -> None:
    run = make_run("new", State.RUNNING)
    qtbot.waitUntil(lambda: run.id in session.runs)
    session.select([run.id])
    show(view, title, qtbot)
    page = view._pages[title]
    qtbot.waitUntil(lambda: page.empty._title.text().startswith("No "))
    assert page.is_empty
    assert page.empty._advice.text()


def test_a_run_that_goes_on_is_looked_at_again(
    view: OutputsView, make_run: MakeRun, keep: Keep, session: Session, qtbot: QtBot
) -> None:
    run = make_run("trains", State.RUNNING)
    qtbot.waitUntil(lambda: run.id in session.runs)
    session.select([run.id])
    show(view, "Images", qtbot)
    keep(run, "images/mistakes/10", ArtifactKind.IMAGE, picture(10), 10)
    session.edits.rename_run(run.id, "trains on")
    qtbot.waitUntil(lambda: view.images.slider.steps == [10])
    keep(run, "images/mistakes/20", ArtifactKind.IMAGE, picture(20), 20)
    session.edits.rename_run(run.id, "trains on and on")
    qtbot.waitUntil(lambda: view.images.slider.steps == [10, 20])
    assert view.images.slider.step == 20


def test_of_many_runs_the_first_are_shown_and_the_number_is_told(
    view: OutputsView, runs: list[RunRecord], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs_view, "MOST_RUNS", 1)
    session.select(run.id for run in runs)
    assert [run.name for run in view.runs] == ["torch"]
    assert view.remark.text() == "The first 1 of 2 selected runs"


# -- confusion matrices -----------------------------------------------------------------------------------
@pytest.fixture
def confusion(
    view: OutputsView, runs: list[RunRecord], session: Session, qtbot: QtBot
) -> OutputsView:
    session.select(run.id for run in runs)
    qtbot.waitUntil(lambda: len(view.confusion.maps) == 2)
    return view


def test_matrices_stand_beside_each_other_in_one_scale(
    confusion: OutputsView, runs: list[RunRecord]
) -> None:
    first, other = (confusion.confusion.maps[run.id].heat for run in runs)
    assert first is not None
    assert other is not None
    assert first.texts == [["10", ""], ["2", "8"]]
    assert other.texts == [["9", "1"], ["", "10"]]
    assert first.strength[1, 0] == 0.2  # parts of the row, whatever the other matrix holds
    assert first.tip(1, 0) == "1 taken for 0: 2 (20.0% of 1)"


def test_matrices_can_be_read_in_percent_and_as_differences(
    confusion: OutputsView, runs: list[RunRecord]
) -> None:
    page = confusion.confusion
    page.unit.set_value("percent")
    base, other = (page.maps[run.id] for run in runs)
    assert base.heat is not None
    assert base.heat.texts == [["100", ""], ["20", "80"]]
    page.base.setCurrentIndex(page.base.findData(runs[0].id))
    assert base.heat.texts == [["100", ""], ["20", "80"]]  # the base run itself stays as it is
    assert other.heat is not None
    assert other.heat.texts == [["−10", "+10"], ["−20", "+20"]]
    assert other.heat.difference
    assert other.heat.strength.max() == pytest.approx(1.0)
    page.unit.set_value("counts")
    assert other.heat.texts == [["−1", "+1"], ["−2", "+2"]]
    assert "20 % of a row" in page.hint.full


def test_a_cell_is_read_out_of_all_matrices_by_mouse_and_keys(
    confusion: OutputsView, runs: list[RunRecord], qtbot: QtBot
) -> None:
    page = confusion.confusion
    first, other = (page.maps[run.id] for run in runs)
    qtbot.mouseMove(first, first.cell_rect((1, 0)).center())
    assert (first.cell, other.cell) == ((1, 0), (1, 0))
    assert page.hint.full == "1 taken for 0: torch 2 (20.0%) · flow 0 (0.0%)"
    qtbot.keyClick(other, Key.Key_Up)
    qtbot.keyClick(other, Key.Key_Right)
    qtbot.keyClick(other, Key.Key_Right)
    assert (first.cell, other.cell) == ((0, 1), (0, 1))
    assert first.cell_at(QPoint(0, 0)) is None


def test_enter_on_a_cell_shows_the_samples_of_its_class(
    confusion: OutputsView, runs: list[RunRecord], qtbot: QtBot
) -> None:
    heat = confusion.confusion.maps[runs[0].id]
    confusion.confusion.point_at((1, 0))
    qtbot.keyClick(heat, Key.Key_Return)
    samples = confusion.samples
    qtbot.waitUntil(lambda: [each.index for each in samples.model.samples] == [1])
    assert samples.classes.currentText() == "1"


def test_a_matrix_of_many_classes_is_painted_a_pixel_a_cell(qtbot: QtBot) -> None:
    heat = HeatMap("many")
    qtbot.addWidget(heat)
    count = 300
    strength = np.zeros((count, count))
    strength[:, 0] = 1.0
    heat.show_heat(Heat(tuple(map(str, range(count))), strength, (), lambda *_: ""))
    heat.resize(1000, heat.sizeHint().height())
    picture = heat.grab().toImage()
    wrong, nothing = heat.cell_rect((200, 0)).center(), heat.cell_rect((200, 150)).center()
    assert picture.pixelColor(wrong).red() > picture.pixelColor(wrong).blue()
    assert picture.pixelColor(nothing).name().upper() == theme.colors().alternate.upper()
    assert heat.cell_at(wrong) == (200, 0)


def test_a_damaged_matrix_is_told_beside_the_others(
    view: OutputsView, runs: list[RunRecord], keep: Keep, session: Session, qtbot: QtBot
) -> None:
    keep(runs[1], "confusion matrix", ArtifactKind.CONFUSION_MATRIX, {"classes": ["0"]})
    session.select(run.id for run in runs)
    page = view.confusion
    qtbot.waitUntil(page.problem.isVisible)
    assert list(page.maps) == [runs[0].id]
    assert page.problem.text().startswith("flow: artifacts/confusion matrix.file is damaged")


def test_where_nothing_can_be_read_the_page_says_why(
    view: OutputsView, runs: list[RunRecord], home_path: Path, session: Session, qtbot: QtBot
) -> None:
    for run in runs:
        shutil.rmtree(Home(home_path).run_folder(run.id).artifacts)
    session.select(run.id for run in runs)
    qtbot.waitUntil(view.confusion.problem.isVisible)
    assert view.confusion.is_empty
    assert "is not there any more" in view.confusion.problem.text()


# -- classes ------------------------------------------------------------------------------------------------
@pytest.fixture
def classes(
    view: OutputsView, runs: list[RunRecord], session: Session, qtbot: QtBot
) -> ClassesModel:
    session.select(run.id for run in runs)
    show(view, "Classes", qtbot)
    model = view.classes.model
    qtbot.waitUntil(lambda: model.columnCount() == 3)
    view.classes.figure.set_value("recall")
    return model


def test_figures_stand_a_column_a_run_with_the_best_marked(classes: ClassesModel) -> None:
    assert texts(classes) == [
        ["★ 0.9000", "0.8000", "0.1000"],
        ["0.6000", "★ 0.8000", "0.2000"],
        ["0.7500", "★ 0.8000", "0.0500"],
    ]
    vertical = [classes.headerData(row, Qt.Orientation.Vertical) for row in range(3)]
    assert vertical == ["0", "1", "Mean of the classes"]


def test_classes_are_sorted_by_a_run_and_the_mean_stays_last(
    classes: ClassesModel, view: OutputsView
) -> None:
    view.classes.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert [each.name for each in classes.rows] == ["1", "0", "Mean of the classes"]
    view.classes.table.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    assert [each.name for each in classes.rows] == ["0", "1", "Mean of the classes"]
    view.classes.table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert [each.name for each in classes.rows] == ["1", "0", "Mean of the classes"]


def test_all_figures_are_copied_and_saved(
    classes: ClassesModel, view: OutputsView, tmp_path: Path, qtbot: QtBot
) -> None:
    view.activateWindow()
    view.classes.table.setFocus()
    qtbot.waitUntil(view.classes.table.hasFocus)
    qtbot.keyClick(view.classes.table, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "recall\t0\t0.9\t0.8\n" in QGuiApplication.clipboard().text()
    path = tmp_path / "classes.csv"
    view.classes.save(path)
    qtbot.waitUntil(path.exists)
    qtbot.waitUntil(lambda: path.read_text("utf-8").endswith("support,Mean of the classes,10.0,10.0\n"))  # fmt: skip
    assert path.read_text("utf-8").startswith("figure,class,torch,flow\n")


def test_the_models_keep_the_rules_of_models(
    runs: list[RunRecord], qtmodeltester: ModelTester
) -> None:
    import json

    model = ClassesModel()
    model.set_matrices(
        [(run, parse_confusion(json.dumps(matrix(at)).encode())) for at, run in enumerate(runs)]
    )
    qtmodeltester.check(model)


# -- samples ------------------------------------------------------------------------------------------------
@pytest.fixture
def samples(
    view: OutputsView, runs: list[RunRecord], session: Session, qtbot: QtBot
) -> OutputsView:
    session.select(run.id for run in runs)
    show(view, "Samples", qtbot)
    qtbot.waitUntil(lambda: view.samples.model.rowCount() == 2)
    return view


def test_samples_show_their_picture_and_what_each_run_said(
    samples: OutputsView, qtmodeltester: ModelTester
) -> None:
    model = samples.samples.model
    assert texts(model) == [
        ["0", "0", "0.837", "0  75%", "1  75%"],
        ["1", "1", "1.204", "0  90%", "1  90%"],
    ]
    pixmap = model.index(0, 0).data(Role.DecorationRole)
    assert pixmap.toImage().pixelColor(pixmap.width() // 2, 8).lightness() >= 0
    assert model.index(1, 3).data(Role.ToolTipRole).startswith("Wrong: it is 1\n90.00% sure of 0")
    qtmodeltester.check(model)


def test_samples_are_listed_by_what_the_runs_said_and_by_class(samples: OutputsView) -> None:
    page = samples.samples
    page.which.setCurrentIndex(page.which.findData(Which.ALL_WRONG))
    assert page.model.samples == []
    assert page.count.full.startswith("0 of 2 ")
    page.which.setCurrentIndex(page.which.findData(Which.DISAGREE))
    assert len(page.model.samples) == 2
    page.show_class("0")
    assert [each.index for each in page.model.samples] == [0]


def test_mistakes_are_listed_by_their_loss(samples: OutputsView) -> None:
    page = samples.samples
    page.source.set_value(MISTAKES)
    assert [each.index for each in page.model.samples] == [1, 0]


def test_without_the_dataset_the_answers_are_still_there(
    view: OutputsView, runs: list[RunRecord], home_path: Path, session: Session, qtbot: QtBot
) -> None:
    shutil.rmtree(Home(home_path).datasets / "digits")
    session.select(run.id for run in runs)
    show(view, "Samples", qtbot)
    qtbot.waitUntil(view.samples.problem.isVisible)
    assert "digits is not in this home any more" in view.samples.problem.text()
    assert view.samples.model.rowCount() == 2
    assert view.samples.model.index(0, 0).data(Role.DecorationRole) is None


def test_runs_on_other_data_are_left_out_and_told(
    view: OutputsView, runs: list[RunRecord], make_run: MakeRun, keep: Keep, session: Session, qtbot: QtBot
) -> None:  # fmt: skip
    other = make_run("other", dataset_hash="1" * 64)
    keep(other, "predictions", ArtifactKind.PREDICTIONS, {"samples": [], "mistakes": []})
    qtbot.waitUntil(lambda: other.id in session.runs)
    session.select([*(run.id for run in runs), other.id])
    show(view, "Samples", qtbot)
    qtbot.waitUntil(view.samples.problem.isVisible)
    assert view.samples.problem.text() == "1 run on other data than torch left out."


# -- images and histograms ------------------------------------------------------------------------------------
def test_pictures_follow_the_step_that_the_runs_share(
    view: OutputsView, runs: list[RunRecord], session: Session, qtbot: QtBot
) -> None:
    session.select(run.id for run in runs)
    show(view, "Images", qtbot)
    page = view.images

    def sizes() -> list[int]:
        return [page.shots[run.id]._image.width() for run in runs if run.id in page.shots]

    qtbot.waitUntil(lambda: sizes() == [20, 30])
    assert page.slider.steps == [10, 20, 30]
    qtbot.keyClick(page.slider.slider, Key.Key_Left)
    qtbot.waitUntil(lambda: sizes() == [20, 10])  # the second run kept nothing at 20
    qtbot.keyClick(page.slider.slider, Key.Key_Home)
    qtbot.waitUntil(lambda: sizes() == [10, 10])


def test_a_picture_that_is_none_is_told(
    view: OutputsView, runs: list[RunRecord], keep: Keep, session: Session, qtbot: QtBot
) -> None:
    keep(runs[0], "images/mistakes/20", ArtifactKind.IMAGE, picture(20)[:40], 20)
    session.select([runs[0].id])
    show(view, "Images", qtbot)
    qtbot.waitUntil(view.images.problem.isVisible)
    assert "torch: artifacts/images/mistakes/20.file is damaged" in view.images.problem.text()


def test_histograms_of_the_runs_lie_over_each_other_at_a_step(
    view: OutputsView, runs: list[RunRecord], session: Session, qtbot: QtBot
) -> None:
    session.select(run.id for run in runs)
    show(view, "Histograms", qtbot)
    page = view.histograms
    qtbot.waitUntil(lambda: len(page.plot.shapes) == 2)
    assert [shape.label for shape in page.plot.shapes] == ["torch", "flow"]
    assert [shape.dashed for shape in page.plot.shapes] == [False, True]
    assert page.plot.limits() == (-30.0, 30.0)
    qtbot.keyClick(page.slider.slider, Key.Key_Home)
    qtbot.waitUntil(lambda: page.plot.limits() == (-10.0, 10.0))
    assert [page.weights.itemText(at) for at in range(2)] == ["dense/kernel", "dense/bias"]


def test_the_histograms_of_one_run_stand_a_step_behind_the_other(
    view: OutputsView, runs: list[RunRecord], keep: Keep, session: Session, qtbot: QtBot
) -> None:
    keep(runs[0], "histograms/weights/5", ArtifactKind.HISTOGRAM, weights(5), 5)
    session.select(run.id for run in runs)
    show(view, "Histograms", qtbot)
    page = view.histograms
    qtbot.waitUntil(lambda: len(page.plot.shapes) == 2)
    page.mode.set_value(STEPS)
    qtbot.waitUntil(lambda: [shape.label for shape in page.plot.shapes] == ["5", "10", "20"])
    assert page.plot.ridge
    assert not page.plot.grab().isNull()
    page.run.setCurrentIndex(1)
    qtbot.waitUntil(lambda: [shape.label for shape in page.plot.shapes] == ["10", "30"])


def test_predicted_numbers_forecasts_and_texts_of_runs_stand_beside_each_other(
    qtbot: QtBot, view: OutputsView, runs: list[RunRecord], keep: Keep, session: Session
) -> None:
    target = {"name": "price", "truth": [1.0, 2.0, None], "prediction": [1.5, 2.5, 3.0], "mae": 0.5, "r2": None}  # fmt: skip
    window = {"start": 40, "past": [[1.0], [2.0]], "truth": [[3.0]], "forecast": [[2.5]]}
    forecasts = {"channels": ["load"], "mae": [0.5], "naive_mae": [1.0], "windows": [window]}
    for run in runs:
        keep(run, "predicted values", ArtifactKind.REGRESSION, {"targets": [target]})
        keep(run, "forecasts", ArtifactKind.FORECASTS, forecasts)
        keep(run, "texts/samples/10", ArtifactKind.TEXT, f"written by {run.name}".encode(), 10)
    session.select([run.id for run in runs])
    for title, kind in (("Numbers", PairsPlot), ("Forecasts", ForecastPlot)):
        show(view, title, qtbot)
        qtbot.waitUntil(lambda kind=kind: len(view.findChildren(kind)) == 2)
    show(view, "Numbers", qtbot)
    shown = [each.text() for each in view.findChildren(QLabel)]
    assert "MAE 0.5" in shown
    assert "MAE 0.5   MAE of the last value 1" in shown
    show(view, "Texts", qtbot)
    qtbot.waitUntil(
        lambda: "written by flow" in [each.text() for each in view.findChildren(QLabel)]
    )
