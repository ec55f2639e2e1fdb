from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from tests.widgets.duel.conftest import MATCH
from widgets.duel.match_form import MatchForm
from workbench.duel.match import Match, Scaling, Target


@pytest.fixture
def form(qtbot: QtBot) -> MatchForm:
    made = MatchForm()
    qtbot.addWidget(made)
    made.load(MATCH)
    return made


@pytest.mark.parametrize(
    "match",
    [
        MATCH,
        replace(MATCH, seeds=(7, 9), target=Target("val/accuracy", 0.85), name="mine"),
        replace(MATCH, scaling=Scaling((16, 64), (1, 2), largest_batch=True)),
        replace(MATCH, template="cnn", dataset="fashion-mnist", parameters={"time_limit": 60.0}),
    ],
)
def test_a_match_that_is_shown_is_asked_for_again_as_it_is(form: MatchForm, match: Match) -> None:
    form.load(match)
    assert form.asked().match == match
    assert not form.asked().problems


def test_further_seeds_follow_those_of_the_match(form: MatchForm) -> None:
    form.load(replace(MATCH, seeds=(7, 9)))
    form.count.setValue(4)
    match = form.asked().match
    assert match is not None
    assert match.seeds == (7, 9, 10, 11)


def test_only_what_differs_from_the_template_is_asked_for(form: MatchForm) -> None:
    form.load(replace(MATCH, parameters={}))
    match = form.asked().match
    assert match is not None
    assert match.parameters == {}


def test_a_target_is_offered_by_what_the_task_measures(form: MatchForm) -> None:
    offered = [form.target.itemData(at) for at in range(form.target.count())]
    assert offered[:2] == ["", "val/accuracy"]
    assert form.target_value.isHidden()
    form.target.set_value("val/accuracy")
    assert not form.target_value.isHidden()
    form.target_value.setText("most of it")
    asked = form.asked()
    assert asked.match is None
    assert "number" in asked.problems["target"]


def test_each_wrong_field_is_told_beside_it(form: MatchForm) -> None:
    form.parameters.cell("batch_size").set_text("128")
    form.parameters.cell("learning_rate").set_text("fast")
    form.contestants.rows[0].own.setText("batch_size=many")
    asked = form.asked()
    assert set(asked.problems) == {"contestants", "learning_rate"}
    assert "must be a number" in form.parameters.cell("learning_rate").problem
    assert "Batch size must be" in form.contestants.problem.text()
    assert form.titles(asked.problems) == "Contestants, Learning rate"


def test_what_was_kept_of_the_form_comes_back_and_nonsense_is_left_alone(form: MatchForm) -> None:
    kept = form.state()
    form.load(replace(MATCH, template="cnn", name="other"))
    form.restore("{}")
    form.restore("nonsense")
    assert form.name.text() == "other"
    form.restore(kept)
    assert form.asked().match == MATCH


def test_values_to_scale_that_cannot_be_read_are_told_beside_them(form: MatchForm) -> None:
    form.scaled["batch_size"].setText("16")
    asked = form.asked()
    assert asked.match is None
    assert "2 to 16 whole numbers" in asked.problems["scale_batch"]
    assert form.titles(asked.problems) == "Scale batch sizes"
    form.scaled["batch_size"].setText("16, 64")
    match = form.asked().match
    assert match is not None
    assert match.scaling == Scaling((16, 64))
