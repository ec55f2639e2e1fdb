"""A curve of a million points: from the store, from plain arrays in files, and from a row per point.

Run from the root of the project: ``python -m benchmarks.series_store [--points N] [--repeats N]``.
Prints the median seconds and the bytes a point of each, and the ratios of the store to the other two.
Every way reads the same points, and the points are compared.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from runners.protocol import Framework, Mode, RunSpec
from storage.home import Home
from storage.store import Arrival, Series, Store

APPENDED_AT_ONCE = 500
METRIC = "train/loss"
SPEC = RunSpec("mlp", Framework.PYTORCH, Mode.EAGER, "digits", "", {}, 0, "cpu", "python")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    chosen = parser.parse_args()
    curve = _curve(chosen.points)
    with TemporaryDirectory() as folder:
        _measure(Path(folder), curve, chosen.repeats)


def _curve(points: int) -> Series:
    steps = np.arange(points, dtype=np.int64)
    noise = np.random.default_rng(0).normal(size=points)
    return Series(
        steps, 1e9 + steps.astype(np.float64) * 1e-3, np.exp(-steps / points) + 0.01 * noise
    )


def _measure(folder: Path, curve: Series, repeats: int) -> None:
    store, run_id, append_s = _write_store(folder / "home", curve)
    _write_arrays(folder, curve)
    _write_rows(folder / "rows.db", curve)
    ways: dict[str, tuple[Callable[[], Series], int]] = {
        "store": (lambda: store.series(run_id, METRIC), _size(folder / "home" / "history.db")),
        "numpy.load": (
            lambda: _read_arrays(folder),
            sum(_size(folder / f"{name}.npy") for name in Series._fields),
        ),
        "row a point": (lambda: _read_rows(folder / "rows.db"), _size(folder / "rows.db")),
    }
    seconds = {name: _median_seconds(read, curve, repeats) for name, (read, _) in ways.items()}
    print(f"{len(curve.steps):,} points, {repeats} repeats, appended {APPENDED_AT_ONCE} at once")
    for name, (_, size) in ways.items():
        print(
            f"{name:12} {seconds[name] * 1e3:9.1f} ms {size / len(curve.steps):6.1f} bytes a point"
        )
    print(f"store / numpy.load   {seconds['store'] / seconds['numpy.load']:.2f}")
    print(f"row a point / store  {seconds['row a point'] / seconds['store']:.1f}")
    print(
        f"append: {append_s * 1e3:.2f} ms a call, {APPENDED_AT_ONCE / append_s:,.0f} points a second"
    )
    store.close()


def _median_seconds(read: Callable[[], Series], curve: Series, repeats: int) -> float:
    got = read()  # warms the page cache for all ways alike
    assert all(np.array_equal(one, other) for one, other in zip(got, curve, strict=True))
    taken = []
    for _ in range(repeats):
        started = perf_counter()
        read()
        taken.append(perf_counter() - started)
    return median(taken)


def _write_store(path: Path, curve: Series) -> tuple[Store, int, float]:
    """The store, the run with the curve, and the median seconds of an append."""
    store = Store.open(Home(path))
    run_id = store.create_run(SPEC).id
    taken = []
    for start in range(0, len(curve.steps), APPENDED_AT_ONCE):
        part = slice(start, start + APPENDED_AT_ONCE)
        points = Series(curve.steps[part], curve.times[part], curve.values[part])
        started = perf_counter()
        store.take([Arrival(run_id, {METRIC: points}, event_offset=start)])
        taken.append(perf_counter() - started)
    store.close()  # moves what stands in the write-ahead log into the file, so that its size tells
    return Store.open(Home(path)), run_id, median(taken)


def _write_arrays(folder: Path, curve: Series) -> None:
    for name, array in curve._asdict().items():
        np.save(folder / f"{name}.npy", array)


def _read_arrays(folder: Path) -> Series:
    return Series(*(np.load(folder / f"{name}.npy") for name in Series._fields))


def _write_rows(path: Path, curve: Series) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE points (run INTEGER, metric INTEGER, place INTEGER, step INTEGER, time REAL, "
            "value REAL, PRIMARY KEY (run, metric, place)) WITHOUT ROWID"
        )
        columns = (array.tolist() for array in curve)
        connection.executemany(
            "INSERT INTO points VALUES (1, 1, ?, ?, ?, ?)",
            zip(range(len(curve.steps)), *columns, strict=True),
        )


def _read_rows(path: Path) -> Series:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT step, time, value FROM points WHERE run = 1 AND metric = 1 ORDER BY place"
        ).fetchall()
    steps, times, values = zip(*rows, strict=True)
    return Series(np.array(steps), np.array(times), np.array(values))


def _size(path: Path) -> int:
    return path.stat().st_size


if __name__ == "__main__":
    main()
