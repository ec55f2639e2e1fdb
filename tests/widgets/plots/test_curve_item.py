from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot
from scipy.ndimage import distance_transform_cdt

from tests.widgets.plots.conftest import MakePlotCurve, curve_of
from widgets import theme
from widgets.plots.axes import PlotBox
from widgets.plots.curve_item import CurveItem
from widgets.plots.plot_curve import Look, PlotCurve
from widgets.plots.trace import BandLines, Trace
from workbench.x_axis import Placing

WIDTH, HEIGHT = 300, 200
Pixels = NDArray[np.int64]


@pytest.fixture
def item(qtbot: QtBot) -> CurveItem:
    view = pg.GraphicsView()
    qtbot.addWidget(view)
    box = PlotBox()
    view.setCentralItem(box)
    box.setGeometry(0, 0, WIDTH, HEIGHT)
    made = CurveItem(box)
    made.keeps = view  # type: ignore[attr-defined]
    return made


def show(
    item: CurveItem, traces: Sequence[Trace], y: tuple[float, float], *, log_y: bool = False
) -> None:
    longest = max(len(trace.line) for trace in traces)
    item._box.setRange(xRange=(0, longest - 1), yRange=y, padding=0)
    item.show_traces(traces, log_x=False, log_y=log_y)


def trace_of(curve: PlotCurve, **more: object) -> Trace:
    return Trace(curve, curve.curve, Placing("steps"), **more)  # type: ignore[arg-type]


def painted(item: CurveItem, *, scale: int = 1, shift: float = 0.0) -> Pixels:
    """Rows of pixels with blue, green, red, on white."""

    def draw(painter: QPainter) -> None:
        painter.translate(shift, shift)
        item.paint(painter)

    return pixels_of(draw, scale)


def pixels_of(draw: object, scale: int) -> Pixels:
    image = QImage(WIDTH * scale, HEIGHT * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(QColor("white"))
    painter = QPainter(image)
    draw(painter)  # type: ignore[operator]
    painter.end()
    shape = HEIGHT * scale, WIDTH * scale, 4
    return np.array(image.constBits()).reshape(shape)[:, :, :3].astype(np.int64)


def every_point(item: CurveItem, traces: Sequence[Trace], scale: int) -> Pixels:
    """The picture of polylines through all points."""
    (x0, x1), (y0, y1) = item._box.viewRange()

    def draw(painter: QPainter) -> None:
        for trace in traces:
            steps, values = trace.line.steps, trace.line.values  # type: ignore[attr-defined]
            left, top = (steps - x0) * WIDTH / (x1 - x0), (y1 - values) * HEIGHT / (y1 - y0)
            painter.setPen(trace.curve.pen())
            painter.drawPath(pg.functions.arrayToQPath(left, top, connect="all"))

    return pixels_of(draw, scale)


def near(pixels: Pixels, color: QColor) -> NDArray[np.bool_]:
    wanted = np.array([color.blue(), color.green(), color.red()])
    return np.asarray(np.abs(pixels - wanted).max(axis=2) < 25)


def tinted(pixels: Pixels) -> NDArray[np.bool_]:
    """Where something is seen."""
    return np.asarray((pixels < 250).any(axis=2))


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("points", [400, 3_000, 40_000])
def test_the_picture_of_many_curves_is_that_of_all_their_points(
    item: CurveItem, plot_curve: MakePlotCurve, points: int, scale: int
) -> None:
    random = np.random.default_rng(0)
    traces = [
        trace_of(
            plot_curve((np.sin(np.linspace(n, n + 9, points)) + noise).tolist(), id=n, color=n)
        )
        for n, noise in enumerate(random.normal(0, 0.1, (30, points)))
    ]
    show(item, traces, (-1.5, 1.5))
    ours, full = painted(item, scale=scale), every_point(item, traces, scale)
    if points > 400:
        assert item._layers[0].pixels is not None
    differs = np.pad(np.abs(ours - full).max(axis=2) > 127, 1)
    assert differs.mean() < 0.05
    assert distance_transform_cdt(differs, "chessboard").max() <= 2


def test_a_picture_between_pixels_of_the_screen_is_as_sharp_as_one_on_them(
    item: CurveItem, plot_curve: MakePlotCurve
) -> None:
    spikes = np.zeros(40_000)
    spikes[20_000] = 1.0
    curve = plot_curve(spikes.tolist())
    show(item, [trace_of(curve)], (-0.5, 0.9))
    for shift in (0.0, 0.3, 0.5, 0.8):
        upright = near(painted(item, shift=shift), curve.color())[20:100]
        assert np.count_nonzero(upright.all(axis=0)) == 1
        assert np.count_nonzero(upright.any(axis=0)) == 1


def test_later_curves_lie_above_earlier_ones_and_wide_ones_above_all(
    item: CurveItem, plot_curve: MakePlotCurve
) -> None:
    noise = np.random.default_rng(0).normal(size=40_000).tolist()
    first, second, third = (plot_curve(noise, id=n, color=n) for n in range(3))
    show(item, [trace_of(each) for each in (first, second, third)], (-1, 1))
    assert near(painted(item), third.color()).mean() > 0.9
    show(item, [trace_of(first, width=2), trace_of(second), trace_of(third)], (-1, 1))
    assert near(painted(item), first.color()).mean() > 0.9


def test_a_faint_dense_curve_lies_behind_the_others(
    item: CurveItem, plot_curve: MakePlotCurve
) -> None:
    noise = np.random.default_rng(0).normal(size=40_000).tolist()
    smooth, raw = plot_curve([0.5] * 40_000), plot_curve(noise)
    show(item, [trace_of(smooth), trace_of(raw, faint=True)], (-1, 1))
    pixels = painted(item)
    row = pixels[round(HEIGHT * 0.25) - 1 : round(HEIGHT * 0.25) + 1]
    assert np.abs(row - pixels[20]).max() > 40, "the line is seen"
    assert near(pixels, raw.color(faint=True)).mean() > 0.8


@pytest.mark.parametrize("hole", [math.nan, math.inf])
def test_a_gap_of_a_dense_curve_is_seen(
    item: CurveItem, plot_curve: MakePlotCurve, hole: float
) -> None:
    values = np.ones(40_000)
    values[10_000:20_000] = hole
    curve = plot_curve(values.tolist())
    show(item, [trace_of(curve)], (0, 2))
    columns = tinted(painted(item)).any(axis=0)
    assert columns[:74].all()
    assert not columns[77:149].any()
    assert columns[151:].all()


def test_a_logarithmic_axis_draws_dense_curves_where_they_are_positive(
    item: CurveItem, plot_curve: MakePlotCurve
) -> None:
    values = np.full(40_000, 10.0)
    values[20_000:] = -1.0
    curve = plot_curve(values.tolist())
    show(item, [trace_of(curve)], (0, 2), log_y=True)
    seen = tinted(painted(item))
    assert np.flatnonzero(seen.any(axis=1)).tolist() == [99, 100]
    assert not seen[:, 152:].any()


def test_a_dashed_curve_keeps_its_gaps_over_dense_ones(
    item: CurveItem, plot_curve: MakePlotCurve
) -> None:
    noise = (np.random.default_rng(0).normal(size=40_000) - 5).tolist()
    made = plot_curve([0.5, 0.5], steps=[0, 39_999], color=1)
    dashed = PlotCurve(made.run, "loss", "one", made.curve, 2, Look.DASHED)
    show(item, [trace_of(plot_curve(noise)), trace_of(dashed)], (-1, 1))
    row = tinted(painted(item))[49:51].any(axis=0)
    assert 0.3 < row[10:-10].mean() < 0.8


def test_a_point_alone_is_marked_among_many_curves(
    item: CurveItem, plot_curve: MakePlotCurve
) -> None:
    below = [plot_curve(np.full(2_000, -0.9).tolist(), id=n, color=1) for n in range(20)]
    alone = plot_curve([0.0], steps=[1_000], color=2)
    show(item, [trace_of(each) for each in (*below, alone)], (-1, 1))
    assert 8 < np.count_nonzero(near(painted(item), alone.color())) < 40


def test_a_file_is_drawn_by_paths(item: CurveItem, plot_curve: MakePlotCurve) -> None:
    noise = np.random.default_rng(0).normal(size=40_000)
    show(item, [trace_of(plot_curve(noise.tolist()))], (-1, 1))
    item.for_picture = True
    painted(item)
    assert [layer.pixels for layer in item._layers] == [None]
    item.for_picture = False
    painted(item)
    assert [layer.path for layer in item._layers] == [None]


# -- bands ----------------------------------------------------------------------------------------
def banded(curve: PlotCurve, low: Sequence[float], high: Sequence[float]) -> Trace:
    return trace_of(curve, band=BandLines(curve_of(low), curve_of(high)))


def test_a_band_fills_what_lies_between_its_lines_and_leaves_the_rest(
    item: CurveItem, plot_curve: MakePlotCurve
) -> None:
    curve = plot_curve([0.0, 0.0, 0.0])
    show(item, [banded(curve, [-0.5, -0.5, -0.5], [0.5, 0.5, 0.5])], (-1, 1))
    seen = tinted(painted(item))
    assert seen[51:149].all()
    assert not seen[:49].any()
    assert not seen[151:].any()


def test_a_band_has_a_gap_where_its_values_are_not_finite(
    item: CurveItem, plot_curve: MakePlotCurve
) -> None:
    values = np.zeros(31)
    values[10:20] = math.nan
    curve = plot_curve(values.tolist())
    show(item, [banded(curve, (values - 0.5).tolist(), (values + 0.5).tolist())], (-1, 1))
    columns = tinted(painted(item)).any(axis=0)
    assert columns[:88].all()
    assert not columns[93:198].any()
    assert columns[202:].all()


def test_a_band_reaches_down_to_the_edge_of_a_logarithmic_axis(
    item: CurveItem, plot_curve: MakePlotCurve
) -> None:
    curve = plot_curve([10.0, 10.0, 10.0])
    show(item, [banded(curve, [-5.0, 0.0, -5.0], [100.0] * 3)], (0, 4), log_y=True)
    seen = tinted(painted(item))
    assert seen[102:].all()
    assert not seen[:98].any()


def test_the_band_has_the_colour_of_its_curve_and_lies_under_all_lines(
    item: CurveItem, plot_curve: MakePlotCurve
) -> None:
    below, above = plot_curve([0.0] * 3, color=1), plot_curve([0.2] * 3, id=2, color=0)
    show(item, [trace_of(below), banded(above, [-1.0] * 3, [1.0] * 3)], (-1, 1))
    pixels = painted(item)
    pale = theme.mixed(above.color().name(), "#ffffff", 0.16)
    assert near(pixels, pale)[:60].all()
    assert np.abs(pixels[99:101] - pixels[20, 0]).max() > 60, "the other line is not covered"
