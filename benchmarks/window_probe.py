"""Opens the real window on a home, draws a metric of its runs in the comparison, and tells when it is painted.

``python -m benchmarks.window_probe HOME METRIC RUNS POINTS``: the oldest RUNS runs, with POINTS points each. A line of JSON has the
seconds from the selection to the paint, the words of the plot, the memory of the process and how many runs are listed. Without a
metric it tells of the window alone. Other benchmarks start it and take the time.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent, QObject

    from widgets.main_window import MainWindow
    from workbench.session import Session

LOOK_MS = 5
PATIENCE_MS = 600_000
COMPARE = 2
"""The place of the comparison among the window's tabs."""
SIZE = 1280, 800


class Probe:
    def __init__(
        self, session: Session, window: MainWindow, metric: str, runs: int, points: int, listed: int
    ) -> None:
        from PySide6.QtCore import QTimer

        self._session, self._window = session, window
        self._metric, self._runs, self._listed = metric, runs, listed
        self._wanted = f"{runs * points:,} of {runs * points:,} points"
        self._selected = 0.0
        self._views: list[QObject] = []
        self._is_ready = self._is_finished = False
        if metric:
            window.show_tab(COMPARE)  # as it was left the last time
        session.ready.connect(self._ready)
        window.finished.connect(self._finished)
        self._timer = QTimer(window, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        QTimer.singleShot(PATIENCE_MS, window, self._give_up)
        self._watcher = _watcher(self)

    def _ready(self) -> None:
        self._is_ready = True

    def _finished(self) -> None:
        self._is_finished = True

    def _look(self) -> None:
        if not self._is_ready or len(self._session.runs) < self._listed:
            return
        if not self._metric:
            if self._is_finished:
                self._tell("")
        elif not self._selected:
            self._selected = perf_counter()
            self._session.select(sorted(self._session.runs)[: self._runs])
            self._choose()
        elif not self._views:
            self._watch()

    def _choose(self) -> None:
        """Show the metric, unless it is among those that are shown at first."""
        from widgets.compare.compare_view import CompareView

        for view in self._window.findChildren(CompareView):
            view.grid.choose(self._metric, True)

    def _watch(self) -> None:
        from PySide6.QtWidgets import QGraphicsView

        from widgets.plots.plot_view import PlotView

        for view in self._window.findChildren(PlotView):
            if any(curve.metric == self._metric for curve in view.curves):
                self._views = [view]
                for canvas in view.findChildren(QGraphicsView):
                    canvas.viewport().installEventFilter(self._watcher)

    def painted(self) -> None:
        """The plot is about to be painted: with what its note says."""
        from widgets.plots.plot_view import PlotView

        view = self._views[0]
        assert isinstance(view, PlotView)
        if self._wanted in view.note:
            self._tell(view.note)

    def _give_up(self) -> None:
        print(
            f"nothing was painted in {PATIENCE_MS // 60_000} minutes", file=sys.stderr, flush=True
        )
        os._exit(1)  # whatever hangs would hold up an orderly end

    def _tell(self, note: str) -> None:
        from PySide6.QtCore import QTimer

        self._timer.stop()
        seconds = perf_counter() - self._selected if self._selected else 0.0

        def told() -> None:
            memory = psutil.Process().memory_info().rss
            found = {"seconds": seconds, "note": note, "memory": memory, "runs": len(self._session.runs)}  # fmt: skip
            print(json.dumps(found), flush=True)
            self._window.close()

        QTimer.singleShot(0, told)  # after the paint


def _watcher(probe: Probe) -> QObject:
    from PySide6.QtCore import QEvent, QObject

    class Watcher(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                probe.painted()
            return super().eventFilter(watched, event)

    return Watcher()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("metric", nargs="?", default="")
    parser.add_argument("runs", nargs="?", type=int, default=0)
    parser.add_argument("points", nargs="?", type=int, default=0)
    parser.add_argument("--listed", type=int, default=0, metavar="N", help="wait for so many runs")
    chosen = parser.parse_args()
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    gc.disable()  # as the command does before it imports this
    from workbench import app

    compose = app.compose
    kept: list[Probe] = []

    def watched(home: Path, look: str = "") -> tuple[Session, MainWindow]:
        session, window = compose(home, look)
        window.resize(*SIZE)
        listed = max(chosen.listed, chosen.runs)
        kept.append(Probe(session, window, chosen.metric, chosen.runs, chosen.points, listed))
        return session, window

    app.compose = watched
    return app.main(chosen.home)


if __name__ == "__main__":
    sys.exit(main())
