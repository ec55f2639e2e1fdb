from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from storage.series import Series
from tests.widgets.plots.conftest import START, MakePlotCurve
from widgets import theme
from widgets.dragged import Dragged, from_mime, to_mime
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.plot_files import file_name
from widgets.plots.plot_view import PlotView
from widgets.plots.range_editor import RangeEditor
from workbench.plot_settings import PlotSettings, Smoothing
from workbench.smoothing import ExponentialMean
from workbench.x_axis import XAxis


@pytest.fixture
def plot(qtbot: QtBot) -> PlotView:
    view = PlotView("Loss")
    qtbot.addWidget(view)
    view.resize(500, 320)
    view.show()
    qtbot.waitExposed(view)
    return view


def show(plot: PlotView, *curves: PlotCurve, settings: PlotSettings = PlotSettings()) -> None:
    plot.set_curves(curves)
    plot.set_settings(settings)
    QCoreApplication.processEvents()  # the legend has taken or given its room
    plot.draw_now()


def colored_pixels(image: QImage, color: QColor) -> list[tuple[int, int]]:
    """Where the picture is close to a colour."""
    wide = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(wide.constBits(), np.uint8).reshape(wide.height(), wide.width(), 4)
    wanted = np.array([color.blue(), color.green(), color.red()])
    close = np.abs(pixels[:, :, :3].astype(int) - wanted).max(axis=2) < 40
    return [(int(x), int(y)) for y, x in np.argwhere(close)]


def bluish_columns(image: QImage) -> list[int]:
    """The columns with some of the first run's colour, however pale at its edges."""
    wide = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(wide.constBits(), np.uint8).reshape(wide.height(), wide.width(), 4)
    bluish = pixels[40:290, :, 0].astype(int) - pixels[40:290, :, 2] > 40
    return [int(x) for x in np.flatnonzero(bluish.any(axis=0))]


# -- crosshair ------------------------------------------------------------------------------------
def test_the_crosshair_reads_the_nearest_point_of_every_curve(
    plot: PlotView, plot_curve: MakePlotCurve
) -> None:
    fine = plot_curve([float(n) for n in range(101)])
    coarse = plot_curve([5.0, 6.0, 7.0], steps=[0, 50, 100], metric="val/loss")
    show(plot, fine, coarse)
    readings = plot.readings(42.4)
    assert [(reading.x, reading.value) for reading in readings] == [(42.0, 42.0), (50.0, 6.0)]
    assert [reading.curve for reading in readings] == [fine, coarse]


def test_the_crosshair_reads_in_epochs_and_in_seconds(
    plot: PlotView, plot_curve: MakePlotCurve
) -> None:
    curve = plot_curve([1.0, 2.0, 3.0], steps=[0, 20, 40])
    show(plot, curve, settings=PlotSettings(XAxis.EPOCH))
    assert [(reading.x, reading.value) for reading in plot.readings(0.9)] == [(1.0, 2.0)]
    show(plot, curve, settings=PlotSettings(XAxis.RELATIVE))
    assert [(reading.x, reading.value) for reading in plot.readings(1.9)] == [(2.0, 3.0)]
    show(plot, curve, settings=PlotSettings(XAxis.WALL))
    assert plot.readings(START + 0.2)[0].x == START


def test_the_crosshair_reads_raw_and_smoothed_values(
    plot: PlotView, plot_curve: MakePlotCurve
) -> None:
    values = np.random.default_rng(0).normal(size=50)
    show(plot, plot_curve(values.tolist()), settings=PlotSettings(smoothing=Smoothing(amount=0.9)))
    reading = plot.readings(30)[0]
    assert reading.value == values[30]
    assert reading.smoothed == pytest.approx(ExponentialMean(0.9).next(values)[30])


def test_the_crosshair_is_seen_while_the_pointer_is_in_the_plot(
    plot: PlotView, plot_curve: MakePlotCurve, qtbot: QtBot
) -> None:
    show(plot, plot_curve([1.0, 2.0, 3.0]))
    bare = plot.grab().toImage()
    plot.canvas.point_at(QPointF(250, 100))
    assert plot.grab().toImage() != bare
    plot.canvas.point_at(QPointF(-5, -5))
    assert plot.grab().toImage() == bare


def test_a_small_plot_has_room_for_the_values_of_all_curves(
    plot_curve: MakePlotCurve, qtbot: QtBot
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 500)
    plot = PlotView("Loss")
    plot.setParent(window)
    plot.setGeometry(0, 0, 300, 130)
    window.show()
    qtbot.waitExposed(window)
    show(plot, *[plot_curve([1.0, 2.0], id=n, name=f"run {n}") for n in range(20)])
    plot.canvas.point_at(plot.canvas.box.sceneBoundingRect().center())
    readout = plot.pointer.readout
    assert readout.isVisible()
    assert len(readout._rows) == 20
    assert window.rect().contains(readout.geometry())
    plot.hide()
    assert not readout.isVisible()
    assert readout.parentWidget() is plot, "it ends with its plot"


# -- what is drawn --------------------------------------------------------------------------------
def test_a_gap_is_seen_where_values_are_not_finite(
    plot: PlotView, plot_curve: MakePlotCurve
) -> None:
    values = np.arange(400.0)
    values[100:200] = math.nan
    values[250:300] = math.inf
    curve = plot_curve(values.tolist())
    show(plot, curve)
    drawn = bluish_columns(plot.grab().toImage())
    gaps = [right - left for left, right in pairwise(drawn) if right - left > 20]
    assert len(gaps) == 2
    assert plot.note == "250 of 400 points · 150 not finite"


def test_a_point_between_gaps_is_seen(plot: PlotView, plot_curve: MakePlotCurve) -> None:
    curve = plot_curve([math.nan, 1.0, math.nan, *[math.nan] * 200])
    show(plot, curve)
    assert colored_pixels(plot.grab().toImage(), curve.color())


def test_a_logarithmic_axis_leaves_out_what_is_not_positive_and_says_so(
    plot: PlotView, plot_curve: MakePlotCurve
) -> None:
    curve = plot_curve([10.0, 100.0, 0.0, -3.0, 1000.0, math.nan])
    show(plot, curve, settings=PlotSettings(log_y=True))
    assert plot.note == "3 of 6 points · 1 not finite · 2 not above zero"
    low, high = plot.view_range[1]
    assert (low, high) == pytest.approx((0.9, 3.1))
    assert colored_pixels(plot.grab().toImage(), curve.color())


def test_a_logarithmic_axis_over_nothing_positive_is_empty_and_says_so(
    plot: PlotView, plot_curve: MakePlotCurve
) -> None:
    show(plot, plot_curve([0.0, -1.0]), settings=PlotSettings(log_y=True))
    assert plot.note == "0 of 2 points · 2 not above zero"


def test_a_logarithmic_x_axis_leaves_out_step_zero_and_says_so(
    plot: PlotView, plot_curve: MakePlotCurve
) -> None:
    show(plot, plot_curve([5.0] * 101), settings=PlotSettings(log_x=True))
    assert plot.note == "100 of 101 points · 1 not right of zero"
    low, high = plot.view_range[0]
    assert (low, high) == pytest.approx((0, 2), abs=0.03)


def test_the_note_counts_the_points_in_sight(plot: PlotView, plot_curve: MakePlotCurve) -> None:
    show(plot, plot_curve([1.0] * 1001))
    assert plot.note == "1,001 of 1,001 points"
    plot.set_x_window((100, 199))
    plot.draw_now()
    assert plot.note == "100 of 1,001 points"


def test_the_note_counts_points_that_are_still_to_come(
    plot: PlotView, plot_curve: MakePlotCurve
) -> None:
    curve = plot_curve([1.0] * 10)
    show(plot, PlotCurve(curve.run, "loss", "one", curve.curve, known=5000))
    assert plot.note == "10 of 5,000 points"


def test_epochs_that_are_not_known_are_told(plot: PlotView, plot_curve: MakePlotCurve) -> None:
    from runners.protocol import Progress

    curve = plot_curve([1.0, 2.0], progress=Progress("importing"))
    show(plot, curve, settings=PlotSettings(XAxis.EPOCH))
    assert plot.note == "the length of an epoch is not known yet"


def test_the_smoothed_curve_lies_over_a_faint_raw_one(
    plot: PlotView, plot_curve: MakePlotCurve
) -> None:
    values = (np.arange(400) % 2 * 2.0).tolist()
    curve = plot_curve(values)
    show(plot, curve, settings=PlotSettings(smoothing=Smoothing(amount=0.99)))
    image = plot.grab().toImage()
    below_the_legend = 60
    strong = {y for _, y in colored_pixels(image, curve.color()) if y > below_the_legend}
    faint = {y for _, y in colored_pixels(image, curve.color(faint=True)) if y > below_the_legend}
    assert strong
    assert max(faint) - min(faint) > 150
    assert min(faint) < min(strong)
    assert max(strong) < max(faint)


def test_the_colours_follow_the_theme(plot: PlotView, plot_curve: MakePlotCurve) -> None:
    show(plot, plot_curve([1.0, 2.0]))
    before = theme.theme().choice
    try:
        theme.theme().apply("dark")
        plot.draw_now()
        dark = plot.grab().toImage().pixelColor(QPoint(250, 60))
        theme.theme().apply("light")
        plot.draw_now()
        light = plot.grab().toImage().pixelColor(QPoint(250, 60))
    finally:
        theme.theme().apply(before)
    assert dark.lightness() < 60 < 200 < light.lightness()


# -- frames ---------------------------------------------------------------------------------------
def test_points_that_arrive_are_drawn_soon(
    plot: PlotView, plot_curve: MakePlotCurve, qtbot: QtBot
) -> None:
    curve = plot_curve([1.0])
    show(plot, curve)
    curve.curve.extend(Series(np.array([1]), np.array([1.0]), np.array([2.0])))
    plot.mark_dirty()
    qtbot.waitUntil(lambda: plot.note.startswith("2 of"))


def test_many_arrivals_make_one_frame(
    plot: PlotView, plot_curve: MakePlotCurve, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(plot, plot_curve([1.0]))
    frames: list[int] = []
    monkeypatch.setattr(plot.canvas.item, "show_traces", lambda *args, **more: frames.append(1))
    for _ in range(1000):
        plot.mark_dirty()
    qtbot.waitUntil(lambda: bool(frames))
    assert len(frames) == 1


@pytest.mark.parametrize(("took_s", "pause_ms"), [(0.001, 50), (0.05, 200), (30.0, 1000)])
def test_a_plot_that_takes_long_to_draw_is_drawn_less_often_but_once_a_second(
    plot: PlotView, plot_curve: MakePlotCurve, took_s: float, pause_ms: int
) -> None:
    show(plot, plot_curve([1.0, 2.0]))
    plot._drawing_s, plot.canvas.painting_s = 0.0, took_s
    assert plot._pause_ms == pause_ms


def test_a_plot_out_of_sight_is_not_drawn_until_it_is_seen(
    plot: PlotView, plot_curve: MakePlotCurve, qtbot: QtBot
) -> None:
    show(plot, plot_curve([1.0]))
    plot.hide()
    curve = plot_curve([1.0, 2.0, 3.0])
    plot.set_curves([curve])
    assert not plot._frame.isActive()
    assert plot.note.startswith("1 of")
    plot.show()
    qtbot.waitUntil(lambda: plot.note.startswith("3 of"))


# -- zoom -----------------------------------------------------------------------------------------
def test_a_view_that_was_not_moved_follows_the_curve(
    plot: PlotView, plot_curve: MakePlotCurve
) -> None:
    curve = plot_curve([1.0] * 11)
    show(plot, curve)
    curve.curve.extend(Series(np.array([100]), np.array([1.0]), np.array([50.0])))
    plot.draw_now()
    (_, right), (_, top) = plot.view_range
    assert right >= 100
    assert top >= 50


def test_zooming_by_keys_stays_until_it_is_reset(
    plot: PlotView, plot_curve: MakePlotCurve, qtbot: QtBot
) -> None:
    show(plot, plot_curve([float(n) for n in range(101)]))
    whole = plot.view_range
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    plot.draw_now()
    near = plot.view_range
    assert near[0][1] - near[0][0] < whole[0][1] - whole[0][0]
    assert near[1][1] - near[1][0] < whole[1][1] - whole[1][0], "y follows what is in sight"
    qtbot.keyClick(plot, Qt.Key.Key_R)
    plot.draw_now()
    assert plot.view_range == whole


def test_a_double_click_shows_everything_again(
    plot: PlotView, plot_curve: MakePlotCurve, qtbot: QtBot
) -> None:
    show(plot, plot_curve([float(n) for n in range(101)]))
    whole = plot.view_range
    plot.set_x_window((10, 20))
    plot.draw_now()
    assert plot.view_range != whole
    plot.grab()
    middle = plot.canvas.mapFromScene(plot.canvas.box.sceneBoundingRect().center())
    viewport = plot.canvas.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=middle)
    plot.draw_now()
    assert plot.view_range == whole


def test_another_x_axis_shows_all_of_it(plot: PlotView, plot_curve: MakePlotCurve) -> None:
    show(plot, plot_curve([1.0] * 101))
    plot.set_x_window((10, 20))
    plot.set_settings(PlotSettings(XAxis.RELATIVE))
    plot.draw_now()
    assert plot.note == "101 of 101 points"


# -- files ----------------------------------------------------------------------------------------
def test_the_png_has_twice_the_size_and_shows_the_curve(
    plot: PlotView, plot_curve: MakePlotCurve, tmp_path: Path
) -> None:
    curve = plot_curve([1.0, 3.0, 2.0])
    show(plot, curve)
    plot.files.save_png(tmp_path / "plot.png")
    image = QImage(str(tmp_path / "plot.png"))
    assert image.size() == plot.size() * 2
    assert len(colored_pixels(image, curve.color())) > 500


def test_the_svg_is_made_of_lines_and_text(
    plot: PlotView, plot_curve: MakePlotCurve, tmp_path: Path
) -> None:
    show(plot, plot_curve([1.0, 3.0, 2.0]))
    plot.files.save_svg(tmp_path / "plot.svg")
    names = [element.tag.rpartition("}")[2] for element in ET.parse(tmp_path / "plot.svg").iter()]
    assert "path" in names
    assert "image" not in names
    texts = [element.text for element in ET.parse(tmp_path / "plot.svg").iter() if element.text]
    assert "Loss" in texts


def test_the_picture_can_be_copied(plot: PlotView, plot_curve: MakePlotCurve, qtbot: QtBot) -> None:
    show(plot, plot_curve([1.0, 3.0, 2.0]))
    with qtbot.waitSignal(plot.told) as told:
        plot.files.copy_picture()
    assert "Loss" in told.args[0]
    assert QGuiApplication.clipboard().image().size() == plot.size() * 2


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_file_that_cannot_be_written_is_told_in_words(
    plot: PlotView, plot_curve: MakePlotCurve, tmp_path: Path, qtbot: QtBot, kind: str
) -> None:
    show(plot, plot_curve([1.0, 2.0]))
    save = {"png": plot.files.save_png, "svg": plot.files.save_svg}[kind]
    with qtbot.waitSignal(plot.told) as told:
        save(tmp_path / "no such folder" / "file")
    assert "could not be saved" in told.args[0]


def test_a_file_is_named_after_the_plot_and_stays_in_its_folder() -> None:
    assert file_name("Learning rate") == "learning-rate"
    assert file_name("../../etc/passwd") == "etc-passwd"
    assert file_name("...") == "plot"


def test_what_is_dragged_comes_back_from_the_clipboards_form_and_strangers_do_not() -> None:
    what = Dragged((3, 4), ("loss",), "loss")
    assert from_mime(to_mime(what)) == what
    stranger = QMimeData()
    stranger.setText("3")
    assert from_mime(stranger) is None


def test_a_range_is_checked_while_it_is_typed(plot: PlotView) -> None:
    editor = RangeEditor("Loss", (None, None), (0.0, None), False, ((1.0, 2.0), (3.0, 4.0)), plot)
    editor.boxes["x"][0].setText("5")
    editor.boxes["x"][1].setText("five")
    assert "not a number" in editor.problem.text()
    editor.boxes["x"][1].setText("1")
    assert "smaller" in editor.problem.text()
    editor.boxes["x"][1].setText("1e3")
    assert editor.problem.text() == ""
    assert (editor.ends("x"), editor.ends("y")) == ((5.0, 1000.0), (0.0, None))
    editor.close()
