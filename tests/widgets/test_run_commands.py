from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMenu, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from runners.protocol import Request, State
from storage.records import QueueOptions
from storage.store import Series, Store
from tests.widgets.conftest import MakeRun
from tests.widgets.test_main_window import OpenWindow, open_window, session_of
from tests.widgets.test_plain import read
from widgets.dialogs import ExtendDialog
from widgets.main_window import MainWindow
from widgets.parts import ElidedLabel
from workbench.health import Health

__all__ = ["open_window"]
MARKUP = "<b>x</b><img src=file:///etc/passwd>&amp;"


def enabled(window: MainWindow) -> set[str]:
    names = ("pause", "stop", "kill", "retry", "extend", "hold", "raise", "lower", "alone", "clone")
    return {name for name in names if window.actions_table[name].isEnabled()}


def test_control_is_offered_where_it_makes_sense(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun
) -> None:
    states = (State.RUNNING, State.FINISHED, State.FAILED, State.QUEUED)
    running, finished, failed, queued = (make_run(each.value, each) for each in states)
    window = open_window()
    session, actions = session_of(window), window.actions_table
    qtbot.waitUntil(lambda: len(session.runs) == 4)
    session.select([running.id])
    assert enabled(window) == {"pause", "stop", "kill", "clone"}
    assert actions["pause"].text() == "Pause"
    session.select([finished.id])
    assert enabled(window) == {"retry", "extend", "clone"}
    session.select([failed.id])
    assert enabled(window) == {"pause", "retry", "extend", "clone"}
    assert actions["pause"].text() == "Resume"
    assert actions["pause"].toolTip() == "Resume (Ctrl+P)"
    session.select([queued.id])
    assert enabled(window) == {"stop", "kill", "hold", "raise", "lower", "alone", "clone"}
    session.select([running.id, finished.id, failed.id, queued.id])
    assert enabled(window) >= {"pause", "stop", "retry", "hold", "raise"}
    assert not actions["extend"].isEnabled()


def test_one_key_pauses_and_resumes(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun, store: Store
) -> None:
    run = make_run("busy", State.RUNNING)
    window = open_window()
    session_of(window).select([run.id])
    window.actions_table["pause"].trigger()
    qtbot.waitUntil(lambda: store.run(run.id).request is Request.PAUSE)
    store.set_state(run.id, State.PAUSED)
    qtbot.waitUntil(lambda: window.actions_table["pause"].text() == "Resume")
    window.actions_table["pause"].trigger()
    qtbot.waitUntil(lambda: store.run(run.id).request is None)


def test_priority_hold_and_alone_are_changed_for_several_and_taken_back(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun, store: Store
) -> None:
    runs = [make_run(name, State.QUEUED) for name in ("one", "two")]
    window = open_window()
    session, actions = session_of(window), window.actions_table
    session.select([run.id for run in runs])

    def options() -> set[QueueOptions]:
        return {replace(store.run(run.id).options, memory_bytes=0) for run in runs}

    actions["raise"].trigger()
    qtbot.waitUntil(lambda: options() == {QueueOptions(priority=1)})
    actions["hold"].trigger()
    qtbot.waitUntil(lambda: options() == {QueueOptions(priority=1, held=True)})
    qtbot.waitUntil(lambda: actions["hold"].text() == "Release")
    actions["alone"].trigger()
    qtbot.waitUntil(lambda: options() == {QueueOptions(priority=1, held=True, alone=True)})
    qtbot.waitUntil(lambda: window.notices.text.startswith("To run alone"))
    actions["undo"].trigger()
    qtbot.waitUntil(lambda: options() == {QueueOptions(priority=1, held=True)})
    actions["normal"].trigger()
    qtbot.waitUntil(lambda: options() == {QueueOptions(held=True)})


def test_holding_the_queue_is_told_in_the_status_line(
    qtbot: QtBot, open_window: OpenWindow, store: Store
) -> None:
    window = open_window()
    window.actions_table["hold_queue"].trigger()
    qtbot.waitUntil(lambda: window.actions_table["hold_queue"].text() == "Release the queue")
    assert store.setting("queue.held") is True
    assert any(
        "the queue is held" in each.text() for each in window.statusBar().findChildren(QLabel)
    )


def test_extend_tells_what_was_trained_and_asks_for_more_than_that(
    qtbot: QtBot, make_run: MakeRun
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ExtendDialog(parent, make_run(MARKUP, State.FINISHED))
    said = [
        each.full if isinstance(each, ElidedLabel) else each.text()
        for each in dialog.findChildren(QLabel)
    ]
    assert MARKUP in said
    assert any(each.startswith("Trained 1 of 3 epochs") for each in said)
    assert dialog.epochs.minimum() == 4
    dialog.epochs.setValue(6)
    assert dialog.estimate.text() == "5 more epochs"
    with qtbot.waitSignal(dialog.wanted) as wanted:
        dialog.accept()
    assert wanted.args == [6]


def test_what_is_wrong_with_the_home_is_told_until_it_is_mended(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun, home_path: Path
) -> None:
    make_run("kept")
    window = open_window()
    session = session_of(window)
    qtbot.waitUntil(lambda: len(session.runs) == 1)
    assert not window.health.isVisible()
    hidden = home_path / "elsewhere.db"
    (home_path / "history.db").rename(hidden)
    qtbot.waitUntil(window.health.isVisible)
    assert "gone" in window.health.words.text()
    assert len(session.runs) == 1
    assert window.runs.model.rowCount() == 1
    hidden.rename(home_path / "history.db")
    qtbot.waitUntil(lambda: not window.health.isVisible())


def test_a_problem_with_markup_in_it_is_text(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = open_window()
    window.health.show_health(Health(None, MARKUP))
    assert window.health.words.text() == MARKUP
    assert window.health.words.textFormat() is Qt.TextFormat.PlainText


@pytest.mark.parametrize(
    "name", [MARKUP, "R&D && <i>", "x" * 2000, "one\x1b[31m\x07two", "left\u202eright\u2066"]
)
def test_any_name_shows_as_text_and_breaks_no_layout(
    qtbot: QtBot, open_window: OpenWindow, make_run: MakeRun, store: Store, name: str
) -> None:
    make_run("before")
    window = open_window()
    window.show_tab(1)
    before = window.minimumSizeHint().width()
    session = session_of(window)
    runs = [make_run(name, state, tags=(name[:100],)) for state in (State.FAILED, State.RUNNING)]
    queued = store.create_run(runs[0].spec, name=name, parent=runs[0].id)
    store.set_waiting(queued.id, f"waits for cuda:0: run 1 ({name}) trains there")
    store.add_message("warning", f"{name} failed", runs[0].id)
    qtbot.waitUntil(lambda: len(session.runs) == 4 and window.messages.model.rowCount() == 1)
    for run in (*runs, queued):
        session.select([run.id])
        session.notice.emit(f"Queued {run.name}", None)
        QWidget.repaint(window)
    for place in (2, 1, 0):
        window.show_tab(place)
    assert window.minimumSizeHint().width() <= max(before, 1100)
    rich = [
        each.text()[:60]
        for each in window.findChildren(QLabel)
        if each.textFormat() is not Qt.TextFormat.PlainText
        and "qt_" not in each.objectName()
        and each.text()
    ]
    assert rich == []
    tips = [each.toolTip() for each in window.findChildren(QWidget) if each.toolTip()]
    model = window.runs.model
    tips += [str(model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole)) for row in range(4)]
    assert all("<" not in tip or tip.startswith("<p ") for tip in tips)
    if name == MARKUP:
        assert any(MARKUP in read(tip) for tip in tips)
        qtbot.waitUntil(lambda: model.index(0, 0).data() == MARKUP)
    assert all(menu.title().count("&") <= 1 for menu in window.findChildren(QMenu))
    QToolTip.hideText()


@pytest.mark.parametrize(
    ("epoch_s", "said"),
    [(90.0, "5 more epochs, about 7:30"), (0.03, "5 more epochs, less than a second")],
)
def test_extend_estimates_from_how_long_an_epoch_took(
    qtbot: QtBot, make_run: MakeRun, store: Store, epoch_s: float, said: str
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    run = make_run("timed")
    one = np.array([1])
    store.append(run.id, {"epoch_s": Series(one, one * 1.0, np.array([epoch_s]))})
    dialog = ExtendDialog(parent, store.run(run.id))
    dialog.epochs.setValue(6)
    assert dialog.estimate.text() == said
