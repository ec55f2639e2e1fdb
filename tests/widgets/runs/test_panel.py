from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from runners.protocol import State
from storage.store import Store
from tests.widgets.conftest import MakeRun
from widgets.choices import Choices
from widgets.runs.columns import NAME, STATE
from widgets.runs.panel import RunsPanel
from workbench.session import Session


@pytest.fixture
def panel(qtbot: QtBot, make_run: MakeRun, session: Session, choices: Choices) -> RunsPanel:
    for name in ("alpha", "beta", "gamma"):
        make_run(name)
    made = RunsPanel(session, choices)
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.show()
    qtbot.waitUntil(lambda: made.model.rowCount() == 3)
    return made


def names(panel: RunsPanel) -> list[str]:
    return [panel.model.run_at(row).name for row in range(panel.model.rowCount())]


def test_a_run_that_another_process_queues_appears_at_the_top(
    qtbot: QtBot, panel: RunsPanel, make_run: MakeRun
) -> None:
    make_run("delta", State.QUEUED)
    qtbot.waitUntil(lambda: names(panel) == ["delta", "gamma", "beta", "alpha"])
    assert panel.model.index(0, STATE).data() == "queued"


def test_typing_filters_and_escape_shows_all_again(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.focus_filter()
    qtbot.keyClicks(panel.filter, "alp")
    qtbot.waitUntil(lambda: names(panel) == ["alpha"])
    qtbot.keyClick(panel.filter, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(names(panel)) == 3)


def test_down_in_the_filter_goes_to_the_first_match(
    qtbot: QtBot, panel: RunsPanel, session: Session
) -> None:
    panel.focus_filter()
    qtbot.keyClicks(panel.filter, "beta")
    qtbot.keyClick(panel.filter, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: [session.runs[i].name for i in session.selection] == ["beta"])


def test_a_filter_that_nothing_fits_says_how_to_see_all(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.filter.setText("there is no such run")
    qtbot.waitUntil(lambda: not panel.table.isVisible())
    assert names(panel) == []


def test_the_selection_is_the_one_that_all_views_share(panel: RunsPanel, session: Session) -> None:
    panel.table.selectRow(1)
    assert session.selection == (panel.model.run_at(1).id,)
    wanted = (panel.model.run_at(2).id, panel.model.run_at(0).id)
    session.select(wanted)
    assert set(panel.table.selected_runs()) == set(wanted)
    assert session.selection == wanted


def test_a_selected_run_stays_selected_while_others_arrive(
    qtbot: QtBot, panel: RunsPanel, session: Session, make_run: MakeRun
) -> None:
    panel.table.selectRow(2)
    chosen = session.selection
    make_run("delta")
    qtbot.waitUntil(lambda: len(names(panel)) == 4)
    assert panel.table.selected_runs() == session.selection == chosen


def test_f2_renames_the_run_in_the_history(qtbot: QtBot, panel: RunsPanel, store: Store) -> None:
    panel.table.selectRow(0)
    run_id = panel.model.run_at(0).id
    qtbot.keyClick(panel.table, Qt.Key.Key_F2)
    editor = panel.table.findChild(QLineEdit)
    assert isinstance(editor, QLineEdit)
    editor.setText("renamed")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.model.index(0, NAME).data() == "renamed")
    assert store.run(run_id).name == "renamed"


def test_enter_opens_the_current_run(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.table.selectRow(1)
    with qtbot.waitSignal(panel.opened) as opened:
        qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert opened.args == [panel.model.run_at(1).id]


def test_columns_and_filter_are_remembered(
    qtbot: QtBot, panel: RunsPanel, session: Session, choices: Choices
) -> None:
    panel.table.horizontalHeader().resizeSection(NAME, 213)
    panel.table.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
    panel.filter.setText("a")
    panel.remember()
    again = RunsPanel(session, choices)
    qtbot.addWidget(again)
    assert again.filter.text() == "a"
    assert again.table.columnWidth(NAME) == 213
    assert names(again) == ["alpha", "beta", "gamma"]


def test_running_runs_are_counted_and_their_clock_runs_only_then(
    qtbot: QtBot, panel: RunsPanel, make_run: MakeRun, store: Store
) -> None:
    run = make_run("delta", State.RUNNING)
    qtbot.waitUntil(panel._clock.isActive)
    store.set_state(run.id, State.FINISHED, "done")
    qtbot.waitUntil(lambda: not panel._clock.isActive())
