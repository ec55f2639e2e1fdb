from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from storage.home import Home
from tests.homes import open_store
from tests.storage.examples import SPEC
from widgets.refusal import Refusal
from workbench.session import Session


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a run, whose history was moved away."""
    home = Home(tmp_path / "home")
    store = open_store(home)
    run = store.create_run(SPEC, name="kept")
    store.trash([run.id])  # so that no scheduler is started for it
    store.close()
    home.database.rename(home.path / "away.db")
    return home


@pytest.fixture
def session(home: Home) -> Iterator[Session]:
    session = Session(home.path)
    yield session
    session.close()


@pytest.fixture
def refusal(qtbot: QtBot, session: Session) -> Iterator[Refusal]:
    window = QWidget()
    qtbot.addWidget(window)
    refusal = Refusal(window, session)
    with qtbot.waitSignal(session.unusable):
        session.open()
    yield refusal
    refusal._drop()


def test_the_box_says_what_is_wrong_and_where(refusal: Refusal, home: Home) -> None:
    assert refusal.box is not None
    assert refusal.box.isVisible()
    assert "history.db is not there" in refusal.box.informativeText()
    assert str(home.path) in refusal.box.informativeText()


def test_the_window_opens_by_itself_when_the_history_is_back(
    qtbot: QtBot, refusal: Refusal, session: Session, home: Home
) -> None:
    with qtbot.waitSignal(session.ready):
        (home.path / "away.db").rename(home.database)
    assert refusal.box is None


def test_the_history_can_be_rebuilt_from_the_box(
    qtbot: QtBot, refusal: Refusal, session: Session, home: Home
) -> None:
    assert refusal.box is not None
    (button,) = [b for b in refusal.box.findChildren(QPushButton) if "Rebuild" in b.text()]
    with qtbot.waitSignal(session.ready):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert refusal.box is None
    store = open_store(home)
    assert store.run(1).name == "kept"
    store.close()
