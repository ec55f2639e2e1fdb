from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from widgets.notice_bar import NoticeBar


def test_undo_is_offered_once(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.show()
    undone: list[str] = []
    bar.tell("Deleted one", lambda: undone.append("one"))
    qtbot.mouseClick(bar.undo_button, Qt.MouseButton.LeftButton)
    assert undone == ["one"]
    assert not bar.can_undo
    bar.undo()
    assert undone == ["one"]


def test_a_failure_does_not_take_the_undo_away(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.tell("Deleted one", lambda: None)
    bar.tell_failure("two\nlines")
    assert bar.text == "two lines"
    assert bar.can_undo


def test_a_notice_without_an_undo_replaces_one_that_had_it(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.tell("Deleted one", lambda: None)
    bar.tell("Queued another")
    assert not bar.can_undo
