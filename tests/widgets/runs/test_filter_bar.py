from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from runners.protocol import Framework, State
from storage.records import Scope
from storage.store import Store
from tests.widgets.conftest import MakeRun
from widgets.choices import Choices
from widgets.runs.filter_bar import FilterBar
from widgets.runs.filter_chips import ValuesMenu
from widgets.runs.filter_help import FilterHelp
from workbench.session import Session


@pytest.fixture
def bar(qtbot: QtBot, make_run: MakeRun, session: Session, choices: Choices) -> FilterBar:
    make_run("alpha", State.FAILED, tags=("wide",))
    make_run("beta", tags=("wide", "deep"), framework=Framework.TENSORFLOW)
    made = FilterBar(session, choices, QPushButton("views"))
    qtbot.addWidget(made)
    made.resize(380, 200)
    made.show()
    qtbot.waitUntil(lambda: "learning_rate" in made.box.fields.parameters)
    made.box.setFocus()
    return made


def offered(bar: FilterBar) -> list[str]:
    return bar.box.completions.texts if bar.box.completions.visible else []


def menu() -> ValuesMenu:
    return next(
        each
        for each in QApplication.topLevelWidgets()
        if isinstance(each, ValuesMenu) and each.isVisible()
    )


def open_menu(qtbot: QtBot, bar: FilterBar, field: str) -> ValuesMenu:
    qtbot.mouseClick(bar.chips.chips[field].button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: any(
            isinstance(each, ValuesMenu) and each.isVisible()
            for each in QApplication.topLevelWidgets()
        )
    )
    return menu()


def entry(shown: QMenu, text: str) -> QAction:
    return next(each for each in shown.actions() if each.text().split("\t")[0] == text)


def test_what_is_typed_is_completed(qtbot: QtBot, bar: FilterBar) -> None:
    qtbot.keyClicks(bar.box, "sta")
    assert {"state", "started", "starred"} <= set(offered(bar))
    qtbot.keyClick(bar.box, Qt.Key.Key_Escape)
    assert offered(bar) == []
    assert bar.box.text() == "sta"
    qtbot.keyClicks(bar.box, "te = fail")
    assert "failed" in offered(bar)
    qtbot.keyClick(bar.box, Qt.Key.Key_Tab)
    assert bar.box.text().strip() == "state = failed"


def test_enter_goes_to_the_list_although_completions_are_open(qtbot: QtBot, bar: FilterBar) -> None:
    qtbot.keyClicks(bar.box, "st")
    assert offered(bar)
    with qtbot.waitSignal(bar.left_for_list):
        qtbot.keyClick(bar.box, Qt.Key.Key_Return)
    assert bar.text == "st"


def test_what_is_wrong_is_marked_at_its_place_and_the_last_good_filter_stays(
    qtbot: QtBot, bar: FilterBar
) -> None:
    bar.box.setText("state = failed")
    qtbot.waitUntil(lambda: bar.text == "state = failed")
    with qtbot.assertNotEmitted(bar.changed):
        bar.box.setText("state = faled")
        bar.apply()
    assert bar.box.wrong == (8, 13)
    assert "failed" in bar.message.text()
    assert bar.text == "state = failed"


def test_a_filter_that_is_not_finished_is_no_error_yet(qtbot: QtBot, bar: FilterBar) -> None:
    qtbot.waitUntil(bar.box.hasFocus)
    bar.box.setText("state = ")
    bar.apply()
    assert bar.box.wrong is None
    assert bar.message.property("role") == "dim"


def test_a_name_that_appears_later_makes_the_filter_good(
    qtbot: QtBot, bar: FilterBar, make_run: MakeRun
) -> None:
    bar.box.setText("momentum > 0.5")
    bar.apply()
    assert bar.box.wrong is not None
    make_run("gamma", parameters={"momentum": 0.9})
    qtbot.waitUntil(lambda: bar.text == "momentum > 0.5")


def test_chips_show_what_the_text_says_and_take_it_away(qtbot: QtBot, bar: FilterBar) -> None:
    bar.box.setText("mlp and state in (failed, lost) and starred")
    bar.apply()
    state = bar.chips.chips["state"]
    assert state.text == "State: failed +1"
    qtbot.mouseClick(state.cross, Qt.MouseButton.LeftButton)
    assert bar.box.text() == "mlp and starred"
    qtbot.mouseClick(bar.chips.chips["starred"].button, Qt.MouseButton.LeftButton)
    assert bar.text == "mlp"


def test_a_menu_offers_the_values_that_the_rest_of_the_filter_leaves_with_their_counts(
    qtbot: QtBot, bar: FilterBar
) -> None:
    shown = open_menu(qtbot, bar, "tag")
    assert [each.text() for each in shown.actions()] == ["wide\t2", "deep\t1"]
    entry(shown, "wide").trigger()
    shown.close()
    assert bar.text == "tag = wide"
    shown = open_menu(qtbot, bar, "state")
    entry(shown, "failed").trigger()
    entry(shown, "finished").trigger()
    shown.close()
    assert bar.text == "tag = wide and state in (failed, finished)"


def test_times_are_chosen_from_a_menu(qtbot: QtBot, bar: FilterBar) -> None:
    shown = open_menu(qtbot, bar, "created")
    entry(shown, "Last 7 days").trigger()
    shown.close()
    assert bar.text == "created in last 7 days"
    assert bar.chips.chips["created"].text == "Time: last 7 days"


def test_chips_wait_while_the_text_cannot_be_read(bar: FilterBar) -> None:
    bar.box.setText("state = (")
    bar.apply()
    assert not bar.chips.chips["tag"].isEnabled()


def test_up_offers_earlier_filters_and_they_are_remembered(
    qtbot: QtBot, bar: FilterBar, session: Session, choices: Choices
) -> None:
    for text in ("alpha", "beta", "alpha"):
        bar.box.setText(text)
        qtbot.keyClick(bar.box, Qt.Key.Key_Return)
    assert bar.box.recent == ["alpha", "beta"]
    qtbot.keyClick(bar.box, Qt.Key.Key_Up)
    shown = bar.box.findChild(QMenu)
    assert isinstance(shown, QMenu)
    assert [each.text() for each in shown.actions()] == ["alpha", "beta"]
    shown.close()
    bar.remember()
    again = FilterBar(session, choices, QPushButton())
    qtbot.addWidget(again)
    assert again.box.recent == ["alpha", "beta"]


def test_a_question_mark_shows_the_language_and_every_example_is_good(
    qtbot: QtBot, bar: FilterBar, store: Store
) -> None:
    qtbot.keyClicks(bar.box, "?")
    shown = bar.window().findChild(FilterHelp)
    assert isinstance(shown, FilterHelp)
    assert bar.box.text() == ""
    from storage.query import parse

    for example in shown.examples:
        parse(example.text())
    with qtbot.waitSignal(bar.changed):
        qtbot.mouseClick(shown.examples[0], Qt.MouseButton.LeftButton)
    assert bar.text == "mlp adam"


def test_a_filter_that_was_set_elsewhere_is_shown_and_not_told_again(
    qtbot: QtBot, bar: FilterBar
) -> None:
    with qtbot.assertNotEmitted(bar.changed, wait=300):
        bar.show_filter("starred", Scope.LISTED)
    assert bar.box.text() == "starred"
    assert bar.text == "starred"
