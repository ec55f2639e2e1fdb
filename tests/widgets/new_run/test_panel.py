from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from runners.protocol import FRAMEWORKS, State
from runners.templates import all_templates
from storage.store import Store
from tests.widgets.conftest import MakeRun
from widgets.choices import Choices
from widgets.new_run.gallery import TemplateCard
from widgets.new_run.panel import NewRunPanel
from workbench.session import Session


@pytest.fixture
def panel(qtbot: QtBot, session: Session, choices: Choices) -> NewRunPanel:
    made = NewRunPanel(session, choices)
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    made.gallery.choose("mlp")
    made.check()
    return made


def line(panel: NewRunPanel, parameter: str) -> QLineEdit:
    editor = panel.parameters.cell(parameter).editor
    assert isinstance(editor, QLineEdit)
    return editor


def retype(qtbot: QtBot, editor: QLineEdit, text: str) -> None:
    editor.selectAll()
    qtbot.keyClicks(editor, text)


def test_every_template_has_a_card_and_every_declared_parameter_a_field(
    qtbot: QtBot, panel: NewRunPanel
) -> None:
    cards = panel.gallery.findChildren(TemplateCard)
    assert {card.template.name for card in cards} == {each.name for each in all_templates()}
    for template in all_templates():
        panel.gallery.choose(template.name)
        assert all(parameter.name in panel.parameters for parameter in template.parameters)
        assert "learning_rate" in panel.parameters


def test_the_tab_key_goes_from_the_seed_through_the_parameters_to_the_name(
    qtbot: QtBot, panel: NewRunPanel
) -> None:
    for template in ("cnn", "gpt"):
        panel.gallery.choose(template)
        stops: list[QWidget | None] = [panel.setup.seed]
        while stops[-1] is not panel.labels.name and len(stops) < 200:
            here = stops[-1]
            assert here is not None
            stops.append(here.nextInFocusChain())
        declared = panel.gallery.template.declared
        groups = list(dict.fromkeys(each.group for each in declared))
        shown = sorted(declared, key=lambda each: groups.index(each.group))
        places = [stops.index(panel.parameters.cell(each.name).editor) for each in shown]
        assert places == sorted(places)


def test_arrow_keys_choose_the_next_template(qtbot: QtBot, panel: NewRunPanel) -> None:
    names = [template.name for template in all_templates()]
    panel.gallery.choose(names[0])
    panel.gallery.focus_chosen()
    qtbot.keyClick(panel.gallery, Qt.Key.Key_Right)
    assert panel.gallery.template.name == names[1]
    qtbot.keyClick(panel.gallery, Qt.Key.Key_Left)
    assert panel.gallery.template.name == names[0]


@pytest.mark.parametrize(
    ("parameter", "typed", "told"),
    [
        ("learning_rate", "fast", "Learning rate must be a number"),
        ("learning_rate", "-1", "Learning rate must be a number"),
        ("dropout", "1.5", "Dropout must be a number from 0 to 0.9"),
        ("hidden_widths", "64, many", "Hidden widths must be"),
    ],
)
def test_an_error_stands_beside_the_field_while_it_is_typed(
    qtbot: QtBot, panel: NewRunPanel, parameter: str, typed: str, told: str
) -> None:
    cell = panel.parameters.cell(parameter)
    retype(qtbot, line(panel, parameter), typed)
    qtbot.waitUntil(lambda: cell.problem.startswith(told))
    assert not panel.footer.start_button.isEnabled()
    cell.reset()
    qtbot.waitUntil(lambda: cell.problem == "")
    assert panel.footer.start_button.isEnabled()


def test_a_field_offers_its_default_only_while_it_differs(qtbot: QtBot, panel: NewRunPanel) -> None:
    cell = panel.parameters.cell("learning_rate")
    assert not cell.is_changed
    retype(qtbot, line(panel, "learning_rate"), "0.02")
    assert cell.is_changed
    assert panel.parameters.changed_texts() == {"learning_rate": "0.02"}
    retype(qtbot, line(panel, "learning_rate"), "1e-3")
    assert not cell.is_changed


def test_start_queues_what_the_form_says(qtbot: QtBot, panel: NewRunPanel, store: Store) -> None:
    retype(qtbot, line(panel, "learning_rate"), "0.02")
    panel.setup.seed.setValue(11)
    panel.labels.name.setText("mine")
    panel.labels.tags.setText("wide, , night")
    with qtbot.waitSignal(panel.started) as started:
        qtbot.mouseClick(panel.footer.start_button, Qt.MouseButton.LeftButton)
    assert started.args is not None
    [run], watch = started.args
    assert watch
    assert (run.name, run.tags, run.state) == ("mine", ("wide", "night"), State.QUEUED)
    assert run.spec.parameters["learning_rate"] == 0.02
    assert run.spec.seed == 11
    assert [each.id for each in store.queue()] == [run.id]


def test_both_queues_a_pair_that_differs_in_the_framework_only(
    qtbot: QtBot, panel: NewRunPanel, store: Store
) -> None:
    panel.setup.framework.set_value("both")
    panel.labels.name.setText("duel")
    qtbot.waitUntil(lambda: panel.footer.start_button.text() == "Start both")
    with qtbot.waitSignal(panel.started) as started:
        panel.start(watch=False)
    assert started.args is not None
    one, other = started.args[0]
    assert started.args[1] is False
    assert {one.spec.framework, other.spec.framework} == set(FRAMEWORKS)
    assert (one.spec.parameters, one.spec.seed) == (other.spec.parameters, other.spec.seed)
    assert one.spec.dataset_hash == other.spec.dataset_hash
    assert {one.name, other.name} == {"duel-pytorch", "duel-tensorflow"}
    assert len(store.queue()) == 2


def test_starting_another_keeps_the_form(qtbot: QtBot, panel: NewRunPanel, store: Store) -> None:
    retype(qtbot, line(panel, "dropout"), "0.3")
    for count in (1, 2):
        with qtbot.waitSignal(panel.started):
            qtbot.mouseClick(panel.footer.another_button, Qt.MouseButton.LeftButton)
        assert len(store.queue()) == count
        qtbot.waitUntil(panel.footer.another_button.isEnabled)
    assert line(panel, "dropout").text() == "0.3"


def test_a_missing_framework_is_told_beside_the_choice(
    qtbot: QtBot, panel: NewRunPanel, session: Session, store: Store
) -> None:
    store.set_setting("interpreter.tensorflow", "/nowhere/python")
    panel.look_for_frameworks()
    panel.setup.framework.set_value("tensorflow")
    cell = panel.setup.cells["framework"]
    qtbot.waitUntil(lambda: "/nowhere/python" in cell.problem)
    assert not panel.footer.start_button.isEnabled()
    panel.setup.framework.set_value("pytorch")
    qtbot.waitUntil(lambda: not cell.problem)


def test_a_dataset_that_cannot_be_had_is_told_beside_it(
    qtbot: QtBot,
    panel: NewRunPanel,
    session: Session,
    store: Store,
    home_path: object,
    tmp_path: object,
) -> None:
    folder = f"{tmp_path}/empty"
    store.set_setting("source.fashion-mnist", folder)
    panel.setup.dataset.set_value("fashion-mnist")
    panel.check()
    with qtbot.waitSignal(session.failed):
        panel.start()
    assert folder in panel.setup.cells["dataset"].problem
    assert panel.footer.start_button.isEnabled()
    assert store.queue() == []


def test_a_run_is_cloned_into_the_form(
    qtbot: QtBot, panel: NewRunPanel, make_run: MakeRun, session: Session
) -> None:
    run = make_run("old", seed=99, parameters={"learning_rate": 0.25, "hidden_widths": (7, 5)})
    session.call(lambda workbench: workbench.request_of(run), panel.load)
    qtbot.waitUntil(lambda: panel.setup.seed.value() == 99)
    assert line(panel, "learning_rate").text() == "0.25"
    assert line(panel, "hidden_widths").text() == "7, 5"
    assert line(panel, "dropout").text() == "0"


def test_the_form_is_remembered(
    qtbot: QtBot, panel: NewRunPanel, session: Session, choices: Choices
) -> None:
    panel.setup.framework.set_value("both")
    panel.setup.mode.set_value("graph")
    retype(qtbot, line(panel, "dropout"), "0.3")
    panel.remember()
    again = NewRunPanel(session, choices)
    qtbot.addWidget(again)
    assert again.gallery.template.name == "mlp"
    assert again.setup.framework.value == "both"
    assert again.setup.mode.value == "graph"
    assert again.parameters.changed_texts() == {"dropout": "0.3"}


def test_what_was_remembered_by_another_version_is_not_trusted(
    qtbot: QtBot, session: Session, choices: Choices
) -> None:
    for kept in ("no json", "[]", '{"parameters": {"epochs": "many"}, "template": "gone"}'):
        choices.set("new_run/form", kept)
        panel = NewRunPanel(session, choices)
        qtbot.addWidget(panel)
        assert panel.footer.start_button.isEnabled()


def test_the_wrong_dataset_for_a_network_is_told(qtbot: QtBot, panel: NewRunPanel) -> None:
    panel.gallery.choose("cnn")
    retype(qtbot, line(panel, "filters"), "8, 8, 8, 8, 8, 8")
    qtbot.waitUntil(lambda: panel.parameters.cell("filters").problem != "")
    assert not panel.footer.start_button.isEnabled()


def test_every_field_has_a_name_for_those_who_cannot_see_it(
    qtbot: QtBot, panel: NewRunPanel
) -> None:
    cells = [panel.parameters.cell(name) for name in panel.parameters.texts()]
    cells += list(panel.setup.cells.values())
    assert all(cell.editor.accessibleName() for cell in cells)


def test_how_a_run_waits_is_asked_and_reaches_the_request(panel: NewRunPanel) -> None:
    assert panel.requests()[0].priority == 0
    panel.queue.set_values(7, held=True, alone=True)
    request = panel.requests()[0]
    assert (request.priority, request.held, request.alone) == (7, True, True)


def test_a_clone_keeps_how_it_waits_and_tells_where_it_came_from_until_that_is_forgotten(
    panel: NewRunPanel,
) -> None:
    asked = replace(panel.requests()[0], priority=3, alone=True, parent=12, tags=("a", "b"))
    panel.queue.set_values(0, held=True, alone=False)
    panel.load(asked)
    loaded = panel.requests()[0]
    assert (loaded.priority, loaded.held, loaded.alone) == (3, False, True)
    assert (loaded.parent, loaded.tags) == (12, ("a", "b"))
    panel.lineage.forget()
    assert panel.requests()[0].parent is None
