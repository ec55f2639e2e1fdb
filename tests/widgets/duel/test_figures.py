from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from tests.workbench.duel import made
from widgets.duel.figure_chart import FigureChart, bars
from widgets.duel.figures_page import SCALING, FiguresPage
from widgets.duel.reading import Reading
from widgets.duel.scaling_plot import ScalingPlot
from widgets.duel.step_times import step_shapes
from workbench.duel.figures import Row, figure_of
from workbench.duel.results import Results


def test_a_chart_has_a_bar_for_each_contestant_that_was_measured(qtbot: QtBot) -> None:
    found = made.results(made.TORCH, made.EAGER, made.FIT)
    without = [replace(one, figures={}) if one.contestant == 1 else one for one in found.measured]
    shown = bars(figure_of("step_s"), replace(found, measured=tuple(without)))
    assert [bar.name for bar in shown] == ["PyTorch", "Keras fit"]
    for bar in shown:
        assert len(bar.values) == 5
        assert bar.low < bar.mean < bar.high
    chart = FigureChart(figure_of("step_s"), shown)
    qtbot.addWidget(chart)
    chart.resize(320, chart.sizeHint().height())
    assert not chart.grab().isNull()
    assert "PyTorch" in chart.accessibleDescription()


def test_a_single_seed_has_no_interval(qtbot: QtBot) -> None:
    shown = bars(figure_of("step_s"), made.results(made.TORCH, made.FIT, seeds=(1,)))
    assert all(math.isnan(bar.low) for bar in shown)
    chart = FigureChart(figure_of("step_s"), shown)
    qtbot.addWidget(chart)
    chart.resize(320, chart.sizeHint().height())
    assert not chart.grab().isNull()


@given(st.lists(st.integers(0, 500), min_size=30, max_size=30), st.floats(1e-4, 10.0))
def test_pooled_histograms_keep_all_but_the_slowest_steps(counts: list[int], start: float) -> None:
    edges = tuple(np.linspace(start, 2 * start, 31).tolist())
    found = made.results(made.TORCH, made.FIT, seeds=(1, 2))
    histogram = {"edges": edges, "counts": tuple(map(float, counts))}
    same = tuple(replace(one, histogram=histogram) for one in found.measured)
    for shape in step_shapes(replace(found, measured=same)):
        kept = float(shape.histogram.counts.sum())
        assert kept == pytest.approx(2 * 0.99 * sum(counts), abs=1e-6 * (1 + sum(counts)))
        assert np.all(shape.histogram.counts >= 0)


def test_without_histograms_there_are_no_shapes() -> None:
    found = made.results(made.TORCH, made.FIT)
    bare = tuple(replace(one, histogram={}) for one in found.measured)
    assert step_shapes(replace(found, measured=bare)) == []


def test_what_was_scaled_is_told_and_drawn(
    qtbot: QtBot, judged: Callable[[Results], Reading]
) -> None:
    page = FiguresPage()
    qtbot.addWidget(page)
    page.show_reading(judged(made.results()))
    page.rows.set_value(SCALING)
    assert not page.not_scaled.isHidden()
    assert page.scaling.isHidden()
    found = made.scaled(made.results(made.TORCH, made.FIT))
    page.show_reading(judged(found))
    assert page.not_scaled.isHidden()
    assert "Keras fit is the fastest" in page.said.text()
    assert "12,500" in page.said.text()
    assert "ran out of memory" in page.said.text()
    plots = page.findChildren(ScalingPlot)
    assert [plot.accessibleName() for plot in plots] == [
        "Training speed by size of the batch",
        "Memory at its peak by size of the batch",
        "Training speed by number of threads",
    ]
    assert "PyTorch: 16: " in plots[0].accessibleDescription()
    page.resize(900, 600)
    assert not page.grab().isNull()
    page.rows.set_value("speed")
    assert page.said.isHidden()
    assert page.scaling.isHidden()


def test_what_the_exports_came_to_is_told_and_drawn(
    qtbot: QtBot, judged: Callable[[Results], Reading]
) -> None:
    page = FiguresPage()
    qtbot.addWidget(page)
    page.show_reading(judged(made.results()))
    page.rows.set_value(Row.DEPLOYMENT)
    assert not page.not_exported.isHidden()
    assert page.nothing.isHidden()
    with qtbot.waitSignal(page.export_wanted):
        page.export.click()
    found = made.results(made.TORCH, made.FIT)
    page.show_reading(judged(made.exported(found, {0: ("onnx",), 1: ("onnx", "litert")})))
    assert page.not_exported.isHidden()
    assert (
        "Keras fit reached 2 formats, of which LiteRT (.tflite) answers a single sample soonest: ONNX, LiteRT (.tflite)."
        in page.said.text()
    )
    told = {one.figure.name for one in page.findChildren(FigureChart) if one.figure.row is Row.DEPLOYMENT}  # fmt: skip
    assert "export_latency_s" in told
    page.rows.set_value(Row.MOBILE)
    charts = page.findChildren(FigureChart)
    (chart,) = (one for one in charts if one.figure.name == "mobile_bytes")
    assert [bar.name for bar in chart.bars] == ["Keras fit"]
    page.resize(900, 600)
    assert not page.grab().isNull()
    page.rows.set_value(Row.SPEED)
    assert page.said.isHidden()
