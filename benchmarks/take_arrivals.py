"""What the history costs while several runs log at once: the store's `take` against one bare transaction of the same bytes.

Run from the root of the project: ``python -m benchmarks.take_arrivals [--runs N] [--metrics N] [--points N] [--calls N]``.
Each call brings some points of every metric of every run. The bare transaction inserts the same arrays as rows of bytes
and nothing else: no summaries, no offsets, no merging. Both are taken in turns; prints what each costs, the ratio of their
processor times, which other programs disturb less, and the part of a core that 25 calls a second cost.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import mean, median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np

from runners.protocol import Framework, Mode, Progress, RunSpec
from storage.home import Home
from storage.store import Arrival, Series, Store

SPEC = RunSpec("mlp", Framework.PYTORCH, Mode.EAGER, "digits", "", {}, 0, "cpu", "python")
CALLS_A_SECOND = 25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--metrics", type=int, default=10)
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--calls", type=int, default=500)
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        _measure(Path(folder), chosen.runs, chosen.metrics, chosen.points, chosen.calls)


def _measure(folder: Path, runs: int, metrics: int, points: int, calls: int) -> None:
    store = Store.open(Home(folder / "home"))
    run_ids = [store.create_run(SPEC).id for _ in range(runs)]
    taken, bare = [], []
    with closing(_bare_database(folder / "bare.db")) as connection:
        for call in range(calls):
            curves = _curves(metrics, points, call * points)
            arrivals = [
                Arrival(run_id, curves, event_offset=call, progress=Progress("training", call))
                for run_id in run_ids
            ]
            taken.append(_cost(partial(store.take, arrivals)))
            bare.append(_cost(partial(_insert_bare, connection, call, arrivals)))
    _check(store, run_ids, metrics, points * calls)
    store.close()
    print(f"{runs} runs, {metrics} metrics each, {points} points a metric, {calls} calls")
    for name, costs in (("store", taken), ("bare", bare)):
        seconds, worked = zip(*costs, strict=True)
        last = quantiles(seconds, n=20)[-1]
        print(
            f"{name:6} median {median(seconds) * 1e3:6.2f} ms, 95 % within {last * 1e3:6.2f} ms, "
            f"processor {median(worked) * 1e3:6.2f} ms, mean {mean(worked) * 1e3:6.2f} ms"
        )
    worked_s, bare_s = (mean(worked for _, worked in costs) for costs in (taken, bare))
    print(f"store / bare, processor time: {worked_s / bare_s:.2f}")
    print(f"{CALLS_A_SECOND} calls a second: {worked_s * CALLS_A_SECOND:.1%} of a core")


def _cost(work: Callable[[], None]) -> tuple[float, float]:
    """The seconds that passed, and those that this process worked."""
    began, worked = perf_counter(), process_time()
    work()
    return perf_counter() - began, process_time() - worked


def _curves(metrics: int, points: int, start: int) -> dict[str, Series]:
    steps = np.arange(start, start + points, dtype=np.int64)
    times = 1e9 + steps.astype(np.float64) * 1e-3
    values = np.random.default_rng(start).normal(size=points)
    return {f"metric/{at}": Series(steps, times, values + at) for at in range(metrics)}


def _bare_database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(
        "CREATE TABLE chunks (run INTEGER, metric TEXT, start INTEGER, steps BLOB, times BLOB, "
        "points BLOB, PRIMARY KEY (run, metric, start))"
    )
    return connection


def _insert_bare(connection: sqlite3.Connection, call: int, arrivals: list[Arrival]) -> None:
    rows = [
        (arrival.run_id, name, call, *(array.tobytes() for array in series))
        for arrival in arrivals
        for name, series in arrival.series.items()
    ]
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.execute("COMMIT")


def _check(store: Store, run_ids: list[int], metrics: int, points: int) -> None:
    for run_id in run_ids:
        summary = store.run(run_id).summary
        assert [item.count for item in summary.values()] == [points] * metrics
        steps = store.series(run_id, "metric/0").steps
        assert np.array_equal(steps, np.arange(points))


if __name__ == "__main__":
    main()
