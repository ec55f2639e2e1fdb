"""How long each step of a training takes, on the wall and of the processor."""

from pathlib import Path
from time import perf_counter, process_time

import numpy as np


class Clock:
    """`start` begins the first step; `step` ends one and begins the next. Only steps of ``whole`` batches are kept."""

    def __init__(self) -> None:
        self._seconds: list[tuple[float, float]] = []
        self.start()

    def start(self) -> None:
        self._begin = perf_counter(), process_time()

    def step(self, *, whole: bool) -> None:
        if whole:
            wall, processor = self._begin
            self._seconds.append((perf_counter() - wall, process_time() - processor))
        self.start()

    def save(self, folder: Path) -> None:
        """As ``seconds.npy``, an array of (steps, 2): on the wall, and of the processor, of all threads together."""
        np.save(folder / "seconds.npy", self._seconds)
