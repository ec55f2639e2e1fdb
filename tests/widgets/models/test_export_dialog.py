from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from runners.protocol import Framework, State
from storage.home import Home
from storage.records import RunRecord
from storage.store import Store
from tests.widgets.conftest import MakeRun
from widgets.models.export_dialog import ExportDialog
from widgets.models.format_row import FormatRow
from workbench.bench import Workbench
from workbench.exports.door import Exported, ExportProgress
from workbench.exports.offers import Offer
from workbench.processes import run_lines
from workbench.requests import RunRequest
from workbench.session import Session


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def opened(qtbot: QtBot, parent: QWidget, session: Session, run: RunRecord) -> ExportDialog:
    """The dialog, when it knows what can be made."""
    dialog = ExportDialog(parent, session, run)
    dialog.show()
    qtbot.waitUntil(lambda: bool(dialog.rows) and dialog.rows[-1].isVisible())
    return dialog


def keep_checkpoint(home: Path, run: RunRecord, content: bytes = b"damaged") -> None:
    folder = Home(home).run_folder(run.id).checkpoints
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.*"):
        path.unlink()
    (folder / "last.pt").write_bytes(content)


def row_of(dialog: ExportDialog, name: str) -> FormatRow:
    return next(each for each in dialog.rows if each.id == name)


@pytest.mark.parametrize(("state", "why"), [(State.FINISHED, "no checkpoint"), (State.RUNNING, "once it has ended")])  # fmt: skip
def test_a_run_that_cannot_be_exported_says_why_and_offers_nothing(
    qtbot: QtBot, parent: QWidget, session: Session, make_run: MakeRun, state: State, why: str
) -> None:
    dialog = opened(qtbot, parent, session, make_run("one", state))
    assert why in dialog.said.text()
    assert dialog.said.property("role") == "error"
    assert not any(each.box.isEnabled() for each in dialog.rows)
    assert not dialog.all_button.isEnabled()
    assert not dialog.export_button.isEnabled()
    dialog.reject()


def test_the_formats_are_those_of_the_framework_with_what_each_lacks(
    qtbot: QtBot, parent: QWidget, session: Session, make_run: MakeRun, home_path: Path
) -> None:
    run = make_run("one", framework=Framework.TENSORFLOW, interpreter=sys.executable)
    keep_checkpoint(home_path, run)
    dialog = opened(qtbot, parent, session, run)
    names = [each.id for each in dialog.rows]
    assert "saved-model" in names
    assert not {"trained", "pt2"} & set(names)
    engine = row_of(dialog, "tensorrt")
    assert not engine.box.isEnabled()
    assert engine.said.text()
    qtbot.waitUntil(lambda: row_of(dialog, "safetensors").box.hasFocus() or not dialog.isActiveWindow())  # fmt: skip
    qtbot.mouseClick(dialog.all_button, Qt.MouseButton.LeftButton)
    assert set(dialog.chosen) == {each.id for each in dialog.rows if not each.offer.problem}
    assert dialog.export_button.isEnabled()
    dialog.all_button.click()
    assert not dialog.chosen
    assert not dialog.export_button.isEnabled()
    dialog.reject()


def test_what_becomes_of_each_format_is_told_in_its_row(
    qtbot: QtBot, parent: QWidget, session: Session, make_run: MakeRun, home_path: Path
) -> None:
    run = make_run("one", interpreter=sys.executable)
    keep_checkpoint(home_path, run)
    dialog = opened(qtbot, parent, session, run)
    row = row_of(dialog, "onnx")
    dialog._show_progress(ExportProgress("onnx", "checking", "on 360 samples", 0.5))
    assert row.said.text() == "Checking it against the trained model: on 360 samples"
    assert dialog.bar.value() == 500
    row.box.setChecked(True)
    dialog._show_exported([Exported("onnx", None, "It has no operator for that.")])
    assert row.said.text() == "It has no operator for that."
    assert row.said.property("role") == "error"
    assert dialog.said.text().startswith("Nothing was exported.")
    assert row.box.isChecked()
    dialog._show_exported([])
    assert "cancelled" in row.said.text()
    dialog.reject()


def test_what_pip_cannot_install_is_told_with_its_log(
    qtbot: QtBot, parent: QWidget, session: Session, make_run: MakeRun, home_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    run = make_run("one", interpreter=sys.executable)
    keep_checkpoint(home_path, run)
    dialog = opened(qtbot, parent, session, run)
    lacking = Offer(row_of(dialog, "onnx").offer.format, "It needs that.", ("no-such-thing>=1",), "python -m pip install")  # fmt: skip
    dialog.rows[0].show_offer(lacking)
    assert dialog.rows[0].install.isVisible()
    qtbot.mouseClick(dialog.rows[0].install, Qt.MouseButton.LeftButton)
    assert dialog.is_busy
    qtbot.waitUntil(lambda: not dialog.is_busy)
    assert "pip could not install no-such-thing>=1" in dialog.said.text()
    assert dialog.log.isVisible()
    assert "no-such-thing" in dialog.log.toPlainText()
    assert row_of(dialog, "torchscript").box.isEnabled()
    dialog.reject()


def trained(session: Session, store: Store, qtbot: QtBot) -> RunRecord:
    """A small run, trained here."""
    runs: list[RunRecord] = []
    request = RunRequest(template="mlp", framework=Framework.PYTORCH, dataset="digits", parameters={"epochs": "1", "hidden_widths": "8"})  # fmt: skip

    def train(workbench: Workbench) -> RunRecord:
        run = workbench.queue(request)
        folder = str(workbench.home.run_folder(run.id).path)
        words = [sys.executable, "-m", "runners.train", folder, "--datasets", str(workbench.home.datasets), "--device", "cpu"]  # fmt: skip
        log: list[str] = []
        assert run_lines(words, lambda _: None, log.append) == 0, log
        return run

    session.call(train, runs.append)
    qtbot.waitUntil(lambda: bool(runs))
    store.set_state(runs[0].id, State.FINISHED)
    return store.run(runs[0].id)


@pytest.mark.long
def test_a_run_is_exported_by_the_keyboard_cancelled_and_a_damaged_checkpoint_told(
    qtbot: QtBot, parent: QWidget, session: Session, store: Store, home_path: Path
) -> None:
    run = trained(session, store, qtbot)
    folder = Home(home_path).run_folder(run.id).path / "exports"
    dialog = opened(qtbot, parent, session, run)
    dialog.measure.setChecked(False)
    row = row_of(dialog, "safetensors")
    qtbot.keyClick(row.box, Qt.Key.Key_Space)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.is_busy
    assert dialog.close_button.text() == "Cancel"
    assert not row.box.isEnabled()
    qtbot.waitUntil(lambda: not dialog.is_busy)
    assert "made, and passed its check" in row.said.text()
    assert [path.name for path in folder.iterdir()] == ["safetensors"]

    row.box.setChecked(True)
    dialog.export_button.click()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    qtbot.waitUntil(lambda: not dialog.is_busy)
    assert "cancelled" in row.said.text()
    assert [path.name for path in folder.iterdir()] == ["safetensors"]

    keep_checkpoint(home_path, run)
    row.box.setChecked(True)
    dialog.export_button.click()
    qtbot.waitUntil(lambda: not dialog.is_busy)
    assert row.said.property("role") == "error"
    assert "checkpoint" in row.said.text()
    with qtbot.waitSignal(dialog.exported) as told:
        dialog.show_button.click()
    (made,) = store.exports.list()
    assert told.args[0] == [made.id]

    again = opened(qtbot, parent, session, run)
    assert row_of(again, "safetensors").said.text().startswith("Exported already")
    assert made.name in row_of(again, "safetensors").said.text()
    assert not row_of(again, "pt2").said.text()
    again.reject()
