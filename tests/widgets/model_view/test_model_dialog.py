from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from runners.protocol import FRAMEWORKS, Framework
from widgets.choices import Choices
from widgets.model_view.model_dialog import CODE, LAYERS
from widgets.new_run.panel import NewRunPanel
from workbench.session import Session


@pytest.fixture
def panel(qtbot: QtBot, session: Session, choices: Choices) -> NewRunPanel:
    made = NewRunPanel(session, choices)
    qtbot.addWidget(made)
    made.show()
    made.gallery.choose("mlp")
    made.setup.choose_dataset("digits")
    made.check()
    return made


def test_the_layers_follow_the_form(panel: NewRunPanel) -> None:
    panel.layers_button.click()
    assert panel.model.isVisible()
    assert panel.model.pages.currentIndex() == LAYERS
    panel.parameters.set_texts({"hidden_widths": "10, 5"})
    panel.check()
    model = panel.model.layers.model
    shown = [[str(model.index(r, c).data()) for c in range(4)] for r in range(model.rowCount())]
    assert shown[1] == ["hidden_1", "dense", "10", "650"]
    assert [shown[-1][0], shown[-1][3]] == ["Sum", "765"]
    assert "765 weights" in panel.model.layers.sums.text()


def test_the_layers_can_be_copied_as_csv(panel: NewRunPanel) -> None:
    panel.parameters.set_texts({"hidden_widths": "10"})
    panel.open_model(LAYERS)
    panel.model.layers.copy.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("layer,kind,output,trained")
    assert lines[2].startswith("hidden_1,dense,10,650,0,640,2600,")


def test_gradient_checkpointing_shows_what_it_keeps_the_same_in_both_frameworks(
    panel: NewRunPanel,
) -> None:
    panel.gallery.choose("resnet")
    panel.setup.choose_dataset("digits")
    panel.open_model(LAYERS)
    panel.check()
    view = panel.model.layers
    kept = view.model.columnCount() - 1
    assert view.table.isColumnHidden(kept)
    assert "checkpointing" not in view.sums.text()
    told = set()
    panel.parameters.set_texts({"gradient_checkpointing": "true"})
    for framework in FRAMEWORKS:
        panel.setup.framework.set_value(framework)
        panel.check()
        assert not view.table.isColumnHidden(kept)
        shown = tuple(str(view.model.index(r, kept).data()) for r in range(view.model.rowCount()))
        assert "computed again" in shown
        assert "it saves" in view.sums.text()
        told.add((shown, view.sums.text()))
    assert len(told) == 1


def test_a_form_that_makes_no_model_says_so_and_is_mended(panel: NewRunPanel) -> None:
    panel.open_model(LAYERS)
    panel.parameters.set_texts({"hidden_widths": "0"})
    panel.check()
    assert "Hidden widths must be" in panel.model.problem.text()
    assert not panel.model.pages.isEnabled()
    panel.parameters.set_texts({"hidden_widths": "3"})
    panel.check()
    assert panel.model.pages.isEnabled()
    assert not panel.model.problem.isVisible()


def test_both_files_stand_side_by_side_and_scroll_together(panel: NewRunPanel) -> None:
    panel.gallery.choose("resnet")
    panel.setup.choose_dataset("fashion-mnist")
    panel.check()
    panel.code_button.click()
    assert panel.model.pages.currentIndex() == CODE
    one, other = (panel.model.code.sides[each].text for each in FRAMEWORKS)
    assert "nn.Module" in one.toPlainText()
    assert "keras.Model" in other.toPlainText()
    assert one.blockCount() == other.blockCount()
    one.verticalScrollBar().setValue(9)
    assert other.verticalScrollBar().value() == 9


def test_the_code_that_is_copied_has_no_gaps(panel: NewRunPanel) -> None:
    panel.open_model(CODE)
    panel.model.code.sides[Framework.TENSORFLOW].copy.click()
    text = QGuiApplication.clipboard().text()
    assert text == panel.model.code._shown[Framework.TENSORFLOW]


def test_the_training_is_saved_as_a_script(
    qtbot: QtBot, panel: NewRunPanel, session: Session, tmp_path: Path
) -> None:
    panel.open_model(CODE)
    panel.model.code.sides[Framework.PYTORCH].save.click()
    (dialog,) = panel.model.findChildren(QFileDialog)
    with qtbot.waitSignal(session.notice):
        dialog.fileSelected.emit(str(tmp_path / "mlp.py"))
    dialog.close()
    assert ast.parse((tmp_path / "mlp.py").read_text("utf-8"))


def test_a_script_that_cannot_be_written_is_told_of(panel: NewRunPanel) -> None:
    panel.parameters.set_texts({"mixup": "0.2"})
    panel.open_model(CODE)
    panel.model.code.sides[Framework.PYTORCH].save.click()
    assert "mixup" in panel.model.problem.text()
    assert not panel.model.findChildren(QFileDialog)
