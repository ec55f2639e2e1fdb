from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from pytestqt.qtbot import QtBot

from tests.widgets.plots.conftest import MakePlotCurve
from widgets.plots.legend import Legend
from widgets.plots.plot_view import PlotView


@pytest.fixture
def legend(qtbot: QtBot, plot_curve: MakePlotCurve) -> Legend:
    made = Legend()
    qtbot.addWidget(made)
    made.resize(300, made.height())
    made.show_curves([plot_curve([1.0], id=n, name=f"run {n}") for n in range(1000)])
    made.show()
    qtbot.waitExposed(made)
    return made


def seen(legend: Legend) -> list[str]:
    return [name for _, _, name in legend._layout()[0]]


def turn(legend: Legend, steps: int) -> None:
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, -120 * steps), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    legend.wheelEvent(event)


def test_only_what_is_seen_of_a_thousand_curves_is_laid_out(legend: Legend) -> None:
    assert seen(legend)[0] == "run 0"
    assert len(seen(legend)) < 8


def test_the_wheel_scrolls_it_and_stays_at_both_ends(legend: Legend) -> None:
    turn(legend, 3)
    assert seen(legend)[0] == "run 3"
    turn(legend, -9)
    assert seen(legend)[0] == "run 0"


def test_a_click_on_the_number_of_the_others_goes_on(legend: Legend, qtbot: QtBot) -> None:
    before = seen(legend)
    more = legend._layout()[1]
    assert more is not None
    qtbot.mouseClick(legend, Qt.MouseButton.LeftButton, pos=more.center())
    assert seen(legend)[0] == f"run {len(before)}"


def test_a_click_tells_the_curve_and_with_ctrl_that_it_is_to_be_alone(
    legend: Legend, qtbot: QtBot
) -> None:
    place = legend._layout()[0][1][1].center()
    with qtbot.waitSignal(legend.toggled) as toggled:
        qtbot.mouseClick(legend, Qt.MouseButton.LeftButton, pos=place)
    assert toggled.args == [(1, "loss")]
    with qtbot.waitSignal(legend.alone) as alone:
        qtbot.mouseClick(
            legend, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, place
        )
    assert alone.args == [(1, "loss")]


def test_a_hidden_curve_is_not_drawn_and_its_points_are_not_counted(
    qtbot: QtBot, plot_curve: MakePlotCurve
) -> None:
    plot = PlotView("Loss")
    qtbot.addWidget(plot)
    plot.set_curves([plot_curve([1.0, 2.0], id=n) for n in (1, 2)])
    plot.toggle((1, "loss"))
    plot.draw_now()
    assert plot.note == "2 of 4 points · 1 hidden"
    assert [each.curve.run.id for each in plot.readings(0)] == [2]
    plot.show_alone((1, "loss"))
    plot.draw_now()
    assert [each.curve.run.id for each in plot.readings(0)] == [1]
    plot.show_alone((1, "loss"))
    plot.draw_now()
    assert plot.note == "4 of 4 points"


def test_a_marked_curve_stands_out_from_faint_ones(qtbot: QtBot, plot_curve: MakePlotCurve) -> None:
    plot = PlotView("Loss")
    qtbot.addWidget(plot)
    plot.set_curves([plot_curve([1.0, 2.0], id=n) for n in (1, 2)])
    plot.mark((2, "loss"))
    plot.draw_now()
    drawn = {each.curve.run.id: (each.faint, each.width) for each in plot._data.traces}
    assert drawn == {1: (True, 1), 2: (False, 2)}
