from __future__ import annotations

from collections.abc import Iterator
from urllib.request import ProxyHandler, build_opener

import pytest
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from tests.widgets.conftest import MakeRun
from widgets.tensorboard_opener import TensorBoardOpener
from workbench.session import Session


class Browser(QObject):
    """Takes the addresses that would be opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


@pytest.fixture
def browser(qtbot: QtBot) -> Iterator[Browser]:
    made = Browser()
    QDesktopServices.setUrlHandler("http", made, "open")  # type: ignore[call-overload]
    yield made
    QDesktopServices.unsetUrlHandler("http")


@pytest.mark.usefixtures("localhost")
def test_it_opens_when_it_answers_and_the_same_runs_open_the_same_one_again(
    qtbot: QtBot, session: Session, make_run: MakeRun, browser: Browser
) -> None:
    run = make_run("one")
    opener = TensorBoardOpener(session)
    try:
        opener.open((run.id,))
        opener.open((run.id,))
        qtbot.waitUntil(lambda: len(browser.opened) == 1)
        with build_opener(ProxyHandler({})).open(browser.opened[0], timeout=120) as page:
            assert page.status == 200
        opener.open((run.id,))
        assert browser.opened == [browser.opened[0]] * 2
    finally:
        opener.close()


def test_closing_the_window_does_not_wait_for_one_that_is_starting(
    qtbot: QtBot, session: Session, make_run: MakeRun, browser: Browser
) -> None:
    make_run("one")
    opener = TensorBoardOpener(session)
    with qtbot.waitSignal(session.notice):
        opener.open(())
    qtbot.waitUntil(lambda: opener._board is not None)
    opener.close()
    session.close()
    assert browser.opened == []
