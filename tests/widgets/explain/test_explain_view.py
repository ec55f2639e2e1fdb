from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from runners.protocol import RunFolder
from storage.records import RunQuery
from storage.store import Store
from tests.widgets.explain.conftest import METRIC, MakeRuns
from widgets.choices import Choices
from widgets.explain.explain_view import ExplainView
from widgets.explain.part import Part
from workbench.session import Session

LONG = 60_000


def shown(qtbot: QtBot, view: ExplainView, name: str, part: Part, count: int) -> None:
    view.show_part(name)
    qtbot.waitUntil(
        lambda: (
            part.table is not None and len(part.table) == count and part.pages.currentIndex() == 1
        ),
        timeout=LONG,
    )


def drag(qtbot: QtBot, widget: QWidget, start: QPointF, end: QPointF) -> None:
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(widget, left, pos=start.toPoint())
    qtbot.mouseMove(widget, ((start + end) / 2).toPoint())
    qtbot.mouseMove(widget, end.toPoint())
    qtbot.mouseRelease(widget, left, pos=end.toPoint())


def test_without_runs_every_view_says_what_to_do(view: ExplainView, qtbot: QtBot) -> None:
    view.show_part("parallel")
    qtbot.waitUntil(lambda: "no runs yet" in view.parallel.empty._title.text())
    view.show_part("differences")
    assert view.differences.pages.currentIndex() == 0


def test_of_selected_runs_with_none_selected_it_says_to_select_some(
    view: ExplainView, make_runs: MakeRuns, qtbot: QtBot
) -> None:
    make_runs(4)
    view.show_part("scatter")
    view.which.set_value("selected")
    qtbot.waitUntil(lambda: "No runs are selected" in view.scatter.empty._title.text())


# -- parallel coordinates -----------------------------------------------------------------------------
def test_parallel_coordinates_begin_with_what_varies_and_the_metric(
    view: ExplainView, make_runs: MakeRuns, qtbot: QtBot
) -> None:
    make_runs(12)
    shown(qtbot, view, "parallel", view.parallel, 12)
    columns = [axis.column for axis in view.parallel.canvas.axes.axes]
    assert columns == ["kind", "rate", METRIC]
    assert view.parallel.canvas.axes.scales[1].logarithmic is False
    qtbot.waitUntil(lambda: not view.parallel.canvas.waiting)
    assert view.parallel.canvas._layers


def test_a_brush_on_an_axis_selects_its_runs_everywhere(
    view: ExplainView, make_runs: MakeRuns, session: Session, qtbot: QtBot
) -> None:
    make_runs(12)
    part = view.parallel
    shown(qtbot, view, "parallel", part, 12)
    canvas = part.canvas
    x = canvas._x(2)
    drag(qtbot, canvas, QPointF(x, canvas._y(1.0)), QPointF(x, canvas._y(0.5)))
    assert part.table is not None
    values = np.array(part.table[METRIC], float)
    middle = (values.min() + values.max()) / 2
    wanted = {int(i) for i, value in zip(part.table.ids, values, strict=True) if value > middle}
    assert set(session.selection) == wanted
    assert set(part.table.ids[canvas.bright].tolist()) == wanted
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(canvas._y(0.2))))
    assert session.selection == ()
    assert canvas.bright.all()


def test_a_brush_can_be_dragged_and_axes_reordered_turned_and_removed(
    view: ExplainView, make_runs: MakeRuns, session: Session, qtbot: QtBot
) -> None:
    make_runs(12)
    part = view.parallel
    shown(qtbot, view, "parallel", part, 12)
    canvas = part.canvas
    x = canvas._x(2)
    drag(qtbot, canvas, QPointF(x, canvas._y(0.9)), QPointF(x, canvas._y(0.6)))
    before = set(session.selection)
    drag(qtbot, canvas, QPointF(x, canvas._y(0.75)), QPointF(x, canvas._y(0.25)))
    brush = canvas.axes.axes[2].brush
    assert brush is not None
    assert abs(brush[0] - 0.1) < 0.03
    assert abs(brush[1] - 0.4) < 0.03
    assert set(session.selection) != before
    drag(qtbot, canvas, QPointF(x, 8), QPointF(canvas._x(0), 8))
    qtbot.waitUntil(lambda: canvas.axes.axes[0].column == METRIC)
    assert canvas.axes.axes[0].brush == brush, "a brush goes with its axis"
    canvas.setFocus()
    canvas.flip(0)
    qtbot.waitUntil(lambda: canvas.axes.axes[0].flipped)
    canvas.remove(1)
    qtbot.waitUntil(lambda: [a.column for a in canvas.axes.axes] == [METRIC, "rate"])


def test_the_keyboard_brushes_and_clears(
    view: ExplainView, make_runs: MakeRuns, session: Session, qtbot: QtBot
) -> None:
    make_runs(12)
    shown(qtbot, view, "parallel", view.parallel, 12)
    canvas = view.parallel.canvas
    canvas.current = 2
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    assert canvas.axes.axes[2].brush == (0.5, 1.0)
    assert 0 < len(session.selection) < 12
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert session.selection == ()


def test_a_selection_made_elsewhere_is_highlighted_and_takes_the_brushes_away(
    view: ExplainView, make_runs: MakeRuns, session: Session, qtbot: QtBot
) -> None:
    runs = make_runs(12)
    shown(qtbot, view, "parallel", view.parallel, 12)
    canvas = view.parallel.canvas
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    session.select([runs[3].id])
    assert view.parallel.table is not None
    assert view.parallel.table.ids[canvas.bright].tolist() == [runs[3].id]
    assert not canvas.axes.has_brush


def test_the_views_show_what_the_table_lists_and_follow_the_history(
    view: ExplainView, make_runs: MakeRuns, store: Store, qtbot: QtBot
) -> None:
    runs = make_runs(8)
    view.list_query(RunQuery("framework = pytorch"))
    shown(qtbot, view, "parallel", view.parallel, 4)
    store.trash([runs[0].id])
    shown(qtbot, view, "parallel", view.parallel, 3)


# -- scatter ------------------------------------------------------------------------------------------
def test_a_rubber_band_selects_the_points_within_it(
    view: ExplainView, make_runs: MakeRuns, session: Session, qtbot: QtBot
) -> None:
    make_runs(12)
    part = view.scatter
    shown(qtbot, view, "scatter", part, 12)
    assert part.across.column == "rate"
    canvas = part.canvas
    area = canvas.area()
    half = QRectF(area.left(), area.top() - 5, area.width() / 2, area.height() + 10)
    drag(qtbot, canvas, half.topLeft(), half.bottomRight())
    assert part.table is not None
    assert canvas.points is not None
    wanted = part.table.ids[canvas.points.x <= 0.5].tolist()
    assert 0 < len(wanted) < 12
    assert set(session.selection) == set(wanted)


def test_a_trend_says_its_slope_and_axes_can_be_logarithmic(
    view: ExplainView, make_runs: MakeRuns, qtbot: QtBot
) -> None:
    make_runs(12)
    shown(qtbot, view, "scatter", view.scatter, 12)
    assert "slope" in view.scatter.words.text()
    view.scatter.log_x.setChecked(True)
    qtbot.waitUntil(lambda: "log₁₀ rate" in view.scatter.words.text(), timeout=LONG)
    points = view.scatter.canvas.points
    assert points is not None
    assert points.scales[0].logarithmic


def test_the_keyboard_goes_from_point_to_point(
    view: ExplainView, make_runs: MakeRuns, session: Session, qtbot: QtBot
) -> None:
    make_runs(6)
    shown(qtbot, view, "scatter", view.scatter, 6)
    qtbot.keyClick(view.scatter.canvas, Qt.Key.Key_Right)
    qtbot.keyClick(view.scatter.canvas, Qt.Key.Key_Return)
    assert len(session.selection) == 1
    assert session.runs[session.selection[0]].name in view.scatter.note.full


# -- importance ---------------------------------------------------------------------------------------
def test_the_importance_of_the_parameter_that_matters_is_found_in_the_background(
    view: ExplainView, make_runs: MakeRuns, qtbot: QtBot
) -> None:
    make_runs(24)
    shown(qtbot, view, "importance", view.importance, 24)
    assert view.importance.bars.rows[0].name == "rate"
    assert "variance" in view.importance.words.text()
    view.importance.bars.column_wanted.emit("rate")
    assert view.views.value == "scatter"
    assert view.scatter.across.column == "rate"


def test_too_few_runs_are_told_and_not_explained(
    view: ExplainView, make_runs: MakeRuns, qtbot: QtBot
) -> None:
    make_runs(4)
    view.show_part("importance")
    qtbot.waitUntil(lambda: "too little" in view.importance.empty._title.text(), timeout=LONG)
    assert "12" in view.importance.empty._advice.text()


def test_a_computation_can_be_cancelled_and_begun_again(
    view: ExplainView, make_runs: MakeRuns, qtbot: QtBot
) -> None:
    make_runs(24)
    view.show_part("importance")
    qtbot.waitUntil(lambda: view.importance._progress is not None, timeout=LONG)
    view.importance.stop()
    qtbot.waitUntil(view.importance.again.isVisible, timeout=LONG)
    assert view.importance.empty._title.text() == "Cancelled"
    view.importance.again.click()
    shown(qtbot, view, "importance", view.importance, 24)


# -- distribution and significance ----------------------------------------------------------------------
def test_a_click_on_a_group_selects_its_runs(
    view: ExplainView, make_runs: MakeRuns, session: Session, qtbot: QtBot
) -> None:
    make_runs(12)
    part = view.distribution
    part.by.show_column("framework")
    shown(qtbot, view, "distribution", part, 12)
    spread = part.canvas.spread
    assert spread is not None
    assert [(box.label, box.n) for box in spread.boxes] == [("pytorch", 6), ("tensorflow", 6)]
    place = QPoint(round(part.canvas._x(1)), part.canvas.height() // 2)
    qtbot.mouseClick(part.canvas, Qt.MouseButton.LeftButton, pos=place)
    assert {session.runs[i].spec.framework for i in session.selection} == {"tensorflow"}
    part.kind.set_value("violin")
    qtbot.waitUntil(lambda: part.canvas.violins)


def test_groups_with_the_same_seeds_are_compared_in_pairs(
    view: ExplainView, make_runs: MakeRuns, qtbot: QtBot
) -> None:
    make_runs(12)
    part = view.significance
    shown(qtbot, view, "significance", part, 12)
    assert "tensorflow is better than pytorch" in part.headline.text()
    assert "6 pairs" in part.explanation.text()
    assert not part.picture.isHidden()
    part.copy.click()
    assert "6 pairs" in QGuiApplication.clipboard().text()


def test_groups_are_made_by_hand_from_the_selection(
    view: ExplainView, make_runs: MakeRuns, session: Session, qtbot: QtBot
) -> None:
    runs = make_runs(8)
    part = view.significance
    shown(qtbot, view, "significance", part, 8)
    session.select(run.id for run in runs[1::2])
    part.hand[0].click()
    session.select(run.id for run in runs[::2])
    part.hand[1].click()
    qtbot.waitUntil(lambda: "group A is better than group B" in part.headline.text(), timeout=LONG)
    part.by_column.click()
    qtbot.waitUntil(lambda: "tensorflow" in part.headline.text(), timeout=LONG)


def test_one_value_only_makes_no_groups_and_that_is_said(
    view: ExplainView, make_runs: MakeRuns, qtbot: QtBot
) -> None:
    make_runs(4)
    view.significance.by.show_column("dataset")
    view.show_part("significance")
    qtbot.waitUntil(lambda: "no two groups" in view.significance.empty._title.text(), timeout=LONG)


# -- differences --------------------------------------------------------------------------------------
def test_differences_are_those_from_the_first_selected_run(
    view: ExplainView, make_runs: MakeRuns, session: Session, qtbot: QtBot
) -> None:
    runs = make_runs(4)
    session.select([runs[1].id, runs[0].id])
    model = view.differences.model
    qtbot.waitUntil(lambda: model.rowCount() > 0)
    text = model.as_text()
    assert "framework\ttensorflow\tpytorch" in text
    assert "template" not in text
    view.differences.equal.setChecked(False)
    qtbot.waitUntil(lambda: "template" in model.as_text())


def test_the_pinned_baseline_is_the_base(
    view: ExplainView, make_runs: MakeRuns, session: Session, choices: Choices, qtbot: QtBot
) -> None:
    runs = make_runs(4)
    choices.set("compare/baseline", runs[3].id)
    session.select([runs[0].id])
    qtbot.waitUntil(lambda: view.differences.model.columnCount() == 2)
    assert view.differences.model.runs[0].id == runs[3].id


def test_kept_code_is_compared_line_by_line_and_can_be_copied(
    view: ExplainView, make_runs: MakeRuns, session: Session, qtbot: QtBot
) -> None:
    runs = make_runs(2)
    for run, text in zip(runs, ("a = 1\nb = 2\n", "a = 1\nb = 3\n"), strict=True):
        file = RunFolder(Path(run.folder)).artifacts / "code" / "model.py"
        file.parent.mkdir(parents=True)
        file.write_text(text, "utf-8")
    session.select([run.id for run in runs])
    qtbot.waitUntil(lambda: "+b = 3" in view.differences.code.toPlainText())
    assert "1 file differ" in view.differences.code_words.text()
    view.differences.copy_code()
    assert "-b = 2" in QGuiApplication.clipboard().text()


def test_what_is_chosen_is_remembered(
    view: ExplainView, session: Session, choices: Choices, qtbot: QtBot
) -> None:
    view.show_part("scatter")
    view.which.set_value("selected")
    other = ExplainView(session, choices)
    qtbot.addWidget(other)
    assert other.views.value == "scatter"
    assert other.source.which == "selected"
