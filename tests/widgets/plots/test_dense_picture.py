from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.widgets.plots.conftest import RUN, curve_of
from widgets.plots.dense_picture import DensePicture, Spans
from widgets.plots.frame import Frame
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.trace import Trace
from workbench.curve import Curve, Floats
from workbench.smoothing import Method, SmoothedCurve, smoother
from workbench.x_axis import Placing

WIDTH, HEIGHT = 200, 120
PLACING = Placing("steps")


def frame(last: float) -> Frame:
    return Frame((0.0, last), (-2.0, 2.0), WIDTH, HEIGHT, log_x=False, log_y=False)


def trace_of(line: Curve | SmoothedCurve, *, width: int = 1, faint: bool = False) -> Trace:
    return Trace(PlotCurve(RUN, "loss", "one", line, len(line)), line, PLACING, faint, width)


def drawn(traces: Sequence[Trace], at: Frame) -> DensePicture:
    found = [t.line.spans("steps", at.edges(PLACING)) for t in traces]
    return DensePicture(traces, [Spans(*each) for each in found if each is not None], at)


def append(curve: Curve, values: Floats) -> None:
    steps = len(curve) + np.arange(len(values))
    curve.append(steps, steps.astype(float), values)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 900), min_size=1, max_size=6))
def test_a_picture_that_grows_is_the_one_that_is_drawn_anew(seed: int, grows: list[int]) -> None:
    random = np.random.default_rng(seed)
    curves = [curve_of(random.normal(0, 0.4, 4000)) for _ in range(3)]
    traces = [trace_of(curve, width=1 + (at == 2)) for at, curve in enumerate(curves)]
    at = frame(10_000)
    picture = drawn(traces, at)
    for number, count in enumerate(grows):
        append(curves[number % 3], random.normal(0, 0.4, count))
        assert picture.grow(traces)
    different = picture.pixels != drawn(traces, at).pixels
    assert different.any(axis=0).sum() <= 2 * len(grows)  # a border may lie elsewhere in a pixel
    assert different.mean() < 0.01


@given(st.integers(0, 599))
@settings(max_examples=60, deadline=None)
def test_no_value_is_lost_where_the_new_part_begins(place: int) -> None:
    values = np.zeros(4600)
    values[4000 - 300 + place] = 1.5
    curve = curve_of(values[:4000])
    at = frame(10_000)
    picture = drawn([trace_of(curve)], at)
    append(curve, values[4000:])
    assert picture.grow([trace_of(curve)])
    row_of_the_value = round((2 - 1.5) / 4 * HEIGHT)
    assert picture.pixels[row_of_the_value + 1].any()


def test_what_smoothing_revises_is_drawn_anew() -> None:
    random = np.random.default_rng(1)
    curve = curve_of(random.normal(0, 0.5, 4000))
    smooth = SmoothedCurve(curve, smoother(Method.GAUSSIAN, 8.0))
    smooth.catch_up()
    at = frame(8000)
    picture = drawn([trace_of(curve, faint=True), trace_of(smooth)], at)
    append(curve, random.normal(0, 0.5, 1000))
    smooth.catch_up()
    traces = [trace_of(curve, faint=True), trace_of(smooth)]
    assert picture.grow(traces)
    assert (picture.pixels != drawn(traces, at).pixels).mean() < 0.005


def test_another_line_colour_or_width_is_not_grown_into() -> None:
    curve = curve_of(np.zeros(4000))
    at = frame(8000)
    picture = drawn([trace_of(curve)], at)
    assert not picture.grow([trace_of(curve), trace_of(curve)])
    assert not picture.grow([trace_of(curve, width=2)])
    assert not picture.grow([trace_of(curve, faint=True)])
    assert not picture.grow([trace_of(curve_of(np.zeros(4000)))])


def test_a_curve_that_began_anew_is_drawn_anew() -> None:
    curve = curve_of(np.zeros(4000))
    picture = drawn([trace_of(curve)], frame(8000))
    curve.restart()
    append(curve, np.ones(4500))
    assert not picture.grow([trace_of(curve)])


def test_lines_that_did_not_grow_leave_the_picture_as_it_is() -> None:
    curve = curve_of(np.zeros(4000))
    picture = drawn([trace_of(curve)], frame(8000))
    before = picture.pixels.copy()
    assert picture.grow([trace_of(curve)])
    assert (picture.pixels == before).all()
