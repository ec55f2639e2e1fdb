"""How long ``twinbench`` takes from the start of Python to the window's first paint, against the smallest
program that imports PySide6 and pyqtgraph and shows an empty plot.

    python benchmarks/window_start.py [REPEATS]

The two are started in turn, so that a busy machine slows both, and the median of each pair's ratio
counts. The first pair warms the disk's cache and is left out. Bound: at most 1.2.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BOUND = 1.2
ROOT = Path(__file__).parents[1]
PAINTED = "painted"
SMALLEST = f"""
import sys
import pyqtgraph
from PySide6.QtCore import QTimer
app = pyqtgraph.mkQApp()
class Plot(pyqtgraph.PlotWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, lambda: (print("{PAINTED}", flush=True), app.quit()))
plot = Plot()
plot.resize(1280, 800)
plot.show()
app.exec()
"""
WINDOW = f"""
import gc
import sys
gc.disable()  # as the command does before it imports this
from workbench import app, command_line
gc.enable()
compose = app.compose
def watched(home):
    session, window = compose(home)
    window.painted.disconnect()
    window.painted.connect(lambda: (print("{PAINTED}", flush=True), window.close()))
    return session, window
app.compose = watched
sys.exit(command_line.main(["--home", sys.argv[1]]))
"""


def seconds(code: str, home: str) -> float:
    """From starting Python to the first paint."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", code, home],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as program:
        assert program.stdout is not None
        if program.stdout.readline().strip() != PAINTED:
            raise SystemExit("a program ended before it was painted")
        return time.perf_counter() - begun


def main() -> int:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as home:
        pairs = [(seconds(WINDOW, home), seconds(SMALLEST, home)) for _ in range(repeats + 1)][1:]
    ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"window {ours:.2f} s, smallest program {theirs:.2f} s, median ratio {ratio:.2f}")
    print(f"bound {BOUND}: {'kept' if ratio <= BOUND else 'EXCEEDED'}")
    return 0 if ratio <= BOUND else 1


if __name__ == "__main__":
    raise SystemExit(main())
