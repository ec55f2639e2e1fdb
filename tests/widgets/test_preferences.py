from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from runners.devices import Device
from storage.store import Store
from widgets.new_run.editors import ChoiceBox
from widgets.preferences import Preferences
from workbench.session import Session


@pytest.fixture
def dialog(qtbot: QtBot, session: Session) -> Iterator[Preferences]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = Preferences(parent, session)
    made.open()
    qtbot.waitUntil(made.save_button.isEnabled)
    yield made
    parent.close()


def line_of(dialog: Preferences, name: str) -> QLineEdit:
    edit = dialog.edits[name]
    assert isinstance(edit, QLineEdit)
    return edit


def test_what_is_saved_is_kept_in_the_home(
    qtbot: QtBot, dialog: Preferences, store: Store, tmp_path: Path
) -> None:
    line_of(dialog, "cpu_lanes").setText("1")
    line_of(dialog, "source.fashion-mnist").setText(str(tmp_path))
    with qtbot.waitSignal(dialog.saved):
        qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    assert store.setting("cpu_lanes") == 1
    assert store.setting("source.fashion-mnist") == str(tmp_path)


def test_what_cannot_be_kept_is_told_beside_its_field_and_the_dialog_stays(
    qtbot: QtBot, dialog: Preferences, store: Store
) -> None:
    line_of(dialog, "cpu_lanes").setText("none at all")
    qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "none at all" in dialog.cells["cpu_lanes"].problem)
    assert dialog.isVisible()
    assert store.setting("cpu_lanes") is None


def test_an_emptied_field_goes_back_to_the_default(
    qtbot: QtBot, session: Session, store: Store, tmp_path: Path
) -> None:
    store.set_setting("source.fashion-mnist", str(tmp_path))
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = Preferences(parent, session)
    dialog.open()
    qtbot.waitUntil(dialog.save_button.isEnabled)
    line_of(dialog, "source.fashion-mnist").clear()
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    assert store.setting("source.fashion-mnist") is None


def test_what_follows_a_failure_is_chosen_and_each_gpu_has_a_limit(
    qtbot: QtBot, session: Session, store: Store
) -> None:
    session.devices = [Device("cpu", "a CPU", 1, 0, None), Device("cuda:0", "a GPU", 1, 0, None)]
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = Preferences(parent, session)
    dialog.open()
    qtbot.waitUntil(dialog.save_button.isEnabled)
    assert "queue.held" not in dialog.edits
    after = dialog.edits["queue.after_failure"]
    assert isinstance(after, ChoiceBox)
    after.set_value("hold")
    line_of(dialog, "limit.cuda:0").setText("2")
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    assert store.setting("queue.after_failure") == "hold"
    assert store.setting("limit.cuda:0") == 2
