from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from storage.records import Scope
from storage.store import Store
from tests.conftest import PATIENCE_MS
from widgets.dialogs import LineDialog
from widgets.runs.views import ViewsButton
from workbench.bench import Workbench
from workbench.run_views import View
from workbench.saved_views import SavedView, read_views
from workbench.session import Session

MINE = View(columns=("name", "lr"), filter="lr < 1")


@pytest.fixture
def button(qtbot: QtBot, session: Session) -> ViewsButton:
    made = ViewsButton(session, View())
    made.chosen.connect(made.show_view)
    qtbot.addWidget(made)
    made.show()
    return made


def texts(button: ViewsButton) -> list[str]:
    button.menu().aboutToShow.emit()
    return [each.text() for each in button.menu().actions() if each.text()]


def choose(button: ViewsButton, text: str) -> None:
    button.menu().aboutToShow.emit()
    next(each for each in button.menu().actions() if each.text().startswith(text)).trigger()


def dialog() -> LineDialog:
    return next(
        each
        for each in QApplication.topLevelWidgets()
        if isinstance(each, LineDialog) and each.isVisible()
    )


def save_as(qtbot: QtBot, button: ViewsButton, name: str) -> None:
    choose(button, "Save this view as")
    asked = dialog()
    asked.edit.setText(name)
    qtbot.mouseClick(asked.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any(each.name == name for each in button.own))


def test_a_built_in_view_changes_filter_and_scope_only(qtbot: QtBot, button: ViewsButton) -> None:
    button.show_view(MINE)
    assert button.text() == "All runs, filtered"
    with qtbot.waitSignal(button.chosen) as chosen:
        choose(button, "Trash")
    assert chosen.args == [replace(MINE, filter="", scope=Scope.TRASHED)]
    assert button.text() == "Trash"


def test_what_was_read_before_a_change_and_comes_after_it_counts_for_nothing(
    qtbot: QtBot, button: ViewsButton, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = threading.Event()
    read: list[object] = []

    def slow(workbench: Workbench) -> tuple[SavedView, ...]:
        views = read_views(workbench.store)
        may_go_on.wait(PATIENCE_MS / 1000)
        read.append("old")
        return views

    monkeypatch.setattr("widgets.runs.views._read", slow)
    button.refresh()
    monkeypatch.undo()
    button.show_view(MINE)
    choose(button, "Save this view as")
    asked = dialog()
    asked.edit.setText("mine")
    qtbot.mouseClick(asked.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [each.name for each in button.own] == ["mine"])
    may_go_on.set()
    qtbot.waitUntil(lambda: bool(read))
    session.call(lambda _workbench: None, read.append)
    qtbot.waitUntil(lambda: len(read) == 2)
    assert [each.name for each in button.own] == ["mine"]


def test_a_view_is_saved_chosen_changed_and_updated(
    qtbot: QtBot, button: ViewsButton, store: Store
) -> None:
    button.show_view(MINE)
    save_as(qtbot, button, "mine & yours")
    assert read_views(store) == (SavedView("mine & yours", MINE),)
    assert button.text() == "mine && yours"
    choose(button, "All runs")
    assert button.text() == "All runs"
    choose(button, "mine && yours")
    button.show_view(replace(MINE, group=("template",)))
    assert button.text() == "mine && yours *"
    choose(button, "Update")
    qtbot.waitUntil(lambda: read_views(store)[0].view.group == ("template",))
    qtbot.waitUntil(lambda: button.text() == "mine && yours")


def test_a_deleted_view_comes_back_by_undo(
    qtbot: QtBot, button: ViewsButton, store: Store, session: Session
) -> None:
    for name in ("one", "two"):
        save_as(qtbot, button, name)
    choose(button, "one")
    with qtbot.waitSignal(session.notice) as told:
        choose(button, "Delete “one”")
    assert [each.name for each in read_views(store)] == ["two"]
    text, undo = told.args
    assert text == "Deleted the view “one”"
    undo()
    qtbot.waitUntil(lambda: [each.name for each in read_views(store)] == ["one", "two"])


def test_a_view_gets_another_name(qtbot: QtBot, button: ViewsButton, store: Store) -> None:
    save_as(qtbot, button, "one")
    choose(button, "Rename")
    asked = dialog()
    asked.edit.setText("Trash")
    assert not asked.save.isEnabled()
    asked.edit.setText("first")
    qtbot.mouseClick(asked.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [each.name for each in read_views(store)] == ["first"])
    qtbot.waitUntil(lambda: button.text() == "first")


def test_a_view_that_another_window_saved_stands_in_the_menu(
    qtbot: QtBot, button: ViewsButton, store: Store
) -> None:
    store.set_setting("runs.views", [{"name": "theirs", "filter": "starred"}])
    button.refresh()
    qtbot.waitUntil(lambda: "theirs" in texts(button))
