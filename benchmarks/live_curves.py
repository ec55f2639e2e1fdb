"""What fifty live curves on four plots cost the window, against pyqtgraph's `setData` of the same points.

``python -m benchmarks.live_curves [--curves 50] [--rate 100] [--history 20000] [--seconds 20]``. Each curve has a history and gets
points at that rate, all through the window's own plots and event loop; the sides run one after the other. A frame is one plot
painted once. Prints the share of a core, the frames a second, the longest time in which the window answered nothing, and what
pyqtgraph would need for as many frames as ours. The aims are a quarter of that, and 50 ms.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QGraphicsView, QGridLayout, QWidget

from benchmarks.plot_frames import noisy_curve, run_record
from benchmarks.stolen_time import Stolen
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.plot_grid import PlotGrid, PlotSpec
from widgets.theme import theme
from workbench.curve import Curve, Floats

SIZE = 1200, 800
PLOTS = 4
ARRIVALS_MS, FRAME_MS, PULSE_MS = 50, 100, 5


@dataclass(frozen=True)
class Cost:
    cpu: float
    """Seconds of the processor for each second."""
    frames: float
    """Each second."""
    block_ms: float


class Feed:
    """Curves with a history, dealt out to plots, that get points at a rate."""

    def __init__(self, curves: int, history: int, rate: float) -> None:
        random = np.random.default_rng(0)
        self.curves = [self._filled(noisy_curve(random, history)) for _ in range(curves)]
        self.plots = [range(plot, curves, PLOTS) for plot in range(PLOTS)]
        self._rate, self._given, self._began = rate, 0, perf_counter()
        self._random = random

    @staticmethod
    def _filled(values: Floats) -> Curve:
        curve = Curve()
        steps = np.arange(len(values))
        curve.append(steps, steps.astype(np.float64), values)
        return curve

    def begin(self) -> None:
        self._given, self._began = 0, perf_counter()

    def advance(self) -> None:
        """Append what has become due."""
        due = int((perf_counter() - self._began) * self._rate) - self._given
        self._given += due
        for curve in self.curves:
            steps = len(curve) + np.arange(due)
            curve.append(steps, steps.astype(np.float64), self._random.normal(0, 0.05, due))


def our_side(feed: Feed) -> tuple[QWidget, Callable[[], None]]:
    """The widget, and what is to be called when points have arrived."""
    grid = PlotGrid()
    metrics = [f"metric {plot}" for plot in range(PLOTS)]
    specs = []
    for metric, numbers in zip(metrics, feed.plots, strict=True):
        curves = [
            PlotCurve(run_record(number), metric, f"run {number}", curve, len(curve))
            for number in numbers
            for curve in [feed.curves[number]]
        ]
        specs.append(PlotSpec(metric, curves))
    grid.show_specs(specs)

    def arrived() -> None:
        for metric, numbers in zip(metrics, feed.plots, strict=True):
            for number in numbers:
                grid.points_arrived(number, metric)

    return grid, arrived


def their_side(feed: Feed) -> tuple[QWidget, Callable[[], None]]:
    widget = QWidget()
    layout = QGridLayout(widget)
    items: list[tuple[Any, Curve]] = []
    for plot, numbers in enumerate(feed.plots):
        view = pg.PlotWidget(background="w")
        layout.addWidget(view, plot // 2, plot % 2)
        items += [
            (view.plot(pen=pg.mkPen(pg.intColor(number), width=1)), feed.curves[number])
            for number in numbers
        ]

    def draw() -> None:
        for item, curve in items:
            item.setData(curve.steps, curve.values)

    timer = QTimer(widget)
    timer.timeout.connect(draw)
    timer.start(FRAME_MS)
    return widget, lambda: None


class Paints(QObject):
    """Counts how often the plots are painted, and notes the longest time between two pulses."""

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self.count, self.longest = 0, 0.0
        for view in window.findChildren(QGraphicsView):
            view.viewport().installEventFilter(self)
        self._last = perf_counter()
        self._pulse = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._pulse.timeout.connect(self._beat)
        self._pulse.start(PULSE_MS)

    def reset(self) -> None:
        self.count, self.longest, self._last = 0, 0.0, perf_counter()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return super().eventFilter(watched, event)

    def _beat(self) -> None:
        now = perf_counter()
        self.longest = max(self.longest, now - self._last - PULSE_MS / 1000)
        self._last = now


def measure(
    make: Callable[[Feed], tuple[QWidget, Callable[[], None]]], feed: Feed, seconds: float
) -> Cost:
    window, arrived = make(feed)
    window.resize(*SIZE)
    window.show()
    paints = Paints(window)
    feed.begin()

    def arrive() -> None:
        feed.advance()
        arrived()

    arrivals = QTimer(window)
    arrivals.timeout.connect(arrive)
    arrivals.start(ARRIVALS_MS)
    run_for(2.0)  # what is built once
    paints.reset()
    began, cpu = perf_counter(), process_time()
    run_for(seconds)
    lasted = perf_counter() - began
    cost = Cost((process_time() - cpu) / lasted, paints.count / lasted, 1000 * paints.longest)
    window.close()
    window.deleteLater()
    QApplication.processEvents()
    return cost


def run_for(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def report(ours: Cost, theirs: Cost) -> None:
    for name, cost in (("ours", ours), ("pyqtgraph, setData", theirs)):
        print(
            f"  {name:<20} {cost.cpu:7.1%} of a core, {cost.frames:5.1f} frames a second, longest block {cost.block_ms:6.1f} ms"
        )
    same = theirs.cpu / theirs.frames * ours.frames
    print(
        f"  pyqtgraph would need {same:.0%} of a core for our frames; ours needs {ours.cpu / same:.3f} of that"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves", type=int, default=50)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--history", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20)
    args = parser.parse_args(arguments)
    app = QApplication([])
    theme().apply("light")
    print(
        f"{args.curves} live curves on {PLOTS} plots, {args.rate:g} points a second each, {args.history:,} points before"
    )
    stolen = Stolen()
    ours, theirs = (
        measure(side, Feed(args.curves, args.history, args.rate), args.seconds)
        for side in (our_side, their_side)
    )
    report(ours, theirs)
    print(f"  {stolen.told()}")
    app.quit()


if __name__ == "__main__":
    main()
