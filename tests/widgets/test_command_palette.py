from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from widgets.command_palette import CommandPalette, matches


@pytest.mark.parametrize(
    ("typed", "text", "fits"),
    [
        ("", "anything", True),
        ("tb", "TensorBoard", True),
        ("new run", "New run", True),
        ("rn", "New run", True),
        ("board ten", "TensorBoard", False),
        ("x", "New run", False),
    ],
)
def test_letters_in_their_order_find_an_action(typed: str, text: str, fits: bool) -> None:
    assert matches(typed, text) is fits


def test_enter_does_the_chosen_action_and_what_is_disabled_is_not_offered(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    done: list[str] = []
    actions = [QAction(text, window) for text in ("Stop", "Start", "Store")]
    for action in actions:
        action.triggered.connect(lambda _=False, text=action.text(): done.append(text))
    actions[0].setEnabled(False)
    palette = CommandPalette(window, actions)
    palette.show()
    qtbot.keyClicks(palette.box, "st")
    assert palette.list.topLevelItemCount() == 2
    qtbot.keyClick(palette.box, Qt.Key.Key_Down)
    qtbot.keyClick(palette.box, Qt.Key.Key_Return)
    assert done == ["Store"]


def test_enter_without_a_match_does_nothing(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    palette = CommandPalette(window, [QAction("Stop", window)])
    palette.show()
    qtbot.keyClicks(palette.box, "zzz")
    qtbot.keyClick(palette.box, Qt.Key.Key_Return)
    assert palette.list.topLevelItemCount() == 0
