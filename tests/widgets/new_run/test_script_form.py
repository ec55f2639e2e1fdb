from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from runners.protocol import State
from storage.store import Store
from widgets.choices import Choices
from widgets.new_run.panel import NewRunPanel
from workbench.script_requests import ScriptRequest
from workbench.session import Session

TEXT = """
import argparse, torch
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1, help="of the optimizer")
parser.add_argument("--data", required=True)
parser.add_argument("--fast", action="store_true")
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(TEXT)
    return path


@pytest.fixture
def panel(qtbot: QtBot, session: Session, choices: Choices) -> NewRunPanel:
    made = NewRunPanel(session, choices)
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    made.choose_script()
    made.check()
    return made


def option(panel: NewRunPanel, name: str) -> QLineEdit:
    editor = panel.script.parameters.cell(name).editor
    assert isinstance(editor, QLineEdit)
    return editor


def test_without_a_script_it_is_asked_for_and_nothing_is_wrong_yet(panel: NewRunPanel) -> None:
    assert not panel.footer.start_button.isEnabled()
    assert panel.script.cells["script"].problem == ""
    assert panel.script.isVisible()
    assert not panel.gallery.isVisible()
    panel.what.set_value("template")
    assert panel.gallery.isVisible()
    assert not panel.script.isVisible()


def test_its_options_are_fields_and_what_is_missing_is_told(
    qtbot: QtBot, panel: NewRunPanel, script: Path
) -> None:
    panel.script.file.setText(str(script))
    panel.check()
    assert option(panel, "lr").text() == "0.1"
    assert "asks for Data" in panel.script.parameters.cell("data").problem
    assert not panel.footer.start_button.isEnabled()
    qtbot.keyClicks(option(panel, "data"), "d")
    panel.check()
    assert panel.footer.start_button.isEnabled()
    script.write_text(TEXT.replace("--fast", "--slow"))
    panel.check()
    assert "slow" in panel.script.parameters
    assert option(panel, "data").text() == "d"


def test_a_file_that_is_not_there_is_told_beside_its_field(panel: NewRunPanel) -> None:
    panel.script.file.setText("/nowhere/train.py")
    panel.check()
    assert "there is no file" in panel.script.cells["script"].problem


def test_start_queues_the_script_with_all_that_was_typed(
    qtbot: QtBot, panel: NewRunPanel, script: Path, store: Store
) -> None:
    panel.script.file.setText(str(script))
    option(panel, "data").setText("d")
    option(panel, "lr").setText("0.5")
    panel.script.arguments.setText("--more words")
    panel.labels.name.setText("mine")
    panel.queue.interpreter.edit.setText(sys.executable)
    panel.check()
    with qtbot.waitSignal(panel.started) as started:
        qtbot.mouseClick(panel.footer.start_button, Qt.MouseButton.LeftButton)
    assert started.args is not None
    (run,) = started.args[0]
    assert (run.name, run.state) == ("mine", State.QUEUED)
    assert run.spec.script is not None
    assert run.spec.script.command_line == ("--lr", "0.5", "--data", "d", "--more", "words")
    assert run.spec.interpreter == sys.executable


def test_what_queueing_refuses_is_told_beside_the_field(
    qtbot: QtBot, panel: NewRunPanel, script: Path
) -> None:
    panel.script.file.setText(str(script))
    option(panel, "data").setText("d")
    panel.queue.interpreter.edit.setText("/nowhere/python")
    panel.check()
    panel.start()
    qtbot.waitUntil(lambda: "is not a program" in panel.queue.interpreter.problem)


def test_a_script_is_loaded_to_be_edited_and_started_again(
    panel: NewRunPanel, script: Path
) -> None:
    panel.what.set_value("template")
    asked = ScriptRequest(
        script=str(script), arguments=("a b", "c"), parameters={"data": "d", "lr": 0.25, "fast": True},
        folder=str(script.parent), interpreter="/usr/bin/python3", device="cpu", parent=3, tags=("x",),
    )  # fmt: skip
    panel.load(asked)
    (again,) = panel.requests()
    assert isinstance(again, ScriptRequest)
    assert again.arguments == "'a b' c"
    assert dict(again.parameters) == {"data": "d", "lr": "0.25", "fast": "true"}
    assert (again.folder, again.interpreter, again.device) == (asked.folder, asked.interpreter, "cpu")  # fmt: skip
    assert (again.parent, again.tags) == (3, ("x",))


def test_the_form_is_remembered(
    qtbot: QtBot, panel: NewRunPanel, script: Path, session: Session, choices: Choices
) -> None:
    panel.script.file.setText(str(script))
    option(panel, "data").setText("d")
    panel.remember()
    again = NewRunPanel(session, choices)
    qtbot.addWidget(again)
    assert again.runs_script
    assert again.script.file.text() == str(script)
    assert option(again, "data").text() == "d"


def test_a_run_on_a_dataset_goes_from_the_script_to_the_templates(
    qtbot: QtBot, panel: NewRunPanel
) -> None:
    panel.train_on("iris")
    qtbot.waitUntil(lambda: panel.setup.dataset.value == "iris")
    assert not panel.runs_script
