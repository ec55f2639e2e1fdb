from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runners.protocol import State
from tests.widgets.plots.conftest import MakePlotCurve, curve_of
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.plot_data import PlotData
from workbench.plot_settings import PlotSettings, Smoothing
from workbench.replicates import Centre, Replicates, Spread
from workbench.x_axis import XAxis


def data(
    *curves: PlotCurve, settings: PlotSettings = PlotSettings(), log_x: bool = False
) -> PlotData:
    made = PlotData()
    made.take(curves, settings.x_axis, settings, log_x=log_x)
    return made


def note(made: PlotData) -> str:
    x = made.x_range()
    return made.note(x, made.y_range(x))


# -- ranges ---------------------------------------------------------------------------------------
def test_the_range_of_a_curve_that_grows_stays_for_many_points(plot_curve: MakePlotCurve) -> None:
    ranges = {
        (made.x_range(), made.y_range(made.x_range()))
        for count in range(1000, 1100, 5)
        for made in [data(plot_curve(np.sqrt(np.arange(count))))]
    }
    assert len(ranges) <= 3
    for (x_low, x_high), (y_low, y_high) in ranges:
        assert x_low < 0 < 1000 < x_high < 1300
        assert y_low < 0 < np.sqrt(1000) < y_high < 45


def test_the_range_of_a_curve_that_ended_fits(plot_curve: MakePlotCurve) -> None:
    curve = plot_curve(np.arange(1001.0))
    ended = replace(curve, run=replace(curve.run, state=State.FINISHED))
    assert data(ended).x_range() == (-10, 1010)
    assert data(ended).y_range((0, 1000)) == (-50, 1050)


def test_outliers_can_be_left_out_of_the_range_and_are_counted(plot_curve: MakePlotCurve) -> None:
    values = [float(n % 10) for n in range(998)] + [1e6, -1e6]
    everything = data(plot_curve(values))
    assert everything.y_range(everything.x_range())[1] > 1e6
    assert note(everything) == "1,000 of 1,000 points"
    ordinary = data(plot_curve(values), settings=PlotSettings(outliers=False))
    low, high = ordinary.y_range(ordinary.x_range())
    assert -1 < low < 0
    assert 9 < high < 10
    assert note(ordinary) == "998 of 1,000 points · 2 above or below"


def test_a_typed_end_is_kept_and_the_other_one_is_left_to_the_points(
    plot_curve: MakePlotCurve,
) -> None:
    settings = PlotSettings(fixed_x=(10.0, None), fixed_y=(None, 20.0))
    made = data(plot_curve([float(n) for n in range(100)], state=State.FINISHED), settings=settings)
    x = made.x_range()
    assert x[0] == 10
    assert x[1] == pytest.approx(99, abs=1)
    assert made.y_range(x)[1] == 20
    assert note(made) == "11 of 100 points · 79 above or below"


def test_typed_ends_are_values_also_on_a_logarithmic_axis(plot_curve: MakePlotCurve) -> None:
    settings = PlotSettings(log_y=True, fixed_y=(0.01, 100.0))
    made = data(plot_curve([1.0, 10.0]), settings=settings)
    assert made.y_range(made.x_range()) == pytest.approx((-2, 2))


# -- along another metric -------------------------------------------------------------------------
def test_a_metric_can_stand_on_the_x_axis(plot_curve: MakePlotCurve) -> None:
    loss = plot_curve([3.0, 2.0, 1.0], steps=[0, 10, 20])
    loss = replace(loss, along=curve_of([100.0, 200.0], steps=[5, 20]))
    made = data(loss, settings=PlotSettings(XAxis.METRIC, x_metric="samples"))
    assert [(each.x, each.value) for each in made.readings(190.0)] == [(200.0, 1.0)]
    assert note(made) == "2 of 3 points · 1 before the x metric"


# -- repetitions ----------------------------------------------------------------------------------
def members(plot_curve: MakePlotCurve) -> list[PlotCurve]:
    values = ([1.0, 2.0, 3.0], [3.0, 4.0, 5.0], [5.0, 6.0])
    return [
        replace(plot_curve(list(each), id=number), group="lr=0.1")
        for number, each in enumerate(values)
    ]


def test_repetitions_are_one_curve_with_a_band_and_their_number(plot_curve: MakePlotCurve) -> None:
    settings = PlotSettings(replicates=Replicates((), Centre.MEAN, Spread.RANGE))
    made = data(*members(plot_curve), settings=settings)
    assert [curve.name for curve in made.listed] == ["lr=0.1 (n = 2 to 3)"]
    first, last = made.readings(0)[0], made.readings(2)[0]
    assert (first.value, first.n, first.band) == (3.0, 3, (1.0, 5.0))
    assert (last.value, last.n, last.band) == (4.0, 2, (3.0, 5.0))
    assert note(made) == "8 of 8 points"


def test_points_of_repetitions_above_and_below_the_picture_are_counted(
    plot_curve: MakePlotCurve,
) -> None:
    settings = PlotSettings(replicates=Replicates((), Centre.MEAN, Spread.NONE))
    made = data(*members(plot_curve), settings=settings)
    assert made.note((-1, 3), (2.5, 5.5)) == "5 of 8 points · 3 above or below"


def test_repetitions_grow_with_their_curves(plot_curve: MakePlotCurve) -> None:
    settings = PlotSettings(replicates=Replicates((), Centre.MEAN, Spread.NONE))
    curves = members(plot_curve)
    made = data(*curves, settings=settings)
    grown = curves[2].curve
    grown.append(np.array([2]), np.array([9.0]), np.array([10.0]))  # type: ignore[attr-defined]
    made.take(curves, settings.x_axis, settings, log_x=False)
    assert (made.readings(2)[0].value, made.readings(2)[0].n) == (6.0, 3)
    assert made.readings(2)[0].band is None


def test_smoothed_repetitions_are_the_middle_of_smoothed_curves(plot_curve: MakePlotCurve) -> None:
    settings = PlotSettings(
        smoothing=Smoothing(amount=0.9), replicates=Replicates((), Centre.MEAN, Spread.DEVIATION)
    )
    made = data(*members(plot_curve)[:2], settings=settings)
    plain = [
        data(each, settings=replace(settings, replicates=None)) for each in members(plot_curve)
    ]
    wanted = np.mean([each.readings(2)[0].smoothed or 0.0 for each in plain[:2]])
    reading = made.readings(2)[0]
    assert reading.smoothed == pytest.approx(wanted)
    assert reading.value == 4.0
    assert [(trace.faint, trace.band is None) for trace in made.traces] == [(True, True), (False, False)]  # fmt: skip
