from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from storage.records import Message
from storage.store import Store
from widgets.messages.panel import MessagesModel, MessagesPanel
from workbench.session import Session


def texts(panel: MessagesPanel) -> list[str]:
    return [panel.model.message(row).text for row in range(panel.model.rowCount())]


def test_what_the_scheduler_and_the_window_say_stands_in_order(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    panel = MessagesPanel(session)
    qtbot.addWidget(panel)
    store.add_message("warning", "it was found without its process", None)
    qtbot.waitUntil(lambda: len(texts(panel)) == 1)
    session.failed.emit("this went wrong")
    assert texts(panel) == ["it was found without its process", "this went wrong"]


def test_a_message_leads_to_its_run(qtbot: QtBot, session: Session) -> None:
    panel = MessagesPanel(session)
    qtbot.addWidget(panel)
    panel.add([Message(1, 0, "info", "of a run", 12), Message(2, 0, "info", "of none", None)])
    with qtbot.waitSignal(panel.opened) as opened:
        panel.table.doubleClicked.emit(panel.model.index(0, 1))
    assert opened.args == [12]
    with qtbot.assertNotEmitted(panel.opened):
        panel.table.doubleClicked.emit(panel.model.index(1, 1))


def test_chosen_messages_are_copied_whole(qtbot: QtBot, session: Session) -> None:
    panel = MessagesPanel(session)
    qtbot.addWidget(panel)
    panel.add([Message(1, 0, "error", "two\nlines", None)])
    panel.table.selectAll()
    copy = QKeySequence(QKeySequence.StandardKey.Copy)[0]
    qtbot.keyClick(panel.table, copy.key(), copy.keyboardModifiers())
    assert QGuiApplication.clipboard().text().endswith("error two\nlines")


def test_the_oldest_messages_go_when_there_are_too_many(qtmodeltester: ModelTester) -> None:
    model = MessagesModel()
    qtmodeltester.check(model)
    model.add([Message(number, 0, "info", str(number), None) for number in range(5_010)])
    assert model.rowCount() == 5_000
    assert model.index(0, 1).data(Qt.ItemDataRole.DisplayRole) == "10"
