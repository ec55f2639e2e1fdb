from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.widgets.plots.conftest import MakePlotCurve
from widgets.dragged import Dragged
from widgets.plots.drop_target import Zone
from widgets.plots.plot_area import places_for
from widgets.plots.plot_grid import PlotGrid, PlotSpec
from workbench.plot_settings import PlotOptions, PlotSettings, Smoothing
from workbench.smoothing import Method
from workbench.x_axis import XAxis


@pytest.fixture
def grid(qtbot: QtBot) -> PlotGrid:
    made = PlotGrid()
    qtbot.addWidget(made)
    made.resize(700, 600)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def specs(plot_curve: MakePlotCurve) -> list[PlotSpec]:
    names = ("loss", "val/loss", "lr", "system/cpu_percent")
    return [
        PlotSpec(name, [plot_curve([1.0, 2.0, 3.0], metric=name)], shown=name != "lr")
        for name in names
    ]


def test_the_plots_that_are_wanted_are_shown_in_order(
    grid: PlotGrid, specs: list[PlotSpec]
) -> None:
    grid.show_specs(specs)
    assert list(grid.plots) == ["loss", "val/loss", "system/cpu_percent"]
    assert all(plot.isVisible() for plot in grid.plots.values())


def test_a_person_can_choose_other_plots_and_that_is_remembered(
    grid: PlotGrid, specs: list[PlotSpec], qtbot: QtBot
) -> None:
    grid.show_specs(specs)
    with qtbot.waitSignals([grid.changed, grid.shown_changed]):
        grid.toolbar.chosen.emit("lr", True)
    grid.toolbar.chosen.emit("loss", False)
    assert list(grid.plots) == ["val/loss", "lr", "system/cpu_percent"]
    other = PlotGrid()
    qtbot.addWidget(other)
    other.restore(grid.state())
    other.show_specs(specs)
    assert list(other.plots) == list(grid.plots)


def test_shared_choices_reach_every_plot_and_are_remembered(
    grid: PlotGrid, specs: list[PlotSpec], qtbot: QtBot
) -> None:
    grid.show_specs(specs)
    settings = PlotSettings(
        XAxis.EPOCH, log_x=True, log_y=True, smoothing=Smoothing(Method.MEAN, 20)
    )
    grid.toolbar.set_settings(settings)
    assert {plot.settings for plot in grid.plots.values()} == {settings}
    other = PlotGrid()
    qtbot.addWidget(other)
    other.restore(grid.state())
    assert other.toolbar.settings == settings


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"shown": 3, "toolbar": "{}"}'])
def test_what_was_not_remembered_by_a_grid_is_left_alone(grid: PlotGrid, text: str) -> None:
    grid.restore(text)
    assert grid.toolbar.settings == PlotSettings()


def test_plots_with_the_same_x_axis_are_moved_together(
    grid: PlotGrid, specs: list[PlotSpec]
) -> None:
    grid.show_specs(specs)
    loss, validation, machine = grid.plots.values()
    loss.canvas.box.zoom(closer=True)
    for plot in grid.plots.values():
        plot.draw_now()
    assert validation.view_range[0] == loss.view_range[0]
    assert machine.note.startswith("3 of 3")
    grid.reset()
    for plot in grid.plots.values():
        plot.draw_now()
    assert validation.note.startswith("3 of 3")


def test_plots_that_are_not_linked_stay_where_they_are(
    grid: PlotGrid, specs: list[PlotSpec]
) -> None:
    grid.show_specs(specs)
    grid.toolbar.link.setChecked(False)
    loss, validation, _ = grid.plots.values()
    validation.draw_now()
    before = validation.view_range
    loss.canvas.box.zoom(closer=True)
    validation.draw_now()
    assert validation.view_range == before


def test_a_plot_that_stays_keeps_its_zoom(grid: PlotGrid, specs: list[PlotSpec]) -> None:
    grid.show_specs(specs)
    plot = grid.plots["loss"]
    plot.set_x_window((1.0, 2.0))
    grid.show_specs(specs[:2])
    plot.draw_now()
    assert grid.plots["loss"] is plot
    assert plot.view_range[0] == (1.0, 2.0)


def test_there_are_as_many_columns_as_fit(
    grid: PlotGrid, specs: list[PlotSpec], qtbot: QtBot
) -> None:
    grid.show_specs([PlotSpec(spec.metric, spec.curves) for spec in specs])

    def columns() -> int:
        return len({plot.x() for plot in grid.plots.values()})

    qtbot.waitUntil(lambda: columns() == 2)
    grid.resize(700, 2000)
    qtbot.waitUntil(lambda: columns() == 1)
    grid.resize(1600, 260)
    qtbot.waitUntil(lambda: columns() == 4)


def test_a_grid_without_plots_says_why(grid: PlotGrid, specs: list[PlotSpec]) -> None:
    grid.show_specs([])
    assert grid._stack.currentWidget() is grid._empty
    grid.show_specs(specs)
    assert grid._stack.currentWidget() is not grid._empty


def test_the_slider_and_the_number_agree(grid: PlotGrid) -> None:
    control = grid.toolbar.smoothing
    control.number.setValue(0.9)
    assert control.slider.value() == round(1000 / 3)
    control.slider.setValue(1000)
    assert control.smoothing == Smoothing(Method.EXPONENTIAL, 0.999)
    control.slider.setValue(0)
    assert not control.smoothing.active
    control.method.setCurrentIndex(1)
    assert control.smoothing == Smoothing(Method.MEAN, 1)
    assert not control.smoothing.active
    control.slider.setValue(500)
    assert control.smoothing == Smoothing(Method.MEAN, 100)


def test_plots_can_be_put_in_another_order_and_that_is_remembered(
    grid: PlotGrid, specs: list[PlotSpec], qtbot: QtBot
) -> None:
    grid.show_specs(specs)
    with qtbot.waitSignal(grid.changed):
        grid._drop("loss", Dragged(plot="system/cpu_percent"), Zone.BEFORE)
    grid._drop("val/loss", Dragged(plot="loss"), Zone.BEHIND)
    assert list(grid.plots) == ["system/cpu_percent", "val/loss", "loss"]
    other = PlotGrid()
    qtbot.addWidget(other)
    other.restore(grid.state())
    other.show_specs(specs)
    assert list(other.plots) == list(grid.plots)


def test_what_is_dropped_into_a_plot_is_asked_for_and_remembered(
    grid: PlotGrid, specs: list[PlotSpec], qtbot: QtBot
) -> None:
    grid.show_specs(specs)
    with qtbot.waitSignal(grid.shown_changed):
        grid._drop("loss", Dragged((1, 7), ("loss", "val/loss")), Zone.INTO)
    assert grid.options("loss") == PlotOptions(metrics=("val/loss",), runs=(7,))
    other = PlotGrid()
    qtbot.addWidget(other)
    other.restore(grid.state())
    assert other.options("loss") == grid.options("loss")


def test_a_plot_can_fill_the_grid_and_go_back(grid: PlotGrid, specs: list[PlotSpec]) -> None:
    grid.show_specs(specs)
    grid.plots["val/loss"].maximise_wanted.emit()
    assert [name for name, plot in grid.plots.items() if plot.isVisible()] == ["val/loss"]
    grid.plots["val/loss"].maximise_wanted.emit()
    assert all(plot.isVisible() for plot in grid.plots.values())


def test_a_plot_has_ranges_and_a_logarithm_of_its_own(
    grid: PlotGrid, specs: list[PlotSpec]
) -> None:
    grid.show_specs(specs)
    loss = grid.plots["loss"]
    loss.choose(PlotOptions(log_y=True, x=(0.5, 1.5), locked=True))
    loss.draw_now()
    assert loss.settings.log_y
    assert loss.view_range[0] == (0.5, 1.5)
    assert not grid.plots["val/loss"].settings.log_y
    grid.plots["val/loss"].canvas.box.zoom(closer=True)
    loss.draw_now()
    assert loss.view_range[0] == (0.5, 1.5), "a locked plot is not moved along"


def test_wide_plots_take_the_room_of_several() -> None:
    assert places_for([(2, 1), (1, 1), (1, 2), (1, 1)], 2) == [
        (0, 0, 1, 2), (1, 0, 1, 1), (1, 1, 2, 1), (2, 0, 1, 1),
    ]  # fmt: skip
    assert places_for([(3, 1), (1, 1)], 1) == [(0, 0, 1, 1), (1, 0, 1, 1)]


def test_a_metric_can_be_put_on_the_x_axis_and_that_is_remembered(
    grid: PlotGrid, specs: list[PlotSpec], qtbot: QtBot
) -> None:
    grid.toolbar.offer_x(["lr", "samples"])
    grid.toolbar.x_axis.setCurrentIndex(grid.toolbar.x_axis.findText("samples"))
    settings = grid.settings
    assert (settings.x_axis, settings.x_metric) == (XAxis.METRIC, "samples")
    assert settings.needs_all_points
    other = PlotGrid()
    qtbot.addWidget(other)
    other.restore(grid.state())
    assert other.settings == settings
    other.toolbar.offer_x(["lr"])
    assert other.settings == settings, "it stays where other runs do not have it"


def test_metrics_are_listed_in_sections_and_searched(grid: PlotGrid, specs: list[PlotSpec]) -> None:
    grid.show_specs(specs)
    chooser = grid.toolbar.chooser
    chooser.open_at(grid.mapToGlobal(grid.rect().topRight()))
    assert list(chooser.tree.sections) == ["", "val", "system"]
    chooser.search.setText("val")
    hidden = {name: item.isHidden() for name, item in chooser.tree.items.items()}
    assert hidden == {"loss": True, "val/loss": False, "lr": True, "system/cpu_percent": True}
    chooser.tree.items["val/loss"].setCheckState(0, Qt.CheckState.Unchecked)
    assert "val/loss" not in grid.plots
    chooser.hide()


def test_only_plots_in_sight_are_drawn(
    grid: PlotGrid, plot_curve: MakePlotCurve, qtbot: QtBot
) -> None:
    names = [f"metric{number}" for number in range(30)]
    grid.show_specs([PlotSpec(name, [plot_curve([1.0, 2.0], metric=name)]) for name in names])
    qtbot.waitUntil(lambda: grid.plots["metric0"].note == "2 of 2 points")
    assert "metric29" not in grid.in_sight
    assert grid.plots["metric29"].note == ""
    bar = grid._area.verticalScrollBar()
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: grid.plots["metric29"].note == "2 of 2 points")
