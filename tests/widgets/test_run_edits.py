from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from runners.protocol import State
from storage.records import RunRecord
from storage.store import Store
from tests.widgets.conftest import MakeRun
from tests.widgets.test_main_window import OpenWindow, open_window, session_of
from widgets.dialogs import LineDialog
from widgets.main_window import MainWindow
from widgets.tags_dialog import TagsDialog
from workbench.saved_views import BUILT_IN

__all__ = ["open_window"]


@pytest.fixture
def runs(make_run: MakeRun) -> list[RunRecord]:
    return [make_run("one"), make_run("two", tags=("wide",)), make_run("busy", State.RUNNING)]


@pytest.fixture
def window(qtbot: QtBot, runs: list[RunRecord], open_window: OpenWindow) -> MainWindow:
    made = open_window()
    qtbot.waitUntil(lambda: made.runs.model.rowCount() == len(runs))
    session_of(made).select([run.id for run in runs])
    return made


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, *more: Qt.KeyboardModifier) -> None:
    window.activateWindow()
    window.runs.table.setFocus()
    qtbot.waitUntil(window.runs.table.hasFocus)
    qtbot.keyClick(window.runs.table, key, *more)


def show(qtbot: QtBot, window: MainWindow, name: str, count: int) -> None:
    built_in = next(each for each in BUILT_IN if each.name == name)
    window.runs.show_view(built_in.on(window.runs.view))
    qtbot.waitUntil(lambda: len(window.runs.model.ids) == count)


def test_s_stars_all_selected_runs_and_takes_the_stars_away_again(
    qtbot: QtBot, window: MainWindow, store: Store, runs: list[RunRecord]
) -> None:
    store.set_starred([runs[0].id], True)
    press(qtbot, window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: all(store.run(run.id).starred for run in runs))
    star = window.actions_table["star"]
    qtbot.waitUntil(lambda: star.text() == "Take the star away")
    press(qtbot, window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: not any(store.run(run.id).starred for run in runs))
    window.actions_table["undo"].setEnabled(True)
    qtbot.waitUntil(lambda: window.notices.text == "Took the star from 3 runs")
    window.actions_table["undo"].trigger()
    qtbot.waitUntil(lambda: all(store.run(run.id).starred for run in runs))


def test_a_colour_is_chosen_by_its_number(
    qtbot: QtBot, window: MainWindow, store: Store, runs: list[RunRecord]
) -> None:
    press(qtbot, window, Qt.Key.Key_C)
    menu = next(each for each in window.findChildren(QMenu) if each.isVisible())
    qtbot.keyClick(menu, Qt.Key.Key_4)
    qtbot.waitUntil(lambda: {store.run(run.id).color for run in runs} == {3})


def test_runs_are_archived_leave_the_list_and_come_back(
    qtbot: QtBot, window: MainWindow, store: Store, runs: list[RunRecord]
) -> None:
    session_of(window).select([runs[0].id, runs[1].id])
    press(qtbot, window, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: len(window.runs.model.ids) == 1)
    show(qtbot, window, "Archive", 2)
    action = window.actions_table["archive"]
    qtbot.waitUntil(lambda: action.text() == "Take out of the archive")
    action.trigger()
    qtbot.waitUntil(lambda: len(window.runs.model.ids) == 0)
    assert all(store.run(run.id).archived is None for run in runs)


def test_deleting_leaves_out_what_trains_and_says_so(
    qtbot: QtBot, window: MainWindow, store: Store, runs: list[RunRecord]
) -> None:
    press(qtbot, window, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: window.notices.text == "Deleted 2 runs; 1 run that trains stayed")
    assert store.run(runs[2].id).trashed is None


def test_runs_come_back_from_the_trash_or_are_deleted_forever_when_that_was_agreed_to(
    qtbot: QtBot, window: MainWindow, store: Store, runs: list[RunRecord]
) -> None:
    store.trash([runs[0].id, runs[1].id])
    assert not window.actions_table["restore"].isEnabled()
    show(qtbot, window, "Trash", 2)
    window.runs.table.selectRow(0)
    kept = window.runs.selected()[0]
    window.actions_table["restore"].trigger()
    qtbot.waitUntil(lambda: store.run(kept).trashed is None)
    qtbot.waitUntil(lambda: len(window.runs.model.ids) == 1)
    window.runs.table.selectRow(0)
    gone = window.runs.selected()[0]
    press(qtbot, window, Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    box = window.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "Nothing brings them back" in box.informativeText()
    assert store.run(gone).trashed is not None
    doing = next(each for each in box.findChildren(QPushButton) if each.text() == "Delete forever")
    qtbot.mouseClick(doing, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.runs.model.ids) == 0)
    assert store.runs_by_id([gone]) == []


def test_runs_are_moved_to_an_experiment(
    qtbot: QtBot, window: MainWindow, store: Store, runs: list[RunRecord]
) -> None:
    press(qtbot, window, Qt.Key.Key_M)
    asked = window.findChild(LineDialog)
    assert isinstance(asked, LineDialog)
    qtbot.waitUntil(asked.edit.hasFocus)
    asked.edit.clear()
    assert not asked.save.isEnabled()
    qtbot.keyClicks(asked.edit, "width & depth")
    qtbot.keyClick(asked.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: {store.run(run.id).experiment for run in runs} == {"width & depth"})


def test_tags_of_several_are_edited_in_a_dialog(
    qtbot: QtBot, window: MainWindow, store: Store, runs: list[RunRecord]
) -> None:
    window.actions_table["tags"].trigger()
    dialog = window.findChild(TagsDialog)
    assert isinstance(dialog, TagsDialog)
    qtbot.keyClicks(dialog.tags.line, "final")
    qtbot.keyClick(dialog.tags.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: all("final" in store.run(run.id).tags for run in runs))
    assert store.run(runs[1].id).tags == ("wide", "final")
    assert dialog.isVisible()


def test_n_writes_the_note_of_the_selected_run(
    qtbot: QtBot, window: MainWindow, store: Store, runs: list[RunRecord]
) -> None:
    session_of(window).select([runs[0].id])
    press(qtbot, window, Qt.Key.Key_N)
    editor = window.details.note.editor
    qtbot.waitUntil(editor.hasFocus)
    qtbot.keyClicks(editor, "good")
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: store.run(runs[0].id).note == "good")
    assert len(session_of(window).runs) == 3
