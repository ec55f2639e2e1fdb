from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event
from time import sleep

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from widgets.choices import Choices
from widgets.dialogs import LineDialog
from widgets.new_run import own_templates
from widgets.new_run.own_templates import CheckDialog
from widgets.new_run.panel import NewRunPanel
from workbench.errors import WorkbenchError
from workbench.session import Session
from workbench.template_check import Finding


@pytest.fixture
def panel(qtbot: QtBot, session: Session, choices: Choices) -> NewRunPanel:
    made = NewRunPanel(session, choices)
    qtbot.addWidget(made)
    made.show()
    made.gallery.choose("mlp")
    return made


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[object], None]]:
    """Gives what the check of a template answers: findings, an error, or nothing until it is cancelled."""
    answers: list[object] = []

    def check(_workbench: object, _name: str, _texts: object, cancelled: Callable[[], bool]) -> object:  # fmt: skip
        answer = answers.pop()
        if isinstance(answer, Event):
            while not cancelled():
                sleep(0.01)
            answer.set()
            raise WorkbenchError("cancelled")
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(own_templates, "check_own", check)
    yield answers.append
    assert not answers


def words(dialog: CheckDialog) -> str:
    return "\n".join(each.text() for each in dialog.findChildren(QLabel))


def test_a_new_template_is_made_from_the_chosen_one_and_then_chosen(
    qtbot: QtBot, panel: NewRunPanel, session: Session
) -> None:
    panel.own.begin.trigger()
    dialog = panel.window().findChild(LineDialog)
    assert dialog is not None
    assert dialog.edit.text() == "my_mlp"
    edit = dialog.findChild(QLineEdit)
    assert edit is not None
    edit.setText("mlp")
    assert not dialog.save.isEnabled()
    edit.setText("wide_mlp")
    dialog.save.click()
    qtbot.waitUntil(lambda: panel.gallery.template.name == "wide_mlp")
    assert (session.templates_folder / "wide_mlp" / "pytorch.py").exists()


def test_a_check_tells_what_differs(
    qtbot: QtBot, panel: NewRunPanel, session: Session, checked: Callable[[object], None]
) -> None:
    checked([Finding("weights", True, "10 in both"), Finding("outputs", False, "0.1 apart")])
    dialog = CheckDialog(panel, session, panel.gallery.template, {})
    qtbot.waitUntil(lambda: "differ" in dialog.verdict.text())
    assert "0.1 apart" in words(dialog)
    checked(WorkbenchError("PyTorch: pytorch.py, line 12: NameError: name 'nm' is not defined"))
    dialog.again.click()
    qtbot.waitUntil(lambda: "line 12" in words(dialog))
    checked([Finding("weights", True, "10 in both")])
    dialog.again.click()
    qtbot.waitUntil(lambda: "one model" in dialog.verdict.text())
    dialog.close()


def test_closing_a_check_cancels_it(
    qtbot: QtBot, panel: NewRunPanel, session: Session, checked: Callable[[object], None]
) -> None:
    cancelled = Event()
    checked(cancelled)
    dialog = CheckDialog(panel, session, panel.gallery.template, {})
    dialog.open()
    dialog.close()
    qtbot.waitUntil(cancelled.is_set)
