"""The time of one frame of our plot against pyqtgraph's own items, and whether the picture is the same.

``python -m benchmarks.plot_frames [--rounds N] [--curves N] [--points N] [--long N]``. Both sides have the same points on
the same 900 x 600 pixels and take turns. A frame is what it takes to show a range that moved: the items are told, the
widget is painted. Prints the median milliseconds and the ratios: of many curves, of one long one, and of a long one to a
short one of ours. The picture is compared with that of all points drawn as polylines, as pyqtgraph draws them: the share of
pixels that differ at all, and how many pixels the farthest of them is from one that does not (1 is the next pixel).
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget
from scipy.ndimage import distance_transform_cdt

from runners.protocol import Framework, Mode, Progress, RunSpec, State
from storage.records import RunRecord
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.plot_view import PlotView
from widgets.theme import theme
from workbench.curve import Curve, Floats

WIDTH, HEIGHT = 900, 600
Frame = Callable[[int], None]
"""Shows the frame of that number."""


def noisy_curve(random: np.random.Generator, points: int) -> Floats:
    decay: Floats = np.exp(-np.linspace(0, 4, points)) + random.normal(0, 0.05, points)
    return decay


def window(number: int, points: int) -> tuple[float, float]:
    """Almost all of x, another part in each frame."""
    return number % 10, points - 1 - number % 7


def our_plot(curves: list[Floats]) -> tuple[PlotView, Frame]:
    view = PlotView("loss")
    view.resize(WIDTH, HEIGHT)
    view.set_curves(
        [
            PlotCurve(run_record(number), "loss", f"run {number}", filled(values), len(values))
            for number, values in enumerate(curves)
        ]
    )
    view.show()

    def frame(number: int) -> None:
        view.set_x_window(window(number, len(curves[0])))
        view.draw_now()
        view.grab()

    return view, frame


def filled(values: Floats) -> Curve:
    curve = Curve()
    steps = np.arange(len(values))
    curve.append(steps, steps.astype(np.float64), values)
    return curve


def run_record(number: int) -> RunRecord:
    spec = RunSpec("mlp", Framework.PYTORCH, Mode.EAGER, "digits", "", {}, 0, "cpu", "python")
    return RunRecord(
        number, 1, f"run {number}", "default", State.RUNNING, "", spec, 0, 0, None, "", None, None, None,
        "cpu", None, 0.0, number, None, Progress("training"), None,
    )  # fmt: skip


def their_plot(curves: list[Floats], **options: Any) -> tuple[QWidget, Frame]:
    widget = pg.PlotWidget(background="w")
    widget.resize(WIDTH, HEIGHT)
    x = np.arange(len(curves[0]), dtype=float)
    for number, values in enumerate(curves):
        item = widget.plot(x, values, pen=pg.mkPen(pg.intColor(number), width=1))
        for name, value in options.items():
            getattr(item, name)(**value)
    widget.getViewBox().disableAutoRange()
    widget.show()

    def frame(number: int) -> None:
        widget.getViewBox().setXRange(*window(number, len(curves[0])), padding=0)
        widget.grab()

    return widget, frame


PEAK = {"setDownsampling": {"auto": True, "method": "peak"}, "setClipToView": {"state": True}}


def compare(title: str, curves: list[Floats], rounds: int) -> None:
    """Prints how long the sides need for a frame, and how far our picture is from that of all points."""
    ours, our_frame = our_plot(curves)
    sides: dict[str, tuple[QWidget, Frame]] = {
        "ours": (ours, our_frame),
        "pyqtgraph, peak downsampling": their_plot(curves, **PEAK),
        "pyqtgraph, raw": their_plot(curves),
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(0, 3 * rounds, 3):
        for name, (_, frame) in sides.items():
            frame(number)  # builds what later ones use, and brings it back to the processor
            for later in (1, 2):
                start = perf_counter()
                frame(number + later)
                times[name].append(1000 * (perf_counter() - start))
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    print(f"\n{title}")
    for name, median in medians.items():
        print(f"  {name:<30} {median:9.1f} ms   ratio {median / medians['ours']:7.2f}")
    share, distance = difference(ours, curves)
    print(f"  {share:.2%} of the pixels differ, at most {distance} from one that does not")
    for widget, _ in sides.values():
        widget.close()
        widget.deleteLater()
    QApplication.processEvents()


def difference(view: PlotView, curves: list[Floats]) -> tuple[float, int]:
    """The share of the pixels that are not those of all points, and the farthest one's distance from one that is."""
    ours = drawn(view, view.canvas.item.paint, smooth=True)
    every = drawn(view, lambda painter: draw_all(painter, view, curves), smooth=False)
    differs = np.pad((ours != every).any(axis=2), 1)
    return float(differs.mean()), int(distance_transform_cdt(differs, "chessboard").max())


def drawn(view: PlotView, draw: Callable[[QPainter], None], *, smooth: bool) -> NDArray[np.uint8]:
    """Rows of pixels of the area between the axes, on white."""
    size = view.canvas.box.size().toSize()
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
    draw(painter)
    painter.end()
    return np.array(image.constBits()).reshape(size.height(), size.width(), 4)


def draw_all(painter: QPainter, view: PlotView, curves: list[Floats]) -> None:
    """A polyline through all points of each curve, the step of a point being its index."""
    (x0, x1), (y0, y1) = view.view_range
    width, height = view.canvas.box.width(), view.canvas.box.height()
    for curve, values in zip(view.curves, curves, strict=True):
        left = (np.arange(len(values)) - x0) * (width / (x1 - x0))
        painter.setPen(curve.pen())
        painter.drawPath(
            pg.functions.arrayToQPath(left, (y1 - values) * (height / (y1 - y0)), connect="all")
        )


def compare_lengths(short: list[Floats], long: list[Floats], rounds: int) -> None:
    """Frames of a short and of a long curve by turns."""
    frames = [our_plot(curves) for curves in (short, long)]
    times: list[list[float]] = [[], []]
    for number in range(10 * rounds + 1):
        for (_, frame), taken in zip(frames, times, strict=True):
            start = perf_counter()
            frame(number)
            if number:
                taken.append(1000 * (perf_counter() - start))
    fast, slow = (statistics.median(taken) for taken in times)
    print(
        f"\nours, one curve of {len(long[0]):,} points: {slow:.1f} ms, of {len(short[0]):,}: {fast:.1f} ms, ratio {slow / fast:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--curves", type=int, default=100)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--long", type=int, default=10_000_000)
    args = parser.parse_args()
    app = QApplication([])
    theme().apply("light")
    random = np.random.default_rng(0)
    many = [noisy_curve(random, args.points) + number / 50 for number in range(args.curves)]
    compare(f"{args.curves} curves of {args.points:,} points", many, args.rounds)
    long = [noisy_curve(random, args.long)]
    compare(f"one curve of {args.long:,} points", long, args.rounds)
    compare_lengths([noisy_curve(random, 10_000)], long, args.rounds)
    app.quit()


if __name__ == "__main__":
    main()
