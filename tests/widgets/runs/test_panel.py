from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from runners.protocol import State
from storage.records import Scope, SortBy
from storage.store import Store
from tests.widgets.conftest import MakeRun
from widgets.choices import Choices
from widgets.dragged import Dragged
from widgets.runs.chooser import ColumnChooser
from widgets.runs.columns import NAME, STATE
from widgets.runs.panel import RunsPanel
from workbench.run_views import View
from workbench.session import Session


@pytest.fixture
def panel(qtbot: QtBot, make_run: MakeRun, session: Session, choices: Choices) -> RunsPanel:
    for name in ("alpha", "beta", "gamma"):
        make_run(name)
    made = RunsPanel(session, choices)
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    qtbot.waitUntil(lambda: names(made) == ["gamma", "beta", "alpha"] and len(session.runs) == 3)
    return made


def names(panel: RunsPanel) -> list[str]:
    runs = [panel.model.run_at(row) for row in range(panel.model.rowCount())]
    return [run.name for run in runs if run is not None]


def cell(panel: RunsPanel, row: int, term: str) -> str:
    return panel.model.text_at(row, panel.model.column_of(term))


def test_a_run_that_another_process_queues_appears_at_the_top(
    qtbot: QtBot, panel: RunsPanel, make_run: MakeRun
) -> None:
    make_run("delta", State.QUEUED)
    qtbot.waitUntil(lambda: names(panel) == ["delta", "gamma", "beta", "alpha"])
    assert cell(panel, 0, STATE) == "queued"


def test_typing_filters_and_escape_shows_all_again(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.focus_filter()
    qtbot.keyClicks(panel.filter, "alp")
    qtbot.waitUntil(lambda: names(panel) == ["alpha"])
    qtbot.keyClick(panel.filter, Qt.Key.Key_Escape)
    qtbot.keyClick(panel.filter, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(names(panel)) == 3)


def test_a_filter_of_the_language_lists_what_it_says(
    qtbot: QtBot, panel: RunsPanel, make_run: MakeRun
) -> None:
    make_run("poor", result=0.1)
    panel.filter.setText("best(test/accuracy) < 0.5")
    qtbot.waitUntil(lambda: names(panel) == ["poor"])


def test_a_filter_that_is_not_understood_leaves_the_list_as_it_was(
    qtbot: QtBot, panel: RunsPanel
) -> None:
    with qtbot.waitSignal(panel.filter_checked, check_params_cb=lambda error: error is not None):
        panel.show_view(replace(panel.view, filter="nowhere > 3"))
    assert names(panel) == ["gamma", "beta", "alpha"]


def test_a_filter_that_nothing_fits_says_how_to_see_all(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.filter.setText("nothing-like-it")
    qtbot.waitUntil(lambda: not panel.table.isVisible())
    assert names(panel) == []


def test_the_selection_is_the_one_that_all_views_share(panel: RunsPanel, session: Session) -> None:
    panel.table.selectRow(1)
    assert session.selection == tuple(panel.model.ids_between(1, 1))
    wanted = (panel.model.ids_between(2, 2)[0], panel.model.ids_between(0, 0)[0])
    session.select(wanted)
    assert set(panel.table.selected_runs()) == set(wanted)
    assert session.selection == wanted


def test_what_is_selected_stays_selected_while_a_filter_hides_it(
    qtbot: QtBot, panel: RunsPanel, session: Session
) -> None:
    panel.table.selectRow(2)
    chosen = session.selection
    panel.filter.setText("beta")
    qtbot.waitUntil(lambda: names(panel) == ["beta"])
    assert session.selection == chosen
    assert panel.table.selected_runs() == ()
    panel.filter.setText("")
    qtbot.waitUntil(lambda: panel.table.selected_runs() == chosen)


def test_selection_current_row_and_place_stay_while_others_arrive(
    qtbot: QtBot, panel: RunsPanel, session: Session, make_run: MakeRun
) -> None:
    panel.table.selectRow(2)
    chosen = session.selection
    make_run("delta")
    qtbot.waitUntil(lambda: len(names(panel)) == 4)
    assert panel.table.selected_runs() == session.selection == chosen
    assert panel.table.currentIndex().row() == 3


def test_the_row_at_the_top_stays_there_while_runs_arrive_above_it(
    qtbot: QtBot, panel: RunsPanel, make_run: MakeRun
) -> None:
    for number in range(20):
        make_run(f"more-{number}", State.QUEUED)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 23)
    bar = panel.table.verticalScrollBar()
    bar.setValue(100)
    top = panel.model.key_at(panel.table.rowAt(0))
    make_run("above", State.QUEUED)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 24)
    assert panel.model.key_at(panel.table.rowAt(0)) == top


def test_a_name_that_is_being_typed_survives_news_of_its_run(
    qtbot: QtBot, panel: RunsPanel, store: Store, make_run: MakeRun, session: Session
) -> None:
    panel.table.selectRow(0)
    run_id = panel.model.ids_between(0, 0)[0]
    panel.table.edit_name()
    editor = panel.table.findChild(QLineEdit)
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, "typed")
    store.set_tags(run_id, ["news"])
    make_run("delta")
    qtbot.waitUntil(lambda: len(session.runs) == 4 and session.runs[run_id].tags == ("news",))
    assert editor.text() == "typed"
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(panel) == ["delta", "typed", "beta", "alpha"])


def test_f2_renames_the_run_in_the_history(qtbot: QtBot, panel: RunsPanel, store: Store) -> None:
    panel.table.selectRow(0)
    run_id = panel.model.ids_between(0, 0)[0]
    qtbot.keyClick(panel.table, Qt.Key.Key_F2)
    editor = panel.table.findChild(QLineEdit)
    assert isinstance(editor, QLineEdit)
    editor.setText("renamed")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: cell(panel, 0, NAME) == "renamed")
    assert store.run(run_id).name == "renamed"


def test_enter_opens_the_current_run(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.table.selectRow(1)
    with qtbot.waitSignal(panel.opened) as opened:
        qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert opened.args == panel.model.ids_between(1, 1)


def test_a_view_is_shown_and_given_as_it_is(qtbot: QtBot, panel: RunsPanel) -> None:
    view = View(columns=("name", "seed"), sort=(SortBy("name"),), filter="a", widths={"seed": 99})
    panel.show_view(view)
    qtbot.waitUntil(lambda: names(panel) == ["alpha", "beta", "gamma"])
    assert panel.view == view
    assert panel.filter.text() == "a"
    assert panel.table.columnWidth(1) == 99


def test_a_click_on_a_header_sorts_and_one_with_shift_adds_to_it(
    qtbot: QtBot, panel: RunsPanel, make_run: MakeRun
) -> None:
    make_run("alpha", result=0.1)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 4)
    pinned, header = panel.table.pinned_header, panel.table.header
    qtbot.mouseClick(pinned.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 8))
    assert panel.view.sort == (SortBy("name"),)
    result = panel.model.column_of("result")
    place = QPoint(header.sectionViewportPosition(result) + 20, 8)
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, shift, place)
    assert panel.view.sort == (SortBy("name"), SortBy("result", True))
    assert [header.mark(each) for each in (0, result)] == ["▲1", "▼2"]
    qtbot.waitUntil(lambda: names(panel) == ["alpha", "alpha", "beta", "gamma"])
    assert [cell(panel, row, "result") for row in (0, 1)] == ["0.9000", "0.1000"]


def test_groups_are_folded_by_the_arrow_keys(
    qtbot: QtBot, panel: RunsPanel, make_run: MakeRun
) -> None:
    make_run("delta", template="cnn")
    panel.show_view(View(columns=("name", "best(test/accuracy)"), group=("template",)))
    qtbot.waitUntil(lambda: panel.model.rowCount() == 6)
    qtbot.waitUntil(lambda: panel.model.text_at(0, 1) == "0.9000")
    titles = [panel.model.text_at(row, 0) for row in (0, 2)]
    assert titles == ["cnn · 1 run", "mlp · 3 runs"]
    panel.table.selectRow(3)
    qtbot.keyClick(panel.table, Qt.Key.Key_Left)
    assert panel.table.currentIndex().row() == 2
    qtbot.keyClick(panel.table, Qt.Key.Key_Left)
    assert panel.model.rowCount() == 3
    qtbot.keyClick(panel.table, Qt.Key.Key_Right)
    assert panel.model.rowCount() == 6
    qtbot.keyClick(panel.table, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert panel.model.rowCount() == 2


def test_pinned_columns_stay_in_sight_when_the_others_scroll(
    qtbot: QtBot, panel: RunsPanel
) -> None:
    panel.resize(420, 300)
    table = panel.table
    qtbot.waitUntil(lambda: table.horizontalScrollBar().maximum() > 150)
    before = table.visualRect(panel.model.index(1, 0))
    table.horizontalScrollBar().setValue(150)
    assert table.visualRect(panel.model.index(1, 0)) == before
    assert table.indexAt(before.center()) == panel.model.index(1, 0)
    table.scrollTo(panel.model.index(1, 1))
    assert table.visualRect(panel.model.index(1, 1)).left() >= before.width()


def test_a_double_click_fits_a_column_to_the_rows_in_sight(panel: RunsPanel) -> None:
    place = panel.model.column_of("dataset")
    panel.table.header.resizeSection(place, 300)
    panel.table.header.sectionHandleDoubleClicked.emit(place)
    assert panel.table.columnWidth(place) < 150
    assert panel.view.widths["dataset"] == panel.table.columnWidth(place)


def test_a_colour_scale_spans_what_is_listed(
    qtbot: QtBot, panel: RunsPanel, make_run: MakeRun
) -> None:
    make_run("poor", result=0.1)
    term = "best(test/accuracy)"
    panel.show_view(View(columns=("name", term), scales=(term,)))
    qtbot.waitUntil(lambda: panel.model.scale_of(1) is not None)
    scale = panel.model.scale_of(1)
    assert scale is not None
    assert (scale.place(0.1), scale.place(0.9)) == (0.0, 1.0)
    panel.show_view(View(columns=("name", term)))
    assert panel.model.scale_of(1) is None


class Paints(QObject):
    """What a panel listed at each paint of its rows."""

    def __init__(self, panel: RunsPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self.seen: list[list[str]] = []
        panel.table.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.seen.append(names(self._panel))
        return False


def test_another_order_is_painted_once_with_its_answer(qtbot: QtBot, panel: RunsPanel) -> None:
    qtbot.waitUntil(lambda: bool(panel.filter.fields.parameters))  # the last that opening reads
    paints = Paints(panel)
    panel.show_view(panel.view.sorted_by("name", descending=False))
    qtbot.waitUntil(lambda: bool(paints.seen))
    assert paints.seen == [["alpha", "beta", "gamma"]]


def test_the_chooser_shows_finds_moves_and_hides_columns(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.show_view(View(columns=("name", "state")))
    panel.choose_columns()
    chooser = panel.findChild(ColumnChooser)
    assert isinstance(chooser, ColumnChooser)
    qtbot.waitUntil(lambda: chooser.offered.topLevelItemCount() > 0)
    qtbot.keyClicks(chooser.search, "accuracy last")
    qtbot.keyClick(chooser.search, Qt.Key.Key_Return)
    assert panel.view.columns == ("name", "state", "last(test/accuracy)")
    qtbot.keyClick(chooser.shown, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert panel.view.columns == ("name", "last(test/accuracy)", "state")
    qtbot.keyClick(chooser.shown, Qt.Key.Key_Delete)
    assert panel.view.columns == ("name", "state")
    chooser.close()


def test_the_trash_lists_runs_that_the_session_does_not_hold(
    qtbot: QtBot, panel: RunsPanel, session: Session
) -> None:
    run_id = panel.model.ids_between(0, 0)[0]
    session.edits.delete_runs([run_id])
    qtbot.waitUntil(lambda: names(panel) == ["beta", "alpha"])
    panel.show_view(View(scope=Scope.TRASHED))
    qtbot.waitUntil(lambda: panel.model.ids.tolist() == [run_id])
    qtbot.waitUntil(lambda: cell(panel, 0, NAME) == "gamma")
    panel.table.selectRow(0)
    assert panel.selected() == (run_id,)


def test_selected_runs_are_copied_with_tabs_and_exact_values(
    qtbot: QtBot, panel: RunsPanel, make_run: MakeRun
) -> None:
    make_run("third", result=1 / 3)
    panel.show_view(View(columns=("name", "best(test/accuracy)")))
    qtbot.waitUntil(lambda: panel.model.rowCount() == 4)
    panel.table.selectRow(0)
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "third" in QGuiApplication.clipboard().text())
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "id\tname\tbest(test/accuracy)"
    assert lines[1].split("\t")[1:] == ["third", repr(1 / 3)]


def test_the_listed_runs_are_saved_in_their_order(
    qtbot: QtBot, panel: RunsPanel, session: Session, tmp_path: Path
) -> None:
    panel.export()
    dialog = panel.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    with qtbot.waitSignal(session.notice):
        dialog.fileSelected.emit(str(tmp_path / "runs.csv"))
    dialog.close()
    with open(tmp_path / "runs.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["gamma", "beta", "alpha"]
    assert not (tmp_path / "runs.csv.part").exists()


def test_the_view_is_remembered(
    qtbot: QtBot, panel: RunsPanel, session: Session, choices: Choices
) -> None:
    panel.table.header.resizeSection(0, 213)
    panel.show_view(panel.view.sorted_by("name"))
    panel.filter.setText("a")
    panel.remember()
    again = RunsPanel(session, choices)
    qtbot.addWidget(again)
    assert again.filter.text() == "a"
    assert again.table.columnWidth(0) == 213
    qtbot.waitUntil(lambda: names(again) == ["alpha", "beta", "gamma"])


def test_running_runs_are_counted_and_their_clock_runs_only_then(
    qtbot: QtBot, panel: RunsPanel, make_run: MakeRun, store: Store
) -> None:
    run = make_run("delta", State.RUNNING)
    qtbot.waitUntil(panel._clock.isActive)
    qtbot.waitUntil(lambda: panel._count.full == "4 runs · 1 running")
    panel.table.selectAll()
    assert panel._count.full == "4 runs · 1 running · 4 selected"
    store.set_state(run.id, State.FINISHED, "done")
    qtbot.waitUntil(lambda: not panel._clock.isActive())


def test_dragging_over_rows_selects_them_and_over_selected_ones_takes_them_away(
    qtbot: QtBot, panel: RunsPanel, session: Session
) -> None:
    table = panel.table
    places = [table.visualRect(panel.model.index(row, 0)).center() for row in range(3)]
    left, area = Qt.MouseButton.LeftButton, table.viewport()
    qtbot.mousePress(area, left, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(area, place)
    qtbot.mouseRelease(area, left, pos=places[2])
    qtbot.waitUntil(lambda: len(session.selection) == 3)
    assert not table.dragEnabled()
    qtbot.mousePress(area, left, pos=places[1])
    assert table.dragEnabled()
    assert len(session.selection) == 3
    qtbot.mouseRelease(area, left, pos=places[1])
    qtbot.waitUntil(lambda: len(session.selection) == 1)


def test_a_row_that_is_not_selected_is_dragged_to_the_side_and_the_selection_stays(
    qtbot: QtBot, panel: RunsPanel, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = panel.table
    taken: list[Dragged] = []
    monkeypatch.setattr("widgets.runs.table.drag", lambda source, what: taken.append(what))
    places = [table.visualRect(panel.model.index(row, 0)).center() for row in range(3)]
    left, area = Qt.MouseButton.LeftButton, table.viewport()
    qtbot.mouseClick(area, left, pos=places[0])
    qtbot.waitUntil(lambda: len(session.selection) == 1)
    before = session.selection
    qtbot.mousePress(area, left, pos=places[2])
    qtbot.mouseMove(area, places[2] + QPoint(60, 3))
    qtbot.mouseRelease(area, left, pos=places[2] + QPoint(60, 3))
    run = panel.model.run_at(2)
    assert run is not None
    assert taken == [Dragged(runs=(run.id,))]
    assert session.selection == before
