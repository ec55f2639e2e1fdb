from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from widgets.markdown import MarkdownView, ask_to_open
from widgets.note import Note


@pytest.fixture
def note(qtbot: QtBot) -> Note:
    made = Note("Add a note")
    qtbot.addWidget(made)
    made.resize(300, 400)
    made.show()
    return made


def test_an_empty_note_invites_to_write_one(qtbot: QtBot, note: Note) -> None:
    note.show_note(1, "")
    note.activateWindow()
    qtbot.mouseClick(note.add, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(note.editor, "first **try**")
    with qtbot.waitSignal(note.saved) as saved:
        qtbot.keyClick(note.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert saved.args == [1, "first **try**"]
    assert note.view.hasFocus()
    assert note.view.toPlainText() == "first try"


def test_a_click_on_the_text_opens_the_editor(qtbot: QtBot, note: Note) -> None:
    note.show_note(1, "some words")
    qtbot.mouseClick(note.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 5))
    assert note.editing
    assert note.editor.toPlainText() == "some words"


def test_escape_keeps_the_note_as_it_was(qtbot: QtBot, note: Note) -> None:
    note.show_note(1, "kept")
    note.edit()
    qtbot.keyClicks(note.editor, "more ")
    with qtbot.assertNotEmitted(note.saved):
        qtbot.keyClick(note.editor, Qt.Key.Key_Escape)
    assert note.view.toPlainText() == "kept"


def test_what_is_being_written_is_saved_when_another_run_is_shown(qtbot: QtBot, note: Note) -> None:
    note.show_note(1, "")
    note.edit()
    qtbot.keyClicks(note.editor, "half a sen")
    with qtbot.waitSignal(note.saved) as saved:
        note.show_note(2, "other")
    assert saved.args == [1, "half a sen"]
    assert note.view.toPlainText() == "other"


def test_what_is_being_written_is_saved_when_the_panel_is_closed(qtbot: QtBot, note: Note) -> None:
    note.show_note(1, "")
    note.edit()
    qtbot.keyClicks(note.editor, "half a sen")
    with qtbot.waitSignal(note.saved):
        note.hide()


def test_news_of_the_run_leave_the_writing_alone(qtbot: QtBot, note: Note) -> None:
    note.show_note(1, "before")
    note.edit()
    qtbot.keyClicks(note.editor, "mine, ")
    note.show_note(1, "from another window")
    assert note.editor.toPlainText() == "mine, before"
    assert "changed elsewhere" in note._hint.text()


def test_what_was_written_is_not_lost_by_news_that_are_older(qtbot: QtBot, note: Note) -> None:
    note.show_note(1, "before")
    note.edit()
    qtbot.keyClicks(note.editor, "after, ")
    note.commit()
    note.show_note(1, "before")
    assert note.view.toPlainText() == "after, before"
    note.show_note(1, "after, before")
    note.show_note(1, "before")
    assert note.view.toPlainText() == "before"


def test_an_unchanged_text_is_not_saved_again(qtbot: QtBot, note: Note) -> None:
    note.show_note(1, "same")
    note.edit()
    with qtbot.assertNotEmitted(note.saved):
        note.commit()


@pytest.fixture
def view(qtbot: QtBot) -> MarkdownView:
    made = MarkdownView()
    qtbot.addWidget(made)
    made.resize(300, 100)
    made.show()
    return made


def test_html_in_a_note_is_text(view: MarkdownView) -> None:
    view.show_markdown("<b>x</b> <img src='file:///etc/passwd'>\n\n<script>alert(1)</script>")
    assert "<b>x</b> <img src='file:///etc/passwd'>" in view.toPlainText()
    assert "<script>alert(1)</script>" in view.toPlainText()


def test_a_picture_is_named_and_not_loaded(view: MarkdownView) -> None:
    view.show_markdown("see ![the plot](file:///etc/hostname) and ![a](http://localhost/x.png)")
    assert view.toPlainText() == "see [the plot] and [a]"
    assert "<img" not in view.toHtml()


def test_the_view_is_as_tall_as_its_text(qtbot: QtBot, view: MarkdownView) -> None:
    view.show_markdown("one line")
    low = view.height()
    view.show_markdown("word " * 200)
    assert view.height() > 3 * low
    assert view.verticalScrollBar().maximum() == 0


def opened_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    opened: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True
    )
    return opened


def shown_box() -> QMessageBox:
    return next(
        each
        for each in QApplication.topLevelWidgets()
        if isinstance(each, QMessageBox) and each.isVisible()
    )


def test_a_link_opens_once_its_address_was_agreed_to(
    qtbot: QtBot, view: MarkdownView, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = opened_by(monkeypatch)
    ask_to_open(view, QUrl("https://example.org/a?b=<i>"))
    box = shown_box()
    assert box.informativeText().startswith("https://example.org/a?b=")
    assert opened == []
    yes = box.button(QMessageBox.StandardButton.Open)
    assert isinstance(yes, QPushButton)
    qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(opened) == 1)


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "javascript:alert(1)", "run.sh", "https:"]
)
def test_no_other_address_opens(
    qtbot: QtBot, view: MarkdownView, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    opened = opened_by(monkeypatch)
    ask_to_open(view, QUrl(address))
    box = shown_box()
    assert box.button(QMessageBox.StandardButton.Open) is None
    box.close()
    assert opened == []
