"""Statements for many rows at once, without SQLAlchemy's work for each row of them.

A statement is compiled once, and rows go to the driver as they are. So they must hold only what every driver takes:
numbers, texts, bytes, None.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Select, Update

Row = tuple[Any, ...]


def execute_many(
    connection: Connection, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Execute the statement for each row, whose keys are the names of its parameters."""
    if not rows:
        return
    text, names = _compiled(statement, connection.dialect, tuple(rows[0]))
    parameters: Any = [tuple(row[name] for name in names) for row in rows] if names else list(rows)
    connection.exec_driver_sql(text, parameters)


def query_many(
    connection: Connection, statement: Select[*Row], parameters: Iterable[Mapping[str, Any]]
) -> list[list[Row]]:
    """The rows that a query finds with each of these parameters; the keys are the names of its `bindparam`s."""
    text, names = _compiled(statement, connection.dialect, None)
    with closing(connection.connection.cursor()) as cursor:
        return [
            list(cursor.execute(text, [each[name] for name in names] if names else each))
            for each in parameters
        ]


def stream(
    connection: Connection, statement: Select[*Row], parameters: Mapping[str, Any]
) -> Iterator[Row]:
    """The rows that a query finds, one by one; the keys are the names of its `bindparam`s."""
    text, names = _compiled(statement, connection.dialect, None)
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(text, [parameters[name] for name in names] if names else parameters)
        while (row := cursor.fetchone()) is not None:
            yield row


@lru_cache(maxsize=64)
def _compiled(
    statement: Insert | Update | Select[*Row], dialect: Dialect, keys: tuple[str, ...] | None
) -> tuple[str, tuple[str, ...]]:
    """The text for the driver, and the names of its parameters in their order; none where it takes them by name."""
    compiled = statement.compile(dialect=dialect, column_keys=keys and list(keys))
    return str(compiled), tuple(compiled.positiontup or ())
