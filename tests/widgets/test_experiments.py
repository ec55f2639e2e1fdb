from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from storage.store import Store
from tests.widgets.conftest import MakeRun
from widgets.dialogs import LineDialog
from widgets.experiments import ExperimentsDialog
from workbench.session import Session

Open = Callable[..., ExperimentsDialog]


@pytest.fixture
def open_dialog(qtbot: QtBot, session: Session, store: Store, make_run: MakeRun) -> Open:
    runs = [make_run(name) for name in ("one", "two", "three")]
    store.set_experiment([runs[0].id, runs[1].id], "width")
    store.set_experiment([runs[2].id], "<b>depth</b>")
    qtbot.waitUntil(
        lambda: (
            sorted(run.experiment for run in session.runs.values())
            == ["<b>depth</b>", "width", "width"]
        )
    )

    parent = QWidget()
    qtbot.addWidget(parent)

    def open_(name: str = "") -> ExperimentsDialog:
        dialog = ExperimentsDialog(parent, session, name)
        dialog.show()
        return dialog

    return open_


def rows(dialog: ExperimentsDialog) -> dict[str, str]:
    items = [dialog.list.topLevelItem(row) for row in range(dialog.list.topLevelItemCount())]
    return {item.text(0): item.text(1) for item in items if item is not None}


def rename_to(qtbot: QtBot, dialog: ExperimentsDialog, name: str) -> None:
    qtbot.mouseClick(dialog.rename, Qt.MouseButton.LeftButton)
    asked = dialog.findChild(LineDialog)
    assert isinstance(asked, LineDialog)
    asked.edit.setText(name)
    qtbot.mouseClick(asked.save, Qt.MouseButton.LeftButton)


def test_experiments_stand_there_with_their_counts_as_text(open_dialog: Open) -> None:
    dialog = open_dialog("width")
    assert rows(dialog) == {"<b>depth</b>": "1", "width": "2"}
    assert dialog.title.full == "width"
    assert dialog.facts.text().startswith("2 runs")
    dialog.search.setText("DEP")
    assert list(rows(dialog)) == ["<b>depth</b>"]


def test_the_note_of_an_experiment_is_kept(qtbot: QtBot, open_dialog: Open, store: Store) -> None:
    dialog = open_dialog("width")
    qtbot.waitUntil(dialog.note.isVisible)
    dialog.note.edit()
    qtbot.keyClicks(dialog.note.editor, "how **wide**")
    dialog.note.commit()
    qtbot.waitUntil(lambda: store.experiment("width").note == "how **wide**")
    again = open_dialog("width")
    qtbot.waitUntil(lambda: again.note.view.toPlainText() == "how wide")


def test_an_experiment_gets_another_name(qtbot: QtBot, open_dialog: Open, store: Store) -> None:
    dialog = open_dialog("width")
    rename_to(qtbot, dialog, "breadth")
    qtbot.waitUntil(lambda: store.experiments() == ["<b>depth</b>", "breadth"])
    qtbot.waitUntil(lambda: dialog.title.full == "breadth")


def test_joining_another_experiment_is_asked_before(
    qtbot: QtBot, open_dialog: Open, store: Store
) -> None:
    dialog = open_dialog("<b>depth</b>")
    rename_to(qtbot, dialog, "width")
    box = dialog.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "1 run of <b>depth</b> join" in box.text()
    assert store.experiments() == ["<b>depth</b>", "width"]
    join = next(each for each in box.findChildren(QPushButton) if each.text() == "Make them one")
    qtbot.mouseClick(join, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: store.experiments() == ["width"])


def test_its_runs_are_shown_by_filtering(qtbot: QtBot, open_dialog: Open) -> None:
    dialog = open_dialog("width")
    with qtbot.waitSignal(dialog.filter_wanted) as wanted:
        qtbot.mouseClick(dialog.show_runs, Qt.MouseButton.LeftButton)
    assert wanted.args == ["experiment", "width"]
