"""Python's garbage is collected on the GUI thread alone.

By itself Python does so on whatever thread allocates next, and a Qt object in a cycle that a worker deletes takes the process down.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_INTERVAL_MS = 250


class GarbageCollector(QObject):
    """Takes the place of the automatic collection, by Python's own thresholds, until it is stopped."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.timeout.connect(collect_due)
        self._timer.start()

    def stop(self) -> None:
        """Let Python collect by itself again, after all that is garbage by now."""
        self._timer.stop()
        gc.collect()
        gc.enable()


def collect_due() -> None:
    """Collect the oldest generation whose threshold is passed, and the younger ones with it."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    for generation in (2, 1, 0):
        if 0 < thresholds[generation] < counts[generation]:
            gc.collect(generation)
            return
