from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from runners.protocol import State
from widgets.icons import GLYPHS, state_icon
from widgets.theme import run_color, state_color, theme
from workbench.colors import DARK, LIGHT


@pytest.fixture(autouse=True)
def _light_again(qapp: QApplication) -> Iterator[None]:
    yield
    theme().apply("light")


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_the_window_takes_the_chosen_colours(qtbot: QtBot, choice: str) -> None:
    with qtbot.waitSignal(theme().changed):
        theme().apply(choice)
    wanted = {"light": LIGHT, "dark": DARK}[choice]
    assert QApplication.palette().color(QPalette.ColorRole.Base) == QColor(wanted.base)
    assert wanted.accent in QApplication.instance().styleSheet()  # type: ignore[union-attr]
    assert run_color(0) == QColor(wanted.runs[0])
    assert state_color(State.FAILED) == QColor(wanted.states[State.FAILED])


def test_a_choice_that_is_none_follows_the_system(qapp: QApplication) -> None:
    theme().apply("purple")
    assert theme().choice == "system"


def test_the_eleventh_run_has_the_first_colour_again(qapp: QApplication) -> None:
    theme().apply("light")
    assert run_color(10) == run_color(0) != run_color(1)


def test_every_state_has_an_icon_that_shows_in_its_colour(qapp: QApplication) -> None:
    theme().apply("dark")
    assert set(GLYPHS) == set(State)
    for state in State:
        image = state_icon(state).pixmap(32, 32).toImage()
        drawn = {
            image.pixelColor(x, y).name()
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() == 255
        }
        assert state_color(state).name() in drawn, state
