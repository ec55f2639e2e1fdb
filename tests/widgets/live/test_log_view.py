from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from runners.protocol import State
from storage.home import Home
from storage.records import RunRecord
from tests.widgets.conftest import MakeRun
from widgets.live.log_view import LogView
from workbench.session import Session


@pytest.fixture
def run(make_run: MakeRun) -> RunRecord:
    return make_run("talks", State.RUNNING)


@pytest.fixture
def log_path(home_path: Path, run: RunRecord) -> Path:
    return Home(home_path).run_folder(run.id).log


@pytest.fixture
def view(qtbot: QtBot, session: Session, run: RunRecord) -> LogView:
    made = LogView(session)
    qtbot.addWidget(made)
    qtbot.addWidget(made.bar)
    made.resize(500, 200)
    made.show()
    qtbot.waitExposed(made)
    return made


def add(path: Path, data: str) -> None:
    with open(path, "a", encoding="utf-8", newline="") as file:
        file.write(data)


def test_output_appears_as_it_is_written(
    view: LogView, run: RunRecord, log_path: Path, qtbot: QtBot
) -> None:
    add(log_path, "first line\n")
    view.show_run(run)
    qtbot.waitUntil(lambda: view.shown_text == "first line\n")
    add(log_path, "10%")
    qtbot.waitUntil(lambda: view.shown_text == "first line\n10%")
    add(log_path, "\r90%\nnext\n")
    qtbot.waitUntil(lambda: view.shown_text == "first line\n90%\nnext\n")


def test_markup_is_shown_as_it_is(
    view: LogView, run: RunRecord, log_path: Path, qtbot: QtBot
) -> None:
    add(log_path, "<b>loss</b> &amp;\n")
    view.show_run(run)
    qtbot.waitUntil(lambda: view.shown_text == "<b>loss</b> &amp;\n")


def test_it_follows_the_end_until_it_is_scrolled_up(
    view: LogView, run: RunRecord, log_path: Path, qtbot: QtBot
) -> None:
    bar = view._text.verticalScrollBar()
    add(log_path, "".join(f"line {n}\n" for n in range(200)))
    view.show_run(run)
    qtbot.waitUntil(lambda: "line 199" in view.shown_text)
    assert bar.value() == bar.maximum()
    bar.setValue(20)
    assert not view.following
    add(log_path, "".join(f"line {n}\n" for n in range(200, 400)))
    qtbot.waitUntil(lambda: "line 399" in view.shown_text)
    assert bar.value() == 20
    view._follow.click()
    assert bar.value() == bar.maximum()
    add(log_path, "".join(f"line {n}\n" for n in range(400, 500)))
    qtbot.waitUntil(lambda: "line 499" in view.shown_text)
    assert bar.value() == bar.maximum()


def test_memory_is_bounded(view: LogView, run: RunRecord, log_path: Path, qtbot: QtBot) -> None:
    view._text.setMaximumBlockCount(100)
    add(log_path, "".join(f"line {n}\n" for n in range(5000)))
    view.show_run(run)
    qtbot.waitUntil(lambda: "line 4999" in view.shown_text)
    assert view._text.blockCount() == 100


def test_search_counts_marks_and_goes_round(
    view: LogView, run: RunRecord, log_path: Path, qtbot: QtBot
) -> None:
    add(log_path, "loss 1\nLoss 2\nother\nloss 3\n")
    view.show_run(run)
    qtbot.waitUntil(lambda: "loss 3" in view.shown_text)
    search = view._search
    search.field.setText("LOSS")
    qtbot.waitUntil(lambda: search.found.text() == "3 found")

    def line() -> int:
        cursor = view._text.textCursor()
        assert cursor.selectedText().lower() == "loss"
        return cursor.blockNumber()

    seen = []
    for _ in range(4):
        qtbot.keyClick(search.field, Qt.Key.Key_Return)
        seen.append(line())
    assert sorted(set(seen)) == [0, 1, 3]
    assert seen[0] == seen[3]
    qtbot.keyClick(search.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert line() == seen[2]
    marked = [
        block
        for block in range(4)
        if view._text.document().findBlockByNumber(block).layout().formats()
    ]
    assert marked == [0, 1, 3]


def test_a_match_that_arrives_later_is_counted(
    view: LogView, run: RunRecord, log_path: Path, qtbot: QtBot
) -> None:
    view._search.field.setText("error")
    view.show_run(run)
    add(log_path, "an Error\n")
    qtbot.waitUntil(lambda: view._search.found.text() == "1 found")


def test_a_log_that_cannot_be_read_is_told_and_tried_again(
    view: LogView, run: RunRecord, log_path: Path, qtbot: QtBot
) -> None:
    log_path.mkdir()
    view._offset = 0
    view.show_run(run)
    qtbot.waitUntil(lambda: "cannot be read" in view._note.text())
    log_path.rmdir()
    add(log_path, "here now\n")
    qtbot.waitUntil(lambda: view.shown_text == "here now\n")
    assert not view._note.isVisible()


def test_another_run_shows_its_own_log(
    view: LogView, run: RunRecord, log_path: Path, make_run: MakeRun, home_path: Path, qtbot: QtBot
) -> None:
    add(log_path, "mine\n")
    view.show_run(run)
    qtbot.waitUntil(lambda: view.shown_text == "mine\n")
    other = make_run("other")
    add(Home(home_path).run_folder(other.id).log, "theirs\n")
    view.show_run(other)
    qtbot.waitUntil(lambda: view.shown_text == "theirs\n")
    qtbot.waitUntil(lambda: not view._reading)
    assert not view._poll.isActive(), "nobody writes to the log of a run that has ended"
