from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from widgets.models.batch_chart import BatchChart, Line
from widgets.models.chart import Axis, Chart, spread
from widgets.models.scatter import Point, ScatterChart
from widgets.theme import colors, run_color, theme


@given(st.lists(st.floats(0, 100), max_size=12), st.floats(1, 30))
def test_names_keep_their_order_and_a_distance_where_there_is_room_for_it(
    wanted: list[float], apart: float
) -> None:
    placed = spread(wanted, apart, 0, 100)
    step = min(apart, 100 / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    for one, next_one in pairwise(order):
        assert placed[next_one] - placed[one] >= step - 1e-6
    assert all(-1e-6 <= one <= 100 + 1e-6 for one in placed)


@pytest.mark.parametrize("values", [(3.0,), (1.0, 1000.0), ()])
@pytest.mark.parametrize("logarithmic", [True, False])
def test_an_axis_holds_its_values_with_room_at_both_ends(values: Sequence[float], logarithmic: bool) -> None:  # fmt: skip
    axis = Axis.around("", values, logarithmic=logarithmic)
    assert axis.low < axis.high
    assert all(0 < axis.part(value) < 1 for value in values)


def points() -> list[Point]:
    return [
        Point(1, 0.1, 0.97, "ONNX", 0, "ONNX\n0.97"),
        Point(2, 1.0, 0.9, "LiteRT", 1, "LiteRT\n0.90", square=True),
    ]


@pytest.fixture
def scatter(qtbot: QtBot) -> ScatterChart:
    chart = ScatterChart("A chart")
    qtbot.addWidget(chart)
    chart.resize(420, 260)
    shown = points()
    x = Axis.around("ms", [one.x for one in shown], logarithmic=True)
    chart.show_points(shown, x, Axis.around("Accuracy", [one.y for one in shown]))
    chart.show()
    return chart


def seen(chart: Chart, place: QPoint) -> QColor:
    return chart.grab().toImage().pixelColor(place)


def test_a_point_is_drawn_where_it_is_in_the_colour_of_its_run(scatter: ScatterChart) -> None:
    for one in scatter.points:
        assert seen(scatter, scatter.at(one.x, one.y).toPoint()) == run_color(one.color)


def test_a_click_on_a_point_chooses_its_export_and_with_ctrl_adds_it(
    qtbot: QtBot, scatter: ScatterChart
) -> None:
    told: list[tuple[int, bool]] = []
    scatter.chosen.connect(lambda export, adds: told.append((export, adds)))
    first, second = (scatter.at(one.x, one.y).toPoint() for one in scatter.points)
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(scatter, left, pos=first)
    qtbot.mouseClick(scatter, left, Qt.KeyboardModifier.ControlModifier, second + QPoint(3, 3))
    qtbot.mouseClick(scatter, left, pos=QPoint(5, 5))
    assert told == [(1, False), (2, True)]


def test_the_keyboard_goes_from_point_to_point(qtbot: QtBot, scatter: ScatterChart) -> None:
    for keys, export in (((Qt.Key.Key_Right, Qt.Key.Key_Right), 2), ((Qt.Key.Key_Left,), 1), ((Qt.Key.Key_Left,), 2)):  # fmt: skip
        for key in keys:
            qtbot.keyClick(scatter, key)
        with qtbot.waitSignal(scatter.chosen) as told:
            qtbot.keyClick(scatter, Qt.Key.Key_Return)
        assert told.args == [export, False]
        scatter.show_points(points(), scatter.across, scatter.up)  # it goes on from there


def test_what_is_selected_stands_out_unless_everything_is(scatter: ScatterChart) -> None:
    scatter.show_marked([1])
    assert scatter.marked == {1}
    scatter.show_marked([1, 2, 3])
    assert scatter.marked == frozenset()


def test_the_framework_itself_is_an_empty_mark_and_a_failed_export_a_cross(
    scatter: ScatterChart,
) -> None:
    plain, other = points()
    x, y = scatter.across, scatter.up
    itself = Point(1, plain.x, plain.y, "", 0, "", trained=True)
    failed = Point(2, other.x, other.y, "", 1, "", failed=True)
    scatter.show_points([itself, failed], x, y)
    assert seen(scatter, scatter.at(itself.x, itself.y).toPoint()) == QColor(colors().base)
    corner = scatter.at(failed.x, failed.y).toPoint() + QPoint(0, 4)
    assert seen(scatter, corner) != run_color(1)


def test_the_speed_over_batch_sizes_names_each_line_and_paints_in_both_colours(
    qtbot: QtBot,
) -> None:
    chart = BatchChart("Throughput")
    qtbot.addWidget(chart)
    chart.resize(420, 260)
    assert chart.is_empty
    lines = [Line(name, 0, at, ((1, 10.0), (32, 300.0 + at)), f"{name}: 300/s") for at, name in enumerate(("ONNX", "PyTorch"))]  # fmt: skip
    chart.show_lines(lines, "Samples a second")
    assert chart.accessibleDescription() == "ONNX: 300/s; PyTorch: 300/s"
    assert [text for _, text in chart.x_ticks(8)] == ["1", "32"]
    end = chart.at(32, 300.0).toPoint()
    for look in ("light", "dark"):
        theme().apply(look)
        assert seen(chart, end) == run_color(0)
    theme().apply("light")
