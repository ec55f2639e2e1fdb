"""Finding runs: which, in which order, in which groups, and what stands in their columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, Table, func, select

from storage.models import metrics, parameters, runs, tags
from storage.query.check import checked
from storage.query.fields import CHOICES, FIELDS
from storage.query.grammar import parse
from storage.query.sql import Compiler, Reading, Truth
from storage.query.terms import Source, Term, rank, term_of
from storage.query.tree import And, Comparison, Exists, Flag, Node, Not, Or
from storage.records import Aggregate, Cell, Fields, RunGroup, RunList, RunQuery, Scope

_TERMS = 20
"""How many values one query reads of each run. Each may need three tables, and SQLite joins at most 64."""
_IDS = 500
_LISTED_VALUES = 100


def find(connection: Connection, query: RunQuery, now: int) -> RunList:
    """Raises QueryError."""
    return _Found(connection, query, (), now).listed


def table(
    connection: Connection, which: Sequence[int] | RunQuery, columns: Sequence[str], now: int
) -> dict[str, list[Cell]]:
    """Raises QueryError."""
    terms = [term_of(column) for column in columns]
    if isinstance(which, RunQuery):
        found = _Found(connection, which, terms, now)
        ids, values = list(found.listed.ids), found.columns
    else:
        ids, values = _of_ids(connection, which, terms, now)
    named = {
        name: [_finite(cell) for cell in cells] for name, cells in zip(columns, values, strict=True)
    }
    return {"id": list(ids), **named}


def aggregates(
    connection: Connection, query: RunQuery, columns: Sequence[str], now: int
) -> list[dict[str, Aggregate]]:
    """Raises QueryError."""
    found = _Found(connection, query, [term_of(column) for column in columns], now)
    whole = RunGroup((), 0, len(found.listed.ids))
    return [
        {
            name: _aggregate(cells[group.start : group.stop])
            for name, cells in zip(columns, found.columns, strict=True)
        }
        for group in found.listed.groups or ((whole,) if not query.group else ())
    ]


def names(connection: Connection) -> Fields:
    """What can be named in a filter."""
    return Fields(
        FIELDS,
        tuple(_distinct(connection, parameters.c.name)),
        tuple(_distinct(connection, metrics.c.name)),
    )


def fields(connection: Connection) -> Fields:
    """What can be named in a filter, and the texts that occur."""
    known = names(connection)
    values: dict[str, tuple[str, ...]] = dict(CHOICES)
    for name in ("experiment", "template", "dataset"):
        values[name] = tuple(_distinct(connection, runs.c[name]))
    values["tags"] = tuple(_distinct(connection, tags.c.name))
    for name in known.parameters:
        texts = tuple(
            _distinct(
                connection, parameters.c.text, parameters.c.name == name, limit=_LISTED_VALUES
            )
        )
        if texts:
            values.setdefault(name, texts)
    return Fields(known.fields, known.parameters, known.metrics, values)


class _Found:
    """The runs of a query in their order, and the values of further columns."""

    def __init__(
        self, connection: Connection, query: RunQuery, further: Sequence[Term], now: int
    ) -> None:
        known = names(connection)
        tree = checked(parse(query.filter), known, now)
        compiler = Compiler(known, now)
        directions = {term_of(by.column): by.descending for by in reversed(query.sort)}
        groups = [term_of(column) for column in query.group]
        keys = {term: directions.get(term, False) for term in groups}
        keys |= {
            term_of(by.column): by.descending for by in query.sort if term_of(by.column) not in keys
        }
        terms = list(dict.fromkeys([*keys, *further]))
        where = [*_in_scope(query.scope, tree), compiler.where(tree)]
        ids, values = _fetch(connection, compiler, where, terms)
        order = list(range(len(ids)))
        for term, descending in reversed(keys.items()):
            order = _ordered(order, values[term], rank(term), descending)
        self.columns = [[values[term][at] for at in order] for term in further]
        groups_values = [values[term] for term in groups]
        self.listed = RunList(
            tuple(ids[at] for at in order), tuple(_groups(order, groups_values)) if groups else ()
        )


def _in_scope(scope: Scope, tree: Node) -> list[Truth]:
    """A filter that speaks of archived runs looks among them, too."""
    if scope is Scope.TRASHED:
        return [runs.c.trashed.is_not(None)]
    kept = runs.c.trashed.is_(None)
    if scope is Scope.ARCHIVED:
        return [kept, runs.c.archived.is_not(None)]
    asks = any(term.source is Source.FIELD and term.name == "archived" for term in _terms(tree))
    return [kept] if asks else [kept, runs.c.archived.is_(None)]


def _terms(node: Any) -> Iterator[Term]:
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _terms(part)
        case Not(part):
            yield from _terms(part)
        case Comparison() | Flag() | Exists():
            yield node.term
        case _ if hasattr(node, "term"):
            yield node.term


def _fetch(
    connection: Connection, compiler: Compiler, where: Sequence[Truth], terms: Sequence[Term]
) -> tuple[list[int], dict[Term, list[Cell]]]:
    """The ids of the runs, newest first, and of each its value of each term."""
    ids: list[int] = []
    values: dict[Term, list[Cell]] = {}
    for at in range(0, max(1, len(terms)), _TERMS):
        selection = _Selection()
        parts = {
            term: [(selection.add(one), one) for one in compiler.sources(term)]
            for term in terms[at : at + _TERMS]
        }
        found = list(zip(*connection.execute(selection.query.where(*where)), strict=True))
        ids = list(found[0]) if found else []
        for term, readings in parts.items():
            values[term] = _cells(found, readings) if found else []
            values[term] = values[term] or [None] * len(ids)
    return ids, values


class _Selection:
    """A query for the ids of runs, newest first, and for what is read of each."""

    def __init__(self) -> None:
        self._columns: list[ColumnElement[Any]] = [runs.c.id]
        self._tables: dict[tuple[str, str], FromClause] = {}
        self._joined: FromClause = runs

    def add(self, reading: Reading) -> slice:
        """Which columns of the rows will have it."""
        start = len(self._columns)
        if reading.table is None:
            self._columns += reading.columns
        else:
            row = self._row_of(reading.table, reading.name)
            self._columns += [row.c[column] for column in reading.columns]
        return slice(start, len(self._columns))

    def _row_of(self, table: Table, name: str) -> FromClause:
        key = table.name, name
        if key not in self._tables:
            self._tables[key] = row = table.alias()
            on = (row.c.run_id == runs.c.id) & (row.c.name == name)
            self._joined = self._joined.outerjoin(row, on)
        return self._tables[key]

    @property
    def query(self) -> Select[*tuple[Any, ...]]:
        newest = runs.c.created.desc(), runs.c.id.desc()
        return select(*self._columns).select_from(self._joined).order_by(*newest)


def _cells(
    columns: Sequence[Sequence[Any]], readings: Sequence[tuple[slice, Reading]]
) -> list[Cell]:
    """The first value that is there of those that may be."""
    found: list[Cell] = []
    for at, reading in readings:
        read = [reading.read(*values) for values in zip(*columns[at], strict=True)]
        if not found:
            found = read
        else:
            pairs = zip(found, read, strict=True)
            found = [other if value is None else value for value, other in pairs]
    return found


def _of_ids(
    connection: Connection, which: Sequence[int], terms: Sequence[Term], now: int
) -> tuple[list[int], list[list[Cell]]]:
    """Those of the runs that there are, in the order of the ids."""
    compiler = Compiler(names(connection), now)
    unique = list(dict.fromkeys(terms))
    rows: dict[int, int] = {}
    values: dict[Term, list[Cell]] = {term: [] for term in unique}
    for part in in_parts(which):
        ids, found = _fetch(connection, compiler, [runs.c.id.in_(part)], unique)
        rows |= {run_id: len(rows) + at for at, run_id in enumerate(ids)}
        for term in unique:
            values[term] += found[term]
    there = [run_id for run_id in which if run_id in rows]
    return there, [[values[term][rows[run_id]] for run_id in there] for term in terms]


def in_parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """As many as fit into one statement at a time."""
    unique = list(dict.fromkeys(ids))
    return (unique[at : at + _IDS] for at in range(0, len(unique), _IDS))


# -- order and groups ---------------------------------------------------------------------------------
def _ordered(
    order: Iterable[int],
    values: Sequence[Cell],
    rank: Callable[[Cell], Any],
    descending: bool,
) -> list[int]:
    """What has no value comes last in both directions; among equals the order stays."""
    there: list[int] = []
    missing: list[int] = []
    for at in order:
        (missing if values[at] is None else there).append(at)
    there.sort(key=lambda at: rank(values[at]), reverse=descending)
    return there + missing


def _groups(order: Sequence[int], columns: Sequence[Sequence[Cell]]) -> Iterator[RunGroup]:
    start = 0
    for values, members in groupby(order, lambda at: tuple(column[at] for column in columns)):
        stop = start + sum(1 for _ in members)
        yield RunGroup(values, start, stop)
        start = stop


def _distinct(
    connection: Connection, column: ColumnElement[Any], *where: Truth, limit: int = -1
) -> list[str]:
    """The values of an indexed column, by jumping from each one to the next instead of reading all rows."""
    found = select(func.min(column).label("value")).where(*where).cte(recursive=True)
    following = select(func.min(column)).where(column > found.c.value, *where).scalar_subquery()
    found = found.union_all(select(following).where(found.c.value.is_not(None)))
    query = select(found.c.value).where(found.c.value.is_not(None))
    return list(connection.scalars(query if limit < 0 else query.limit(limit)))


def _finite(cell: Cell) -> Cell:
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _aggregate(cells: Sequence[Cell]) -> Aggregate:
    numbers = [
        float(cell)
        for cell in cells
        if isinstance(cell, bool | int | float) and math.isfinite(cell)
    ]
    if not numbers:
        return Aggregate(0, None, None, None)
    mean = math.fsum(numbers) / len(numbers)
    return Aggregate(len(numbers), mean, min(numbers), max(numbers))
