"""Finding runs: which, in which order, in which groups, and what stands in their columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from storage.models import metrics, parameters, runs, tags
from storage.query.check import checked
from storage.query.fields import CHOICES, FIELDS
from storage.query.grammar import parse
from storage.query.sql import Compiler, Reading, Truth, parameter_of
from storage.query.terms import Source, Term, rank_all, term_of
from storage.query.tree import And, Comparison, Exists, Flag, Node, Not, Or
from storage.records import Aggregate, Cell, Fields, Kind, RunGroup, RunList, RunQuery, Scope

_IDS = 500
"""How many ids are asked for in one statement."""
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
    named = {name: _finite(cells) for name, cells in zip(columns, values, strict=True)}
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
            order = _ordered(order, values[term], term, descending)
        self.columns = [_picked(values[term], order) for term in further]
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
    of_runs = [term for term in terms if term.source is Source.FIELD]
    newest = runs.c.created.desc(), runs.c.id.desc()
    query = select(runs.c.id, *map(compiler.field, of_runs)).where(*where).order_by(*newest)
    rows = _rows(connection, query)
    if not rows:
        return [], {term: [] for term in terms}
    ids, *columns = (list(column) for column in zip(*rows, strict=True))
    values = dict(zip(of_runs, columns, strict=True))
    for term in of_runs:
        if term.kind is Kind.FLAG:
            values[term] = list(map(bool, values[term]))
    known: dict[Reading, dict[int, Cell]] = {}
    for term in terms:
        if term.source is not Source.FIELD:
            values[term] = _of_tables(connection, compiler.readings(term), ids, known)
    return ids, values


def _of_tables(
    connection: Connection,
    readings: Sequence[Reading],
    ids: Sequence[int],
    known: dict[Reading, dict[int, Cell]],
) -> list[Cell]:
    """Of each run the first value that is there of those that may be."""
    found: list[Cell] = [None] * len(ids)
    for reading in reversed(readings):
        if reading not in known:
            known[reading] = _read(connection, reading, ids)
        get = known[reading].get
        found = [get(run_id, other) for run_id, other in zip(ids, found, strict=True)]
    return found


def _read(connection: Connection, reading: Reading, ids: Sequence[int]) -> dict[int, Cell]:
    """By id. To read what all runs have of a name, side by side in an index, is faster than to look for many of them one by one."""
    query = reading.query if len(ids) > _IDS else reading.query.where(reading.run_id.in_(ids))
    rows = _rows(connection, query)
    if reading.table is metrics:
        return {run_id: value for run_id, value in rows if value is not None}
    return {run_id: parameter_of(number, text) for run_id, number, text in rows}


def _rows(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """As the driver gives them: SQLAlchemy's own rows take as long again as to read them."""
    with closing(connection.execute(query)) as result:
        cursor = result.cursor
        assert cursor is not None
        return list(cursor.fetchall())


def _of_ids(
    connection: Connection, which: Sequence[int], terms: Sequence[Term], now: int
) -> tuple[list[int], list[list[Cell]]]:
    """Those of the runs that there are, in the order of the ids."""
    compiler = Compiler(names(connection), now)
    many = len(which) > _IDS
    where = [] if many else [runs.c.id.in_(which)]
    ids, values = _fetch(connection, compiler, where, list(dict.fromkeys(terms)))
    places = {run_id: at for at, run_id in enumerate(ids)}
    there = [run_id for run_id in which if run_id in places]
    order = [places[run_id] for run_id in there]
    return there, [_picked(values[term], order) for term in terms]


def _picked(values: Sequence[Cell], order: Sequence[int]) -> list[Cell]:
    return [values[at] for at in order]


def in_parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """As many as fit into one statement at a time."""
    unique = list(dict.fromkeys(ids))
    return (unique[at : at + _IDS] for at in range(0, len(unique), _IDS))


# -- order and groups ---------------------------------------------------------------------------------
def _ordered(
    order: Iterable[int], values: Sequence[Cell], term: Term, descending: bool
) -> list[int]:
    """What has no value comes last in both directions; among equals the order stays."""
    there: list[int] = []
    missing: list[int] = []
    for at in order:
        (missing if values[at] is None else there).append(at)
    ranks = rank_all(term, values)
    there.sort(key=ranks.__getitem__, reverse=descending)
    return there + missing


def _groups(order: Sequence[int], columns: Sequence[Sequence[Cell]]) -> Iterator[RunGroup]:
    start = 0
    rows = zip(*(_picked(column, order) for column in columns), strict=True)
    for values, members in groupby(rows):
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


def _finite(cells: list[Cell]) -> list[Cell]:
    if math.inf not in cells and -math.inf not in cells:
        return cells
    return [None if isinstance(cell, float) and math.isinf(cell) else cell for cell in cells]


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
