"""Overviews: blocks of 64 points beside each sealed chunk, from which a long series is drawn without reading it.

The blocks of a chunk (see `storage.blocks`) are written in the transaction that seals it, and removed with it.
So the overviews of a metric always cover its sealed chunks, and a row has 64 blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, delete, insert, select

from storage.blocks import BLOCK, SEALED, Blocks, blocks_of
from storage.bulk import execute_many, query_many
from storage.models import chunks, overviews

_ADD = insert(overviews)
_READ = (
    select(overviews.c.start, overviews.c.blocks)
    .where(overviews.c.metric_id == bindparam("metric"))
    .order_by(overviews.c.start)
)
_CHUNKS_AT_ONCE = 256


def write(connection: Connection, chunk_rows: Iterable[Mapping[str, Any]]) -> None:
    """Add the overviews of those chunks that are sealed; the chunks are given as rows of their table."""
    execute_many(connection, _ADD, list(_rows(chunk_rows)))


def _rows(chunk_rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in chunk_rows:
        if row["count"] == SEALED:
            yield {
                "metric_id": row["metric_id"],
                "start": row["start"],
                "blocks": _blocks_of(row).tobytes(),
            }


def _blocks_of(row: Mapping[str, Any]) -> Blocks:
    steps = np.frombuffer(row["steps"], "<i8")
    return blocks_of(steps, np.frombuffer(row["times"], "<f8"), np.frombuffer(row["values"], "<f8"))


def read(connection: Connection, metric_id: int) -> Blocks:
    """The blocks of all sealed chunks, in order."""
    (rows,) = query_many(connection, _READ, [{"metric": metric_id}])
    return np.frombuffer(b"".join(row[1] for row in rows), BLOCK)


def remove(connection: Connection, metric_id: int) -> None:
    connection.execute(delete(overviews).where(overviews.c.metric_id == metric_id))


def fits(connection: Connection, metric_id: int) -> bool:
    """Whether the overviews are those of the metric's sealed chunks, byte by byte."""
    query = select(chunks).where(chunks.c.metric_id == metric_id).order_by(chunks.c.start)
    rows = connection.execute(query).mappings()
    expected = [(row["start"], row["blocks"]) for row in _rows(dict(row) for row in rows)]
    (found,) = query_many(connection, _READ, [{"metric": metric_id}])
    return [tuple(row) for row in found] == expected


def fill(connection: Connection) -> None:
    """Write the overviews of a history that has none, some chunks at a time, in the order they are stored."""
    rows = connection.execution_options(stream_results=True).execute(
        select(chunks).where(chunks.c.count == SEALED)
    )
    for part in rows.mappings().partitions(_CHUNKS_AT_ONCE):
        write(connection, [dict(row) for row in part])
