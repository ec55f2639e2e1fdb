from __future__ import annotations

import sys
from dataclasses import asdict

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from storage.store import Store
from widgets.interpreters import InterpreterCell, InterpreterDialog
from workbench import environments
from workbench.environments import ENVIRONMENTS_SETTING, Environment
from workbench.session import Session

BARE = Environment("/usr/bin/env", "system", "3.9.1")
FULL = Environment(
    sys.executable, "own", "3.11.2", {"torch": "2.13", "keras": "3"}, ("cuda:0 GPU",)
)


def opened(qtbot: QtBot, session: Session) -> InterpreterDialog:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = InterpreterDialog(parent, session)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.open()
    dialog._kept_parent = parent  # type: ignore[attr-defined]
    return dialog


def cells(dialog: InterpreterDialog, row: int) -> list[str]:
    found = [dialog.table.item(row, column) for column in range(dialog.table.columnCount())]
    return [item.text() for item in found if item is not None]


def test_what_is_known_is_shown_at_once_those_with_a_framework_first(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    store.set_setting(ENVIRONMENTS_SETTING, [asdict(BARE), asdict(FULL)])
    dialog = opened(qtbot, session)
    qtbot.waitUntil(dialog.use_button.isEnabled)
    assert cells(dialog, 0) == [sys.executable, "3.11.2", "2.13", "–", "cuda:0 GPU", "Twinbench's own", "keras 3"]  # fmt: skip
    assert cells(dialog, 1)[:2] == ["/usr/bin/env", "3.9.1"]
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.use_button, Qt.MouseButton.LeftButton)
    assert chosen.args == [sys.executable]


def test_where_nothing_is_known_the_machine_is_looked_through(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "candidates", lambda _near: [(sys.executable, "own")])
    dialog = opened(qtbot, session)
    qtbot.waitUntil(dialog.use_button.isEnabled)
    assert cells(dialog, 0)[0] == sys.executable
    assert cells(dialog, 0)[1] == ".".join(map(str, sys.version_info[:3]))
    dialog.reject()


def test_the_choice_stands_in_the_field(qtbot: QtBot, session: Session, store: Store) -> None:
    store.set_setting(ENVIRONMENTS_SETTING, [asdict(FULL)])
    cell = InterpreterCell(session, "Python", "which")
    qtbot.addWidget(cell)
    cell.show()
    cell.choose()
    (dialog,) = cell.window().findChildren(InterpreterDialog)
    qtbot.waitUntil(dialog.use_button.isEnabled)
    dialog.use()
    assert cell.edit.text() == sys.executable
