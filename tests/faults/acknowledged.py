"""What log calls were acknowledged, and whether the history has it: in a form that knows nothing of the event file's."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storage.store import Store

Point = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of one run. ``unacknowledged`` were stored although their call never returned, at most one call an attempt."""

    acknowledged: int
    lost: int
    doubled_or_invented: int
    unacknowledged: int


def acknowledged_points(path: Path) -> dict[str, list[Point]]:
    """The points a metric, in their order, without those that a rewind took back."""
    points: dict[str, list[Point]] = defaultdict(list)
    for step, metrics in _calls(path):
        if metrics is None:
            for found in points.values():
                found[:] = [point for point in found if point[0] <= step]
        else:
            for name, value in metrics:
                points[name].append((step, value))
    return {name: found for name, found in points.items() if found}


def call_count(path: Path) -> int:
    """Not read as JSON: whoever waits asks fifty times a second, of files that grow to megabytes."""
    return path.read_bytes().count(b"\n") if path.exists() else 0


def compare(
    path: Path, store: Store, run_id: int, allowed_extra: int, destroyed: int
) -> Comparison:
    """Hold what was acknowledged against the history.

    ``allowed_extra`` is how many log calls may have been killed between writing and returning. ``destroyed`` is how many
    acknowledged records the injections themselves destroyed on the disk before anybody read them.
    """
    expected = acknowledged_points(path) if path.exists() else {}
    total = lost = extra = wrong = 0
    for name in {*expected, *_own_metrics(store, run_id)}:
        wanted, stored = expected.get(name, []), _stored(store, run_id, name)
        missing, added = _difference(wanted, stored)
        total += len(wanted)
        lost += max(0, missing - destroyed)
        extra += min(added, allowed_extra)
        wrong += max(0, added - allowed_extra)
    return Comparison(total, lost, wrong, extra)


def _calls(path: Path) -> Iterator[tuple[int, list[tuple[str, float]] | None]]:
    """A line that is not whole belongs to a call that did not return."""
    text = path.read_bytes() if path.exists() else b""
    for line in text.split(b"\n")[:-1]:
        step, metrics = json.loads(line)
        yield step, metrics


def _own_metrics(store: Store, run_id: int) -> list[str]:
    return [name for name in store.metrics(run_id) if not name.startswith("system/")]


def _stored(store: Store, run_id: int, metric: str) -> list[Point]:
    series = store.series(run_id, metric)
    return list(zip(series.steps.tolist(), series.values.tolist(), strict=True))


def _difference(wanted: list[Point], stored: list[Point]) -> tuple[int, int]:
    """How many of the wanted points are missing from the stored ones, and how many of those are not wanted.

    The steps of a metric only grow, so both are gone through side by side; whatever is out of order counts as wrong.
    """
    missing = position = 0
    for point in wanted:
        while position < len(stored) and stored[position][0] < point[0]:
            position += 1
        if position < len(stored) and _same(stored[position], point):
            position += 1
        else:
            missing += 1
    return missing, len(stored) - (len(wanted) - missing)


def _same(one: Point, other: Point) -> bool:
    both_nan = math.isnan(one[1]) and math.isnan(other[1])
    return one[0] == other[0] and (one[1] == other[1] or both_nan)
