"""Every point of some curves as a CSV file, read from the history piece by piece."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import NamedTuple

from storage.points import Series

_AT_ONCE = 1 << 16
_COLUMNS = ("run", "name", "metric", "step", "time", "value")

ReadPoints = Callable[[int, str, int, int], Series]
"""The points of a run's metric from one index to before another; see `storage.store.Store.series`."""


class Wanted(NamedTuple):
    """``known`` is how many points are known of; more may be there by the time they are written."""

    run_id: int
    run_name: str
    metric: str
    known: int


class Writing:
    """May be done on another thread than that which asks how far it is, or cancels it."""

    def __init__(self, path: Path, curves: Sequence[Wanted]) -> None:
        self._path, self._curves = path, curves
        self._cancelled = Event()
        self.known = sum(each.known for each in curves)
        """About how many points there are to write."""
        self.written = 0

    def cancel(self) -> None:
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def write(self, read: ReadPoints) -> None:
        """Write every point in full precision, one a row; time is UTC, seconds since 1970.

        What stood in the file before is replaced when all is written; nothing is if it was cancelled. Raises OSError if the
        file cannot be written, and what ``read`` raises.
        """
        begun = self._path.with_name(f"{self._path.name}.part")
        try:
            with open(begun, "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(_COLUMNS)
                for each in self._curves:
                    self._write_curve(writer.writerows, each, read)
            if not self.cancelled:
                os.replace(begun, self._path)
        finally:
            begun.unlink(missing_ok=True)

    def _write_curve(
        self, write_rows: Callable[[Iterator[tuple[object, ...]]], None], each: Wanted, read: ReadPoints
    ) -> None:  # fmt: skip
        start = 0
        while not self.cancelled:
            points = read(each.run_id, each.metric, start, start + _AT_ONCE)
            write_rows(_rows(each, points))
            start += len(points.values)
            self.written += len(points.values)
            if len(points.values) < _AT_ONCE:
                return


def _rows(each: Wanted, points: Series) -> Iterator[tuple[object, ...]]:
    head = each.run_id, each.run_name, each.metric
    columns = (column.tolist() for column in points)
    for step, time, value in zip(*columns, strict=True):
        yield (*head, step, repr(time), repr(value))
