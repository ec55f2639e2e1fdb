from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from widgets import plain
from widgets.parts import ElidedLabel, button, label, tool_button

WIDGETS = Path(plain.__file__).parent
MARKUP = "<b>x</b><img src=file:///etc/passwd>&amp;"


def read(tip: str) -> str:
    """What a person reads in a tip."""
    if not tip.startswith("<p"):
        return tip
    document = QTextDocument()
    document.setHtml(tip)
    return document.toPlainText()


@pytest.mark.parametrize(
    "text", [MARKUP, "&lt;b&gt;", "<?xml", "a < b\nand c", "R&D", "  two\n  lines <", "plain"]
)
def test_a_tip_reads_as_the_text(qtbot: QtBot, text: str) -> None:
    assert read(plain.tip(text)) == text


def test_a_long_tip_fits_on_a_screen() -> None:
    lines = plain.tip("word " * 1000).splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) < 20
    assert max(map(len, plain.tip("x" * 5000).splitlines())) <= 100


def test_a_line_has_no_break_and_no_mark_that_turns_what_follows() -> None:
    assert plain.line("one\ntwo\tthree") == "one two three"
    assert plain.line("left\u202eright\x1b[0m") == "left‹202E›right␛[0m"
    assert plain.line("שלום") == "שלום"
    assert len(plain.line("x" * 2000)) < 600


def test_a_text_of_several_lines_keeps_them() -> None:
    assert plain.shown("one\n\ttwo\x00") == "one\n\ttwo␀"


def test_labels_show_markup_as_it_is(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    asked, bare = label(MARKUP), QLabel(MARKUP)
    for each in (asked, bare):
        each.setParent(parent)
    assert asked.sizeHint().width() > bare.sizeHint().width()  # the bare one shows an x
    assert asked.text() == MARKUP


def test_a_label_in_lines_breaks_words_that_are_too_long(qtbot: QtBot) -> None:
    wrapped = label("x" * 2000, wrap=True)
    qtbot.addWidget(wrapped)
    assert wrapped.minimumSizeHint().width() < 800
    assert wrapped.text().replace("\u200b", "") == "x" * 2000


def test_a_line_that_can_be_elided_asks_for_little_room_and_tells_all_in_its_tip(
    qtbot: QtBot,
) -> None:
    line = ElidedLabel("y" * 2000)
    qtbot.addWidget(line)
    line.resize(100, 20)
    assert line.sizeHint().width() < 500
    assert line.toolTip().replace("\n", "").startswith("y" * 1000)


def test_buttons_show_ampersands_and_their_tips_are_text(qtbot: QtBot) -> None:
    pressed, small = button("R&D"), tool_button("close", MARKUP)
    for each in (pressed, small):
        qtbot.addWidget(each)
    assert pressed.text() == "R&&D"
    assert read(small.toolTip()) == MARKUP


def test_only_parts_makes_labels_of_qt() -> None:
    """A bare QLabel takes what looks like HTML for HTML."""
    bare = re.compile(
        r"\bQLabel\(|\bclass \w+\(QLabel\)|\bQInputDialog\b|\bsetTextFormat\b(?!\(Qt\.TextFormat\.PlainText)"
    )
    found = [
        f"{path.relative_to(WIDGETS)}: {text.strip()}"
        for path in [*WIDGETS.rglob("*.py"), WIDGETS.parent / "workbench" / "app.py"]
        if path != WIDGETS / "parts.py"
        for text in path.read_text("utf-8").splitlines()
        if bare.search(text)
    ]
    assert found == []


def test_every_tip_that_is_made_of_data_goes_through_plain() -> None:
    """A tip that is a literal, or made by `tip`, is safe; a name or an f-string of one is not."""
    unsafe = re.compile(r"setToolTip\((?!(?:\d, )?\s*(f?\"|tip\(|plain\.tip\(|$))")
    found = [
        f"{path.relative_to(WIDGETS)}: {text.strip()}"
        for path in WIDGETS.rglob("*.py")
        for text in path.read_text("utf-8").splitlines()
        if unsafe.search(text)
    ]
    assert found == []
