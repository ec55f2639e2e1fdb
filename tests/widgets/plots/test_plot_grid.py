from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from tests.widgets.plots.conftest import MakePlotCurve
from widgets.plots.plot_grid import PlotGrid, PlotSpec
from workbench.plot_settings import PlotSettings, Smoothing
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
    loss._box.zoom(closer=True)
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
    before = validation.view_range
    loss._box.zoom(closer=True)
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
