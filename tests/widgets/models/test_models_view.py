from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from storage.home import Home
from storage.records import ExportRecord, RunRecord, Stage
from storage.store import Store
from tests.widgets.models import made
from tests.widgets.models.conftest import MakeExport
from widgets.choices import Choices
from widgets.dialogs import LineDialog
from widgets.models.models_view import _EMPTY, _LIST, _NONE_HERE, DETAILS, FIGURES, ModelsView
from widgets.models.table import COLUMNS, CREATED
from widgets.models.tools import RENAME
from workbench.session import Session

Exports = list[ExportRecord]
Runs = tuple[RunRecord, RunRecord]


def titles(view: ModelsView) -> list[str]:
    return [one.record.name for one in view.table.data_model.items]


def cell(view: ModelsView, row: int, title: str) -> str:
    column = next(at for at, each in enumerate(COLUMNS) if each.title == title)
    model = view.table.data_model
    return str(model.data(model.index(row, column)))


def choose(qtbot: QtBot, view: ModelsView, *records: ExportRecord) -> None:
    """Select exports, once they are in the table."""
    ids = [one.id for one in records]
    qtbot.waitUntil(lambda: set(ids) <= {one.record.id for one in view.table.data_model.items})
    view.table.choose(ids)


def test_where_nothing_was_exported_the_view_says_how_to_and_offers_it_for_the_selected_run(
    qtbot: QtBot, view: ModelsView, session: Session, runs: Runs
) -> None:
    qtbot.waitUntil(lambda: view._home.currentIndex() == _EMPTY)
    qtbot.waitUntil(lambda: set(session.runs) == {run.id for run in runs})
    assert not view.first.isEnabled()
    session.select([runs[1].id])
    with qtbot.waitSignal(view.export_wanted) as told:
        qtbot.mouseClick(view.first, Qt.MouseButton.LeftButton)
    assert told.args[0].id == runs[1].id


def test_the_list_has_each_export_with_its_run_format_check_figures_and_size(
    qtbot: QtBot, view: ModelsView, exports: Exports
) -> None:
    qtbot.waitUntil(lambda: len(titles(view)) == 4)
    rows = {one.record.id: at for at, one in enumerate(view.table.data_model.items)}
    itself, onnx, unchecked, failed = (rows[one.id] for one in exports)
    heads = ("Format", "Check", "Result", "Latency", "Size", "Run", "Framework")
    shown = [[cell(view, row, head) for head in heads] for row in (itself, onnx, unchecked, failed)]
    assert shown == [
        ["PyTorch itself", "passed", "0.9700", "640 µs", "–", "torch one", "PyTorch"],
        ["ONNX", "passed", "0.9700", "80.0 µs", "36 KB", "torch one", "PyTorch"],
        ["torch.export (.pt2)", "not checked", "–", "–", "36 KB", "torch one", "PyTorch"],
        ["LiteRT, full int8", "failed", "0.9000", "16.0 µs", "9 KB", "keras one", "TensorFlow"],
    ]


def test_what_is_not_known_comes_last_in_either_order(
    qtbot: QtBot, view: ModelsView, exports: Exports
) -> None:
    qtbot.waitUntil(lambda: len(titles(view)) == 4)
    choose(qtbot, view, exports[1])
    latency = next(at for at, each in enumerate(COLUMNS) if each.title == "Latency")
    for order in Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder:
        view.table.sortByColumn(latency, order)
        found = [one.record.latency_s for one in view.table.data_model.items]
        known = sorted(found[:3], reverse=order is Qt.SortOrder.DescendingOrder)  # type: ignore[type-var]
        assert found == [*known, None]
        assert [one.record.id for one in view.table.selected] == [exports[1].id]


def test_exports_are_those_of_the_selected_runs_or_of_a_stage_where_that_is_asked_for(
    qtbot: QtBot, view: ModelsView, exports: Exports, runs: Runs, session: Session, store: Store
) -> None:
    qtbot.waitUntil(lambda: len(titles(view)) == 4)
    view.whose.set_value("selected")
    assert view._home.currentIndex() == _NONE_HERE
    assert "No run is selected" in view._none_here._advice.text()
    session.select([runs[1].id])
    qtbot.waitUntil(lambda: titles(view) == [exports[3].name])
    view.whose.set_value("all")
    store.exports.set_stage([exports[1].id], Stage.PRODUCTION)
    view.stage.set_value("production")
    qtbot.waitUntil(lambda: titles(view) == [exports[1].name])
    view.stage.set_value("none")
    qtbot.waitUntil(lambda: len(titles(view)) == 3)


def test_an_export_shows_its_check_its_cost_its_files_and_how_to_use_it(
    qtbot: QtBot, view: ModelsView, exports: Exports, session: Session
) -> None:
    choose(qtbot, view, exports[1])
    details = view.details
    qtbot.waitUntil(details.example.isVisible)
    assert "largest difference 3.0e-07" in details.verdict.text()
    assert details.verdict.property("role") == ""
    texts = " ".join(each.text() for part in (details.check, details.cost, details.interface) for each in part._values.values())  # fmt: skip
    for told in ("360, held out", "0.9700", "36 KB", "210 MB", "A processor", "N × 8 × 8 × 1"):
        assert told in texts
    assert [row[0] for row in details.files.texts] == ["model.onnx"]
    assert [row[:3] for row in details.speeds.texts[:2]] == [["1", "all", "80.0 µs"], ["8", "all", "304 µs"]]  # fmt: skip
    assert details.example.text.toPlainText() == made.EXAMPLE
    assert [details.example.chooser.itemText(at) for at in range(2)] == ["example.py", "example.cpp"]  # fmt: skip
    with qtbot.waitSignal(session.notice):
        qtbot.mouseClick(details.example.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == made.EXAMPLE


def test_an_export_that_failed_its_check_says_so_in_red(
    qtbot: QtBot, view: ModelsView, exports: Exports
) -> None:
    choose(qtbot, view, exports[3])
    qtbot.waitUntil(lambda: "more than 0.02 below" in view.details.verdict.text())
    assert view.details.verdict.property("role") == "error"


def test_one_that_was_not_checked_or_whose_folder_is_gone_says_that(
    qtbot: QtBot, view: ModelsView, exports: Exports, home_path: Path
) -> None:
    choose(qtbot, view, exports[2])
    qtbot.waitUntil(lambda: "not checked" in view.details.verdict.text())
    shutil.rmtree(Home(home_path).path / exports[2].folder)
    view.source.refresh()
    qtbot.waitUntil(lambda: "folder is gone" in view.details.verdict.text())
    assert view.details.verdict.property("role") == "error"
    assert not view.details._cards["check"].isVisible()


def test_a_manifest_that_is_damaged_is_told_and_the_others_stay(
    qtbot: QtBot, view: ModelsView, exports: Exports, home_path: Path
) -> None:
    (home_path / exports[1].folder / "manifest.json").write_text("{", encoding="utf-8")
    choose(qtbot, view, exports[1])
    qtbot.waitUntil(lambda: "manifest cannot be read" in view.details.verdict.text())
    assert len(titles(view)) == 4


def test_several_stand_beside_each_other_with_the_best_of_each_row_marked(
    qtbot: QtBot, view: ModelsView, exports: Exports, session: Session, tmp_path: Path
) -> None:
    choose(qtbot, view, exports[0], exports[1], exports[3])
    table = view.beside.table
    assert view._one_or_more.currentWidget() is view.beside
    assert table.columnCount() == 3
    ids = [one.record.id for one in view.table.selected]
    rows = {table.verticalHeaderItem(at).text(): at for at in range(table.rowCount())}
    fastest = table.item(rows["Latency, batch 1, all threads"], ids.index(exports[3].id))
    assert fastest.text() == "★ 16.0 µs"
    best = [table.item(rows["Accuracy"], at).text() for at in range(3)]
    assert sorted(best) == ["0.9000", "★ 0.9700", "★ 0.9700"]
    path = tmp_path / "exports.csv"
    with qtbot.waitSignal(session.notice):
        view.beside.save(path)
    assert "Accuracy,0.97" in path.read_text("utf-8") or "Accuracy,0.9," in path.read_text("utf-8")


def test_the_figures_show_every_export_in_sight_and_a_click_on_one_selects_it(
    qtbot: QtBot, view: ModelsView, exports: Exports
) -> None:
    choose(qtbot, view, exports[1])
    view.tabs.setCurrentIndex(FIGURES)
    figures = view.figures
    assert {one.id for one in figures.by_latency.points} == {exports[at].id for at in (0, 1, 3)}
    assert {one.id for one in figures.by_size.points} == {exports[at].id for at in (1, 3)}
    assert figures.by_latency.marked == {exports[1].id}
    assert [one.label for one in figures.throughput.lines] == ["ONNX", "PyTorch"]
    figures.by_latency.chosen.emit(exports[3].id, True)
    assert {one.record.id for one in view.table.selected} == {exports[1].id, exports[3].id}
    assert {one.label for one in figures.throughput.lines} == {"ONNX", "LiteRT full int8"}
    before = figures.by_latency.points[0].x
    figures.threads.set_value("1")
    assert figures.by_latency.points[0].x == pytest.approx(before / 0.8)
    figures.figure.set_value("loss")
    assert figures.by_latency.up.title == "Loss (less is better)"


def test_where_nothing_was_measured_the_figures_say_what_to_do(
    qtbot: QtBot, view: ModelsView, runs: Runs, make_export: MakeExport
) -> None:
    choose(qtbot, view, make_export(runs[0], made.manifest()))
    view.tabs.setCurrentIndex(FIGURES)
    assert view.figures.nothing.isVisible()
    assert not any(card.isVisible() for card in view.figures._cards)


def test_an_export_is_renamed_by_the_keyboard_and_undone(
    qtbot: QtBot, view: ModelsView, exports: Exports, store: Store, session: Session
) -> None:
    choose(qtbot, view, exports[1])
    qtbot.keyClick(view.table, Qt.Key.Key_F2)
    dialog = view.findChild(LineDialog)
    assert dialog is not None
    dialog.edit.setText(" ")
    assert not dialog.save.isEnabled()
    dialog.edit.setText("the best")
    with qtbot.waitSignal(session.notice) as told:
        dialog.save.click()
    qtbot.waitUntil(lambda: "the best" in titles(view))
    assert [one.record.id for one in view.table.selected] == [exports[1].id]
    told.args[1]()
    qtbot.waitUntil(lambda: store.exports.read(exports[1].id).name == exports[1].name)


def test_stages_are_given_to_several_and_the_undo_gives_each_its_own_back(
    qtbot: QtBot, view: ModelsView, exports: Exports, store: Store, session: Session
) -> None:
    store.exports.set_stage([exports[0].id], Stage.CANDIDATE)
    choose(qtbot, view, exports[0], exports[1])
    qtbot.waitUntil(lambda: "Candidate" in [cell(view, row, "Stage") for row in range(4)])
    production = next(each for each in view.tools.stages.actions() if each.text() == "Production")
    with qtbot.waitSignal(session.notice) as told:
        production.trigger()
    stages = [store.exports.read(one.id).stage for one in exports[:2]]
    assert stages == [Stage.PRODUCTION, Stage.PRODUCTION]
    told.args[1]()
    qtbot.waitUntil(lambda: store.exports.read(exports[0].id).stage is Stage.CANDIDATE)
    qtbot.waitUntil(lambda: store.exports.read(exports[1].id).stage is Stage.NONE)


def test_exports_are_deleted_by_the_keyboard_brought_back_and_deleted_forever(
    qtbot: QtBot, view: ModelsView, exports: Exports, home_path: Path, session: Session
) -> None:
    choose(qtbot, view, exports[1])
    with qtbot.waitSignal(session.notice) as told:
        qtbot.keyClick(view.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(titles(view)) == 3)
    told.args[1]()
    qtbot.waitUntil(lambda: len(titles(view)) == 4)
    choose(qtbot, view, exports[1])
    qtbot.keyClick(view.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(view.deleted.isVisible)
    view._fill_deleted()
    assert [each.text() for each in view.deleted.menu().actions() if each.text()] == [
        f"Bring back {exports[1].name}", "Delete these forever …",
    ]  # fmt: skip
    view.deleted.menu().actions()[-1].trigger()
    box = view.findChild(QMessageBox)
    assert box is not None
    next(each for each in box.buttons() if each.text() == "Delete forever").click()
    qtbot.waitUntil(lambda: not view.deleted.isVisible())
    assert not (home_path / exports[1].folder).exists()


def test_the_example_the_command_that_serves_and_the_folder_are_copied(
    qtbot: QtBot, view: ModelsView, exports: Exports, session: Session, home_path: Path
) -> None:
    choose(qtbot, view, exports[1])
    texts = []
    for action in view.tools.copy.menu().actions():
        with qtbot.waitSignal(session.notice):
            action.trigger()
        texts.append(QGuiApplication.clipboard().text())
    folder = str(home_path / exports[1].folder)
    assert texts == [made.EXAMPLE, f"twinbench serve e{exports[1].id}", folder]


def test_what_makes_sense_for_one_only_is_not_offered_for_several(
    qtbot: QtBot, view: ModelsView, exports: Exports
) -> None:
    choose(qtbot, view, exports[0], exports[1])
    assert view.tools.try_it.isEnabled()
    assert view.tools.measure.isEnabled()
    assert not view.tools.copy.isEnabled()
    assert not view.tools.actions_by_name[RENAME].isEnabled()
    qtbot.keyClick(view.table, Qt.Key.Key_F2)
    assert view.findChild(LineDialog) is None
    with qtbot.waitSignal(view.try_wanted) as told:
        qtbot.mouseClick(view.tools.try_it, Qt.MouseButton.LeftButton)
    assert set(told.args[0]) == {exports[0].id, exports[1].id}


def test_a_measurement_that_cannot_be_made_says_why_and_the_view_goes_on(
    qtbot: QtBot, view: ModelsView, exports: Exports, session: Session, home_path: Path
) -> None:
    shutil.rmtree(home_path / exports[1].folder)
    choose(qtbot, view, exports[1])
    with qtbot.waitSignal(session.failed) as told:
        qtbot.mouseClick(view.tools.measure, Qt.MouseButton.LeftButton)
        assert not view.tools.measure.isEnabled()
    assert told.args[0]
    qtbot.waitUntil(view.tools.measure.isEnabled)
    assert not view.work.isVisible()


def test_the_order_and_the_widths_of_the_columns_are_remembered(
    qtbot: QtBot, view: ModelsView, exports: Exports, session: Session, choices: Choices
) -> None:
    choose(qtbot, view, exports[0])
    view.table.setColumnWidth(CREATED - 1, 123)
    view.table.horizontalHeader().moveSection(0, 2)
    view.remember()
    again = ModelsView(session, choices)
    qtbot.addWidget(again)
    assert again.table.columnWidth(CREATED - 1) == 123
    assert again.table.horizontalHeader().visualIndex(0) == 2


def test_exports_that_were_just_made_are_gone_to(
    qtbot: QtBot, view: ModelsView, exports: Exports, runs: Runs, make_export: MakeExport
) -> None:
    qtbot.waitUntil(lambda: view._home.currentIndex() == _LIST)
    view.stage.set_value("production")
    fresh = make_export(runs[0], made.checked("torchscript"))
    view.show_exports([fresh.id])
    qtbot.waitUntil(lambda: [one.record.id for one in view.table.selected] == [fresh.id])
    assert view.tabs.currentIndex() == DETAILS
    assert view.details.notes.text() == "Deprecated."
