from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from runners.protocol import Request, State
from storage.home import Home
from storage.store import Store
from tests.widgets.conftest import MakeRun
from tests.widgets.models import made as exports
from widgets.commands import COMPARE, DATA, LIVE, MODELS, NEW_RUN
from widgets.data.importing.wizard import ImportWizard
from widgets.main_window import MainWindow
from widgets.models.export_dialog import ExportDialog
from widgets.theme import theme
from workbench.app import compose, take_down
from workbench.colors import DARK
from workbench.session import Session

OpenWindow = Callable[[], MainWindow]


@pytest.fixture
def open_window(qtbot: QtBot, store: Store, home_path: Path) -> Iterator[OpenWindow]:
    """Opens the whole window on the home, as often as it is called."""
    opened: list[tuple[Session, MainWindow]] = []

    def close() -> None:
        if opened:
            take_down(*opened.pop())

    def open_it() -> MainWindow:
        close()
        session, window = compose(home_path)
        opened.append((session, window))
        with qtbot.waitSignals([session.ready, window.finished]):
            window.show()
        return window

    yield open_it
    close()
    theme().apply("light")


def session_of(window: MainWindow) -> Session:
    return window._session


def test_an_empty_home_offers_the_example_and_a_run_of_ones_own(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window()
    assert window.welcome.isVisible()
    qtbot.mouseClick(window.welcome.own, Qt.MouseButton.LeftButton)
    assert window.tab == NEW_RUN
    assert not window.welcome.isVisible()


def test_the_example_queues_the_same_run_in_each_framework_and_shows_them(
    qtbot: QtBot, open_window: OpenWindow, store: Store
) -> None:
    window = open_window()
    qtbot.mouseClick(window.welcome.example, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.tab == LIVE)
    queued = store.queue()
    assert {(run.spec.template, run.spec.dataset) for run in queued} == {("mlp", "digits")}
    session = session_of(window)
    qtbot.waitUntil(lambda: set(session.selection) == {run.id for run in queued})


def test_deleted_runs_come_back_with_undo(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun, store: Store
) -> None:
    kept, gone = make_run("kept"), make_run("gone")
    window = open_window()
    session = session_of(window)
    session.select([gone.id])
    window.runs.table.setFocus()
    qtbot.keyClick(window.runs.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: set(session.runs) == {kept.id})
    qtbot.waitUntil(window.notices.undo_button.isVisible)
    window.actions_table["undo"].trigger()
    qtbot.waitUntil(lambda: set(session.runs) == {kept.id, gone.id})
    assert not window.actions_table["undo"].isEnabled()


def test_a_run_that_trains_is_not_deleted(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun
) -> None:
    run = make_run("busy", State.RUNNING)
    window = open_window()
    session_of(window).select([run.id])
    assert not window.actions_table["delete"].isEnabled()
    assert window.actions_table["stop"].isEnabled()


@pytest.mark.parametrize(
    ("action", "request_made"), [("stop", Request.STOP), ("kill", Request.KILL)]
)
def test_stop_and_kill_ask_for_it(
    qtbot: QtBot,
    open_window: OpenWindow,
    make_run: MakeRun,
    store: Store,
    action: str,
    request_made: Request,
) -> None:
    busy, done = make_run("busy", State.RUNNING), make_run("done")
    window = open_window()
    session_of(window).select([busy.id, done.id])
    window.actions_table[action].trigger()
    qtbot.waitUntil(lambda: store.run(busy.id).request is request_made)
    assert store.run(done.id).request is None


def test_actions_are_offered_when_what_they_need_is_there(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun
) -> None:
    one, other = make_run("one"), make_run("other")
    window = open_window()
    session, actions = session_of(window), window.actions_table
    assert not any(
        actions[name].isEnabled() for name in ("watch", "clone", "delete", "stop", "undo")
    )
    assert all(actions[name].isEnabled() for name in ("new_run", "tensorboard", "preferences"))
    session.select([one.id])
    assert all(actions[name].isEnabled() for name in ("watch", "clone", "rename", "delete"))
    session.select([one.id, other.id])
    assert actions["compare"].isEnabled()
    assert not actions["rename"].isEnabled()


def test_cloning_fills_the_form(qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun) -> None:
    run = make_run("old", seed=42)
    window = open_window()
    session_of(window).select([run.id])
    window.actions_table["clone"].trigger()
    qtbot.waitUntil(lambda: window.views.new_run.setup.seed.value() == 42)
    assert window.tab == NEW_RUN


def test_control_and_a_number_go_to_a_tab(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun
) -> None:
    make_run("one")
    window = open_window()
    for name, place in (("show_compare", COMPARE), ("show_live", LIVE), ("show_new", NEW_RUN)):
        window.actions_table[name].trigger()
        assert window.tab == place


def test_layout_theme_and_tab_are_remembered_for_this_home(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun
) -> None:
    make_run("one")
    window = open_window()
    window.docks["Details"].hide()
    window.actions_table["theme_dark"].trigger()
    window.show_tab(COMPARE)
    again = open_window()
    assert again.docks["Details"].isHidden()
    assert again.docks["Runs"].isVisible()
    assert theme().choice == "dark"
    assert theme().colors is DARK
    assert again.tab == COMPARE
    assert again.actions_table["theme_dark"].isChecked()
    again.actions_table["reset_layout"].trigger()
    assert again.docks["Details"].isVisible()


def test_panels_that_nobody_moved_follow_the_windows_width(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window()
    sides = [window.docks[name] for name in ("Runs", "Details")]

    def are(*widths: int) -> bool:
        return [side.width() for side in sides] == pytest.approx(widths, abs=8)

    window.resize(1360, 800)
    window.actions_table["reset_layout"].trigger()
    qtbot.waitUntil(lambda: are(384, 232))
    window.resize(1900, 1000)
    qtbot.waitUntil(lambda: are(450, 310))
    window.resizeDocks(sides, [450, 400], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: are(450, 400))
    window.resize(1380, 800)
    window.resize(1900, 1000)
    qtbot.waitUntil(lambda: window.width() == 1900)
    assert not are(450, 310)


def test_it_says_once_that_runs_go_on_without_the_window(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun
) -> None:
    make_run("busy", State.RUNNING)
    window = open_window()
    qtbot.waitUntil(window.banner.isVisible)
    qtbot.mouseClick(window.banner.button, Qt.MouseButton.LeftButton)
    assert not window.banner.isVisible()
    again = open_window()
    qtbot.waitUntil(lambda: any(run.state.active for run in session_of(again).runs.values()))
    assert not again.banner.isVisible()


def test_closing_is_never_held_up_by_runs_that_train(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun
) -> None:
    make_run("busy", State.RUNNING)
    window = open_window()
    assert window.close()
    assert not window.isVisible()


def test_what_goes_wrong_is_told_in_the_status_line_and_the_messages(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window()
    session_of(window).failed.emit("the disk is full")
    assert window.notices.text == "the disk is full"
    assert window.messages.model.message(0).text == "the disk is full"


@pytest.mark.parametrize("action", ["keys", "about", "preferences"])
def test_dialogs_open_without_holding_the_window(
    qtbot: QtBot, open_window: OpenWindow, action: str
) -> None:
    window = open_window()
    window.actions_table[action].trigger()
    dialogs = [each for each in window.findChildren(QDialog) if each.isVisible()]
    assert len(dialogs) == 1
    dialogs[0].reject()


def test_everything_that_takes_the_keyboard_has_a_name(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun
) -> None:
    make_run("one", State.QUEUED)
    window = open_window()
    panels: list[QWidget] = [window.runs, window.queue, window.messages, window.views.new_run]
    nameless = [
        each
        for panel in panels
        for each in panel.findChildren(QWidget)
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus
        and each.isVisible()
        and not (each.accessibleName() or getattr(each, "text", str)() or each.focusProxy())
        and not each.objectName().startswith("qt_")
    ]
    assert [type(each).__name__ for each in nameless] == []


def test_files_that_are_dropped_on_the_window_begin_an_import(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run("one")
    path = tmp_path / "empty.csv"
    path.write_text("")
    window = open_window()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    event = QDropEvent(QPointF(9, 9), copy, data, left, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(event)
    qtbot.waitUntil(lambda: bool(window.findChildren(ImportWizard)))
    wizard = window.findChildren(ImportWizard)[0]
    assert wizard.files.paths == (path,)
    qtbot.waitUntil(lambda: "is empty" in wizard.problem.text())
    wizard.reject()


def test_a_dataset_of_the_data_view_is_chosen_in_the_form_with_a_template_that_fits(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun
) -> None:
    make_run("one")
    window = open_window()
    window.actions_table["show_data"].trigger()
    assert window.tab == DATA
    window.views.data.open_dataset("mauna-loa")
    qtbot.waitUntil(lambda: window.views.data.list.current == "mauna-loa")
    qtbot.waitUntil(window.views.data.page.run.isVisible)
    window.views.data.page.run.click()
    assert window.tab == NEW_RUN
    qtbot.waitUntil(lambda: window.views.new_run.setup.dataset.value == "mauna-loa")
    assert window.views.new_run.gallery.template.name == "forecaster"


def test_the_selected_run_is_exported_by_its_action_and_its_exports_lead_to_their_tab(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun, store: Store, home_path: Path
) -> None:
    run = make_run("one")
    made = exports.export(store, Home(home_path), run, exports.checked())
    window = open_window()
    assert not window.actions_table["export"].isEnabled()
    session_of(window).select([run.id])
    window.actions_table["export"].trigger()
    (dialog,) = window.findChildren(ExportDialog)
    assert not dialog.isModal()
    qtbot.waitUntil(lambda: "no checkpoint" in dialog.said.text())
    dialog.exported.emit([made.id])
    dialog.reject()
    assert window.tab == MODELS
    qtbot.waitUntil(
        lambda: [one.record.id for one in window.views.models.table.selected] == [made.id]
    )
