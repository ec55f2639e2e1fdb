from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from runners.protocol import Framework
from storage.records import RunRecord
from storage.store import Series, Store
from tests.widgets.conftest import MakeRun
from widgets.choices import Choices
from widgets.compare.compare_view import CompareView
from widgets.compare.styling import Styling
from widgets.dragged import Dragged
from widgets.plots.drop_target import Zone
from workbench.replicates import Replicates
from workbench.session import Session


@pytest.fixture
def view(qtbot: QtBot, session: Session, choices: Choices) -> CompareView:
    made = CompareView(session, choices)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def runs(make_run: MakeRun, store: Store, session: Session, qtbot: QtBot) -> list[RunRecord]:
    made = [
        make_run("torch", result=0.8),
        make_run("flow", framework=Framework.TENSORFLOW, result=0.9),
    ]
    for factor, run in enumerate(made, start=1):
        steps = np.arange(50 * factor)
        store.append(
            run.id, {name: Series(steps, steps + 0.5, steps * 1.0) for name in ("loss", "val/loss")}
        )
    qtbot.waitUntil(
        lambda: all(
            run.id in session.runs and "loss" in session.runs[run.id].summary for run in made
        )
    )
    return made


def test_without_a_selection_it_says_what_to_do(view: CompareView) -> None:
    assert view.pages.currentIndex() == 0


def test_the_selected_runs_lie_over_each_other_each_in_its_colour(
    view: CompareView, runs: list[RunRecord], session: Session, qtbot: QtBot
) -> None:
    session.select(run.id for run in runs)
    qtbot.waitUntil(
        lambda: "loss" in view.grid.plots and view.grid.plots["loss"].note == "150 of 150 points"
    )
    curves = view.grid.plots["loss"].curves
    assert [curve.name for curve in curves] == ["torch", "flow"]
    assert curves[0].color() != curves[1].color()
    assert curves[0].color() == view.grid.plots["val/loss"].curves[0].color()
    assert "test/accuracy" not in view.grid.plots, "one point is in the table, not in a plot"


def test_where_two_frameworks_meet_one_is_dashed_so_that_equal_curves_are_both_seen(
    view: CompareView, runs: list[RunRecord], session: Session, qtbot: QtBot
) -> None:
    session.select(run.id for run in runs)
    qtbot.waitUntil(lambda: "loss" in view.grid.plots)
    assert [bool(curve.look.dashes) for curve in view.grid.plots["loss"].curves] == [False, True]
    session.select([runs[1].id])
    assert [bool(curve.look.dashes) for curve in view.grid.plots["loss"].curves] == [False]


def test_the_table_follows_the_selection_and_the_history(
    view: CompareView, runs: list[RunRecord], session: Session, store: Store, qtbot: QtBot
) -> None:
    session.select([runs[0].id])
    assert view.side.model.columnCount() == 1
    session.select([run.id for run in runs])
    assert view.side.model.columnCount() == 2
    store.rename_run(runs[1].id, "renamed")
    qtbot.waitUntil(lambda: "renamed" in view.side.model.as_csv())


def test_a_curve_that_grows_is_drawn_on(
    view: CompareView, runs: list[RunRecord], session: Session, store: Store, qtbot: QtBot
) -> None:
    session.select([runs[0].id])
    qtbot.waitUntil(lambda: view.grid.plots["loss"].note == "50 of 50 points")
    steps = np.arange(50, 80)
    store.append(runs[0].id, {"loss": Series(steps, steps + 0.5, steps * 1.0)})
    qtbot.waitUntil(lambda: view.grid.plots["loss"].note == "80 of 80 points")


def test_a_plot_that_is_chosen_gets_its_points(
    view: CompareView, runs: list[RunRecord], session: Session, qtbot: QtBot
) -> None:
    session.select([run.id for run in runs])
    view.grid.toolbar.chosen.emit("test/accuracy", True)
    qtbot.waitUntil(lambda: view.grid.plots["test/accuracy"].note == "2 of 2 points")


def test_fifty_runs_can_be_compared(
    view: CompareView, make_run: MakeRun, store: Store, session: Session, qtbot: QtBot
) -> None:
    ids = [make_run(f"run {n}").id for n in range(50)]
    steps = np.arange(20)
    for run_id in ids:
        store.append(run_id, {"loss": Series(steps, steps * 1.0, steps * 1.0)})
    qtbot.waitUntil(
        lambda: (
            len(session.runs) == 50 and all("loss" in run.summary for run in session.runs.values())
        )
    )
    session.select(ids)
    qtbot.waitUntil(lambda: view.grid.plots["loss"].note == "1,000 of 1,000 points")
    assert view.side.model.columnCount() == 50


def test_the_table_can_be_copied_and_saved(
    view: CompareView, runs: list[RunRecord], session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    session.select([run.id for run in runs])
    view.side.copy()
    assert "\ttorch\tflow\n" in QGuiApplication.clipboard().text()
    with qtbot.waitSignal(session.notice):
        view.side.save(tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text("utf-8").startswith(",torch,flow\n")
    with qtbot.waitSignal(session.failed) as failed:
        view.side.save(tmp_path / "missing" / "table.csv")
    assert "could not be saved" in failed.args[0]


# -- how runs are told apart ------------------------------------------------------------------------
def test_runs_are_coloured_stroked_and_parted_by_columns(
    view: CompareView, runs: list[RunRecord], session: Session, qtbot: QtBot
) -> None:
    session.select(run.id for run in runs)
    view.set_style(Styling(color_by="framework", stroke_by="framework", panel_by="framework"))
    torch, flow = "loss · framework=pytorch", "loss · framework=tensorflow"
    qtbot.waitUntil(lambda: {torch, flow} <= set(view.grid.plots))
    qtbot.waitUntil(lambda: view.grid.plots[flow].note == "100 of 100 points")
    (one,), (other,) = view.grid.plots[torch].curves, view.grid.plots[flow].curves
    assert one.color() != other.color()
    assert [bool(each.look.dashes) for each in (one, other)] == [False, True]
    assert view.key.isVisible()


def test_repetitions_are_pooled_from_all_their_points(
    view: CompareView, runs: list[RunRecord], session: Session, qtbot: QtBot
) -> None:
    session.select(run.id for run in runs)
    view.set_style(Styling(replicates=Replicates(("dataset",))))
    qtbot.waitUntil(
        lambda: (
            "loss" in view.grid.plots
            and [each.n for each in view.grid.plots["loss"].readings(20.0)] == [2]
        )
    )
    assert [each.n for each in view.grid.plots["loss"].readings(80.0)] == [1]
    qtbot.waitUntil(lambda: view.grid.plots["loss"].note == "150 of 150 points")


def test_the_baseline_is_always_shown_and_stronger(
    view: CompareView, runs: list[RunRecord], session: Session
) -> None:
    session.select([runs[1].id])
    view.pin(runs[0].id)
    curves = view.grid.plots["loss"].curves
    assert [(curve.name, curve.strong) for curve in curves] == [("torch", True), ("flow", False)]
    view.pin(None)
    assert [curve.name for curve in view.grid.plots["loss"].curves] == ["flow"]


def test_a_metric_and_a_run_can_be_added_to_a_plot(
    view: CompareView, runs: list[RunRecord], session: Session, qtbot: QtBot
) -> None:
    session.select([runs[0].id])
    view.grid._drop("loss", Dragged((runs[1].id,), ("val/loss",)), Zone.INTO)
    qtbot.waitUntil(lambda: view.grid.plots["loss"].note == "300 of 300 points")
    looks = {(curve.run.name, curve.metric): bool(curve.look.dashes) for curve in view.grid.plots["loss"].curves}  # fmt: skip
    assert looks == {
        ("torch", "loss"): False, ("flow", "loss"): False,
        ("torch", "val/loss"): True, ("flow", "val/loss"): True,
    }  # fmt: skip


def test_a_layout_is_kept_with_its_experiment_and_can_be_reset_and_had_back(
    view: CompareView, runs: list[RunRecord], session: Session, store: Store, choices: Choices, qtbot: QtBot,
) -> None:  # fmt: skip
    experiment = runs[0].experiment
    session.select([runs[0].id])
    view.grid.choose("val/loss", False)
    view.layouts.flush()
    qtbot.waitUntil(lambda: store.experiment(experiment).layout is not None)
    other = CompareView(session, choices)
    qtbot.addWidget(other)
    other.show()
    qtbot.waitUntil(lambda: list(other.grid.plots) == ["loss"])
    with qtbot.waitSignal(session.notice) as told:
        other.reset_layout()
    assert "val/loss" in other.grid.plots
    told.args[1]()
    assert list(other.grid.plots) == ["loss"]


def test_the_panel_says_what_is_wrong_with_a_column(
    view: CompareView, runs: list[RunRecord], session: Session
) -> None:
    session.select(run.id for run in runs)
    view._open_style()
    panel = view.style_panel
    panel.color.setCurrentText("framwork")
    panel._choose()
    assert "framework" in panel.problem.text()
    assert view.style_chosen == Styling()
    panel.color.setCurrentText("framework")
    panel._choose()
    assert view.style_chosen == Styling(color_by="framework")
    panel.hide()


def test_columns_with_commas_in_quotes_are_one_column(
    view: CompareView, runs: list[RunRecord], session: Session
) -> None:
    session.select(run.id for run in runs)
    view._open_style()
    panel = view.style_panel
    panel.replicates.setCurrentIndex(2)
    panel.columns.setText("framework, \"a, b\", best('val/loss')")
    panel._choose()
    assert "a, b" in panel.problem.text()
    panel.columns.setText("framework, best('val/loss')")
    panel._choose()
    assert view.style_chosen.replicates == Replicates(("framework", "best('val/loss')"))
    panel.hide()


def test_another_experiment_begins_with_the_default_layout(
    view: CompareView, runs: list[RunRecord], session: Session, store: Store, qtbot: QtBot
) -> None:
    store.set_experiment([runs[1].id], "other")
    qtbot.waitUntil(lambda: session.runs[runs[1].id].experiment == "other")
    session.select([runs[0].id])
    view.grid.choose("val/loss", False)
    view.grid.toolbar.log_y.setChecked(True)
    session.select([runs[1].id])
    qtbot.waitUntil(lambda: "val/loss" in view.grid.plots)
    assert not view.grid.settings.log_y
    session.select([runs[0].id])
    qtbot.waitUntil(lambda: "val/loss" not in view.grid.plots)
    assert view.grid.settings.log_y


def test_a_layout_that_was_just_chosen_is_kept_when_the_view_goes_away(
    view: CompareView, runs: list[RunRecord], session: Session, store: Store, qtbot: QtBot
) -> None:
    session.select([runs[0].id])
    view.grid.choose("val/loss", False)
    view.hide()
    layout = lambda: store.experiment(runs[0].experiment).layout  # noqa: E731
    qtbot.waitUntil(lambda: layout() is not None)
    assert layout()["shown"] == {"val/loss": False}


def test_in_a_low_view_the_plots_have_the_room_until_the_table_is_asked_for(
    view: CompareView, runs: list[RunRecord], session: Session, choices: Choices, qtbot: QtBot
) -> None:
    session.select(run.id for run in runs)
    assert view.side.isVisible()
    view.resize(700, 450)
    assert not view.side.isVisible()
    view.table_button.click()
    assert view.side.isVisible()
    view.table_button.click()
    other = CompareView(session, choices)
    qtbot.addWidget(other)
    other.resize(900, 700)
    other.show()
    assert not other.side.isVisible()
