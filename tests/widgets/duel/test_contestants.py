from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from runners.protocol import Framework, Mode
from runners.templates import get_template
from widgets.duel.contestants import Contestants, own_parameters
from workbench.duel.match import Contestant

NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
VALUES = st.from_regex(r"[0-9a-z.\-]{1,8}(, [0-9]{1,3}){0,2}", fullmatch=True)


@pytest.fixture
def form(qtbot: QtBot) -> Contestants:
    made = Contestants()
    qtbot.addWidget(made)
    made.show_parameters(get_template("mlp").declared)
    return made


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.sampled_from([", ", "; ", " ", ","]))
def test_parameters_are_read_as_they_are_written_between_any_separators(
    parameters: dict[str, str], between: str
) -> None:
    text = between.join(f"{name}={value}" for name, value in parameters.items())
    assert own_parameters(text) == parameters


@pytest.mark.parametrize("text", ["0.1", "learning_rate", "=3", "learning_rate="])
def test_what_is_no_parameter_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as learning_rate=0\.01"):
        own_parameters(text)


def test_at_first_each_framework_has_one_contestant(form: Contestants) -> None:
    found = form.contestants()
    assert [each.framework for each in found] == [Framework.PYTORCH, Framework.TENSORFLOW]


def test_the_same_takes_part_twice_with_parameters_of_its_own(form: Contestants) -> None:
    row = form.add(Framework.PYTORCH, Mode.EAGER)
    row.own.setText("learning_rate=0.01, hidden_widths=64, 32")
    names = [each.name for each in form.contestants()]
    assert names == ["PyTorch", "PyTorch, learning_rate=0.01, hidden_widths=64 32", "tf.function"]


def test_a_value_out_of_range_is_told_where_it_stands(form: Contestants) -> None:
    form.rows[0].own.setText("learning_rate=fast")
    with pytest.raises(ValueError, match="Learning rate must be a number"):
        form.contestants()
    assert form.rows[0].own.property("wrong")
    form.rows[0].own.clear()
    form.contestants()
    assert not form.rows[0].own.property("wrong")


def test_what_is_shown_is_what_is_asked_for(form: Contestants) -> None:
    wanted = (
        Contestant(Framework.PYTORCH, Mode.GRAPH),
        Contestant(Framework.TENSORFLOW, Mode.FIT, {"optimizer": "sgd"}),
        Contestant(Framework.TENSORFLOW, Mode.FIT, {"hidden_widths": (64, 32), "learning_rate": 0.1}),
    )  # fmt: skip
    form.set_contestants(wanted)
    assert form.contestants() == wanted
    form.set_contestants(wanted[:2])
    assert form.contestants() == wanted[:2]


def test_a_framework_that_is_not_there_is_told_and_can_take_part(form: Contestants) -> None:
    form.show_missing({Framework.TENSORFLOW: "TensorFlow is not installed in …"})
    hints = [each.hint.text() for each in form.rows]
    assert hints.count("Not installed") == 4
    assert len(form.contestants()) == 2
