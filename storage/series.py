"""Series as packed chunks: every point kept, a million of them read in milliseconds.

Points ``[k * SEALED, (k + 1) * SEALED)`` of a metric stand in one sealed chunk as soon as there are that many. What
came after the last sealed chunk, the tail, stands in one small chunk per append, so that an append
writes what is new and no more; the append that fills the tail merges it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from storage.models import chunks, metrics

SEALED = 4096
"""Points in a sealed chunk."""


class Series(NamedTuple):
    """Points of one metric of one run, in the order they were logged."""

    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    """UTC, seconds since 1970."""
    values: NDArray[np.float64]


def append_points(connection: Connection, run_id: int, series: Mapping[str, Series]) -> None:
    """Add the points and merge their summaries. Raises ValueError if arrays of a series differ in length."""
    new = {name: points for name, given in series.items() if len((points := _plain(given)).values)}
    known = {row["name"]: row for row in _metric_rows(connection, run_id)}
    added = [
        {"run_id": run_id, "name": name, **_summary(points, None)}
        for name, points in new.items()
        if name not in known
    ]
    if added:
        connection.execute(insert(metrics), added)
    changed = [
        {"metric": known[name]["id"], **_summary(points, known[name])}
        for name, points in new.items()
        if name in known
    ]
    if changed:
        connection.execute(_UPDATE, changed)
    ids = {row["name"]: row["id"] for row in _metric_rows(connection, run_id)} if added else {}
    rows: list[dict[str, Any]] = []
    for name, points in new.items():
        old = known.get(name)
        metric_id, count = (old["id"], old["count"]) if old else (ids[name], 0)
        rows += _chunk_rows(connection, metric_id, count, points)
    if rows:
        connection.execute(insert(chunks), rows)


def read_points(connection: Connection, run_id: int, metric: str, start: int = 0) -> Series:
    """The points from index ``start`` on; only the chunks that hold them are read."""
    metric_id = connection.scalar(
        select(metrics.c.id).where(metrics.c.run_id == run_id, metrics.c.name == metric)
    )
    if metric_id is None:
        return EMPTY
    holding = select(func.max(chunks.c.start)).where(
        chunks.c.metric_id == metric_id, chunks.c.start <= start
    )
    first, points = _read_chunks(connection, metric_id, connection.scalar(holding) or 0)
    skipped = max(0, start - first)
    return _slice(points, slice(skipped, None))


def metric_names(connection: Connection, run_id: int) -> list[str]:
    """In the order in which they first appeared."""
    query = select(metrics.c.name).where(metrics.c.run_id == run_id).order_by(metrics.c.id)
    return list(connection.scalars(query))


EMPTY = Series(np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.float64))

_UPDATE = (
    update(metrics)
    .where(metrics.c.id == bindparam("metric"))
    .values(
        {name: bindparam(name) for name in ("count", "last", "last_step", "minimum", "maximum")}
    )
)


def _metric_rows(connection: Connection, run_id: int) -> list[Any]:
    query = select(
        metrics.c.id, metrics.c.name, metrics.c.count, metrics.c.minimum, metrics.c.maximum
    ).where(metrics.c.run_id == run_id)
    return list(connection.execute(query).mappings())


def _plain(series: Series) -> Series:
    """The arrays in the types that are stored, one-dimensional and of one length."""
    steps = np.ascontiguousarray(series.steps, "<i8")
    times = np.ascontiguousarray(series.times, "<f8")
    values = np.ascontiguousarray(series.values, "<f8")
    if not (steps.shape == times.shape == values.shape and steps.ndim == 1):
        raise ValueError("steps, times and values of a series must be of one length")
    return Series(steps, times, values)


def _summary(points: Series, old: Mapping[str, Any] | None) -> dict[str, Any]:
    """The columns of the summary of a metric after these points."""
    finite = points.values[np.isfinite(points.values)]
    minima = [float(finite.min())] if len(finite) else []
    maxima = [float(finite.max())] if len(finite) else []
    if old is not None and old["minimum"] is not None:
        minima.append(old["minimum"])
        maxima.append(old["maximum"])
    last = float(points.values[-1])
    return {
        "count": len(points.values) + (old["count"] if old else 0),
        "last": None if np.isnan(last) else last,
        "last_step": int(points.steps[-1]),
        "minimum": min(minima, default=None),
        "maximum": max(maxima, default=None),
    }


def _chunk_rows(
    connection: Connection, metric_id: int, count: int, points: Series
) -> Iterator[dict[str, Any]]:
    """The new rows of a metric that has ``count`` points; tail chunks that get full are taken out to be merged."""
    first = count
    if count % SEALED + len(points.values) >= SEALED:
        first = count // SEALED * SEALED
        points = _joined(_read_chunks(connection, metric_id, first)[1], points)
        connection.execute(
            delete(chunks).where(chunks.c.metric_id == metric_id, chunks.c.start >= first)
        )
    for at in range(0, len(points.values), SEALED):
        piece = _slice(points, slice(at, at + SEALED))
        yield {
            "metric_id": metric_id,
            "start": first + at,
            "count": len(piece.values),
            **{name: array.tobytes() for name, array in piece._asdict().items()},
        }


def _read_chunks(connection: Connection, metric_id: int, start: int) -> tuple[int, Series]:
    """The chunks that start at ``start`` or later, as one series, and the index of its first point."""
    query = (
        select(chunks.c.start, chunks.c.steps, chunks.c.times, chunks.c["values"])
        .where(chunks.c.metric_id == metric_id, chunks.c.start >= start)
        .order_by(chunks.c.start)
    )
    rows = connection.execute(query).all()
    if not rows:
        return start, EMPTY
    steps, times, values = (b"".join(row[column] for row in rows) for column in (1, 2, 3))
    return rows[0][0], Series(
        np.frombuffer(steps, "<i8"), np.frombuffer(times, "<f8"), np.frombuffer(values, "<f8")
    )


def _slice(points: Series, part: slice) -> Series:
    return Series(points.steps[part], points.times[part], points.values[part])


def _joined(first: Series, then: Series) -> Series:
    return Series(
        np.concatenate((first.steps, then.steps)),
        np.concatenate((first.times, then.times)),
        np.concatenate((first.values, then.values)),
    )
