from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from runners.parameters import Real
from widgets.new_run.editors import ChoiceBox, IntegerBox, RealEdit, next_round


@pytest.mark.parametrize(
    ("value", "direction", "stepped"),
    [(1e-3, 1, 2e-3), (1e-3, -1, 5e-4), (3e-3, 1, 5e-3), (5.0, 1, 10.0), (10.0, -1, 5.0)],
)
def test_a_step_goes_to_the_next_round_number(value: float, direction: int, stepped: float) -> None:
    assert next_round(value, direction) == pytest.approx(stepped)


@given(st.floats(1e-12, 1e12))
def test_a_step_up_is_larger_and_a_step_down_smaller_by_at_most_three_times(value: float) -> None:
    up, down = next_round(value, 1), next_round(value, -1)
    assert down < value < up
    assert up <= 2.5 * value * (1 + 1e-6)
    assert down >= value / 2.5 * (1 - 1e-6)
    assert math.isfinite(up)


def test_the_arrow_keys_step_a_number_and_stay_in_its_range(qtbot: QtBot) -> None:
    rate = Real(
        name="r", title="R", help="", default=0.5, minimum=0.01, maximum=1.0, logarithmic=True
    )
    edit = RealEdit(rate)
    qtbot.addWidget(edit)
    edit.setText("0.5")
    for _ in range(3):
        qtbot.keyClick(edit, Qt.Key.Key_Up)
    assert edit.text() == "1"
    for _ in range(20):
        qtbot.keyClick(edit, Qt.Key.Key_Down)
    assert edit.text() == "0.01"
    edit.setText("words")
    qtbot.keyClick(edit, Qt.Key.Key_Up)
    assert edit.text() == "words"


@pytest.mark.parametrize(
    "make", [lambda: IntegerBox(0, 9), lambda: ChoiceBox({"a": "A", "b": "B"})]
)
def test_the_wheel_over_an_editor_without_focus_changes_nothing(qtbot: QtBot, make: type) -> None:
    box = make()
    qtbot.addWidget(box)
    before = box.text() if isinstance(box, IntegerBox) else box.value
    here, none = QPointF(5, 5), Qt.KeyboardModifier.NoModifier
    turn = QWheelEvent(
        here, here, QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton, none,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, turn)
    assert (box.text() if isinstance(box, IntegerBox) else box.value) == before
    assert not turn.isAccepted()


def test_a_choice_keeps_its_value_when_others_are_offered(qtbot: QtBot) -> None:
    box = ChoiceBox({"auto": "Automatic", "cpu": "CPU"})
    qtbot.addWidget(box)
    box.set_value("cpu")
    box.set_options({"auto": "Automatic", "cpu": "CPU", "cuda:0": "GPU 0"})
    assert box.value == "cpu"
    box.set_value("cuda:7")
    assert box.value == "cpu"
