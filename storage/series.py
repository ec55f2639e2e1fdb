"""Series as packed chunks: every point kept, a million of them read in milliseconds.

Points ``[k * SEALED, (k + 1) * SEALED)`` of a metric stand in one sealed chunk as soon as there are that many. What
came after the last sealed chunk, the tail, stands in one small chunk per append, so that an append
writes what is new and no more; the append that fills the tail merges it. Beside a sealed chunk stands its overview.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, delete, func, insert, literal_column, select, update

from storage import overviews
from storage.blocks import SEALED
from storage.bulk import execute_many, query_many, stream
from storage.models import chunks, metrics
from storage.plain import clean
from storage.points import EMPTY, Series
from storage.records import is_system
from storage.summaries import pack

__all__ = [
    "EMPTY",
    "SEALED",
    "Series",
    "append_points",
    "metric_names",
    "read_points",
    "read_range",
    "rewind",
    "summary_of",
]


def append_points(
    connection: Connection, brought: Mapping[int, Mapping[str, Series]]
) -> dict[int, str]:
    """Add points to the metrics of runs and merge their summaries; returns these as each run's row keeps them.

    Raises ValueError if the arrays of a series differ in length.
    """
    new = {run_id: _points(series) for run_id, series in brought.items()}
    rows = _metric_rows(connection, new)
    changed, added = [], []
    for run_id, series in new.items():
        for name, points in series.items():
            if name in rows[run_id]:
                row = rows[run_id][name] = _merged(rows[run_id][name], points)
                changed.append(_bound(row))
            else:
                added.append({"run_id": run_id, "name": name, **summary_of(points)})
    execute_many(connection, _UPDATE, changed)
    if added:
        execute_many(connection, _ADD_METRIC, added)
        rows |= _metric_rows(connection, {row["run_id"] for row in added})
    packed = [
        chunk
        for run_id, series in new.items()
        for name, points in series.items()
        for chunk in _chunk_rows(connection, rows[run_id][name], points)
    ]
    _write_chunks(connection, packed)
    return {run_id: pack(rows[run_id].values()) for run_id in new}


def _points(series: Mapping[str, Series]) -> dict[str, Series]:
    """The series that have points, as they are stored."""
    plain = {clean(name): _plain(given) for name, given in series.items()}
    return {name: points for name, points in plain.items() if len(points.values)}


def rewind(connection: Connection, run_id: int, step: int) -> str:
    """Drop the points of the trainer's series with a larger step; returns the summaries as the run's row keeps them.

    The series of ``system/...`` count seconds and stay.
    """
    for name, row in _metric_rows(connection, [run_id])[run_id].items():
        if not is_system(name):
            _cut(connection, row, step)
    return pack(_metric_rows(connection, [run_id])[run_id].values())


def _cut(connection: Connection, metric: Mapping[str, Any], step: int) -> None:
    """Write a metric anew with the points up to a step; without any it is no metric."""
    points = _read_chunks(connection, metric["id"], 0)[1]
    left = points.steps <= step
    if left.all():
        return
    kept = Series(points.steps[left], points.times[left], points.values[left])
    connection.execute(delete(chunks).where(chunks.c.metric_id == metric["id"]))
    overviews.remove(connection, metric["id"])
    if not len(kept.values):
        connection.execute(delete(metrics).where(metrics.c.id == metric["id"]))
        return
    row = {**metric, **summary_of(kept)}
    execute_many(connection, _UPDATE, [_bound(row)])
    _write_chunks(connection, list(_chunk_rows(connection, row, kept)))


def _write_chunks(connection: Connection, rows: list[dict[str, Any]]) -> None:
    execute_many(connection, _ADD_CHUNK, rows)
    overviews.write(connection, rows)


def read_points(
    connection: Connection, run_id: int, metric: str, start: int = 0, stop: int | None = None
) -> Series:
    """The points from index ``start`` to before ``stop``; only the chunks that hold them are read."""
    metric_id = connection.scalar(
        select(metrics.c.id).where(metrics.c.run_id == run_id, metrics.c.name == metric)
    )
    return EMPTY if metric_id is None else read_range(connection, metric_id, start, stop)


def read_range(
    connection: Connection, metric_id: int, start: int = 0, stop: int | None = None
) -> Series:
    """The points of a metric from index ``start`` to before ``stop``."""
    first, points = _read_chunks(connection, metric_id, start, stop)
    part = slice(max(0, start - first), None if stop is None else max(0, stop - first))
    return _slice(points, part)


def metric_names(connection: Connection, run_id: int) -> list[str]:
    """In the order in which they first appeared."""
    query = select(metrics.c.name).where(metrics.c.run_id == run_id).order_by(metrics.c.id)
    return list(connection.scalars(query))


_ADD_METRIC, _ADD_CHUNK = insert(metrics), insert(chunks)
_NO_END = 2**62
_HOLDING = (
    select(func.max(chunks.c.start))
    .where(chunks.c.metric_id == bindparam("metric"), chunks.c.start <= bindparam("begin"))
    .scalar_subquery()
)
_IN_RANGE = (
    chunks.c.metric_id == bindparam("metric"),
    chunks.c.start >= func.coalesce(_HOLDING, literal_column("0")),
    chunks.c.start < bindparam("end"),
)
_EXTENT = select(func.min(chunks.c.start), func.sum(chunks.c.count)).where(*_IN_RANGE)
_READ_CHUNKS = (
    select(chunks.c.steps, chunks.c.times, chunks.c["values"])
    .where(*_IN_RANGE)
    .order_by(chunks.c.start)
)
_METRIC = tuple(metrics.c.keys())
_SUMMARY = ("count", "last", "last_step", "minimum", "maximum")
_UPDATE = (
    update(metrics)
    .where(metrics.c.id == bindparam("the_id"))
    .values({name: bindparam(f"new_{name}") for name in _SUMMARY})
)


def _bound(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"the_id": row["id"], **{f"new_{name}": row[name] for name in _SUMMARY}}


def _metric_rows(
    connection: Connection, run_ids: Collection[int]
) -> dict[int, dict[str, dict[str, Any]]]:
    """The rows of the metrics of runs, by run and name, in the order in which they first appeared."""
    found: dict[int, dict[str, dict[str, Any]]] = {run_id: {} for run_id in run_ids}
    query = select(metrics).where(metrics.c.run_id.in_(run_ids)).order_by(metrics.c.id)
    for values in connection.execute(query):
        row = dict(zip(_METRIC, values, strict=True))
        found[row["run_id"]][row["name"]] = row
    return found


def _plain(series: Series) -> Series:
    """The arrays in the types that are stored, one-dimensional and of one length."""
    steps = np.ascontiguousarray(series.steps, "<i8")
    times = np.ascontiguousarray(series.times, "<f8")
    values = np.ascontiguousarray(series.values, "<f8")
    if not (steps.shape == times.shape == values.shape and steps.ndim == 1):
        raise ValueError("steps, times and values of a series must be of one length")
    return Series(steps, times, values)


def summary_of(points: Series) -> dict[str, Any]:
    """The columns of the summary of the points; there must be one."""
    last = float(points.values[-1])
    minimum, maximum = _finite_range(points.values)
    return {
        "count": len(points.values),
        "last": None if math.isnan(last) else last,
        "last_step": int(points.steps[-1]),
        "minimum": minimum,
        "maximum": maximum,
    }


def _finite_range(values: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """The smallest and the largest of the finite values, None where there is none."""
    low, high = float(values.min()), float(values.max())  # NaN if one of them is
    if math.isfinite(low) and math.isfinite(high):
        return low, high
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (None, None)


def _merged(row: Mapping[str, Any], points: Series) -> dict[str, Any]:
    """The row of a metric after more points."""
    new = summary_of(points)
    new["count"] += row["count"]
    for name, extreme in (("minimum", min), ("maximum", max)):
        if new[name] is None:
            new[name] = row[name]
        elif row[name] is not None:
            new[name] = extreme(row[name], new[name])
    return {**row, **new}


def _chunk_rows(
    connection: Connection, metric: Mapping[str, Any], points: Series
) -> Iterator[dict[str, Any]]:
    """The chunks of new points, counted in the metric already; where the tail gets full, it is taken out to be merged."""
    metric_id, count = metric["id"], metric["count"]
    first = count - len(points.values)
    if count // SEALED > first // SEALED:
        first = first // SEALED * SEALED
        points = _joined(read_range(connection, metric_id, first), points)
        connection.execute(
            delete(chunks).where(chunks.c.metric_id == metric_id, chunks.c.start >= first)
        )
    for at in range(0, len(points.values), SEALED):
        piece = _slice(points, slice(at, at + SEALED))
        yield {
            "metric_id": metric_id,
            "start": first + at,
            "count": len(piece.values),
            "steps": piece.steps.tobytes(),
            "times": piece.times.tobytes(),
            "values": piece.values.tobytes(),
        }


def _read_chunks(
    connection: Connection, metric_id: int, start: int, stop: int | None = None
) -> tuple[int, Series]:
    """The chunks that hold points from ``start`` to before ``stop``, as one series, and the index of its first point."""
    which = {"metric": metric_id, "begin": start, "end": _NO_END if stop is None else stop}
    (((first, count),),) = query_many(connection, _EXTENT, [which])
    if first is None:
        return start, EMPTY
    points = Series(np.empty(count, "<i8"), np.empty(count, "<f8"), np.empty(count, "<f8"))
    # Filled as they are read: chunks that are joined in the end would be in memory twice.
    room = [memoryview(array.data).cast("B") for array in points]
    at = 0
    for columns in stream(connection, _READ_CHUNKS, which):
        size = len(columns[0])
        for array, packed in zip(room, columns, strict=True):
            array[at : at + size] = packed
        at += size
    return first, points


def _slice(points: Series, part: slice) -> Series:
    return Series(points.steps[part], points.times[part], points.values[part])


def _joined(first: Series, then: Series) -> Series:
    return Series(
        np.concatenate((first.steps, then.steps)),
        np.concatenate((first.times, then.times)),
        np.concatenate((first.values, then.values)),
    )
