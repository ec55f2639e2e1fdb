"""The time of one frame of our plot against pyqtgraph's own items, of the same points on the same 900 x 600 pixels.

``python -m benchmarks.plot_frames [--rounds N] [--curves N] [--points N] [--long N]``. Both sides take turns.
A frame is what it takes to show a range that moved: the items are told, the widget is painted. Prints the median
milliseconds and the ratios: of many curves, and of one long one.
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
from PySide6.QtWidgets import QApplication, QWidget

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


def our_plot(curves: list[Floats]) -> tuple[QWidget, Frame]:
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
    sides = {
        "ours": our_plot(curves),
        "pyqtgraph, peak downsampling": their_plot(curves, **PEAK),
        "pyqtgraph, raw": their_plot(curves),
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, (_, frame) in sides.items():
            start = perf_counter()
            frame(number)
            if number:  # the first frame builds what later ones use
                times[name].append(1000 * (perf_counter() - start))
    ours = statistics.median(times["ours"])
    print(f"\n{title}")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"  {name:<30} {median:9.1f} ms   ratio {median / ours:7.2f}")
    for widget, _ in sides.values():
        widget.close()
        widget.deleteLater()
    QApplication.processEvents()


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
    compare(f"one curve of {args.long:,} points", [noisy_curve(random, args.long)], args.rounds)
    app.quit()


if __name__ == "__main__":
    main()
