"""Filters and columns as SQL. Nothing else of the language needs the database's packages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    type_coerce,
)

from runners.protocol import ACTIVE_STATES, State
from storage.models import metrics, parameters, runs, tags
from storage.query.terms import Source, Term
from storage.query.tree import And, Condition, Exists, Node, Not, Operator, Or, Search
from storage.records import MAIN_METRICS, Cell, Fields, better

Truth = ColumnElement[bool]
_FIGURES = {
    Source.LAST: "last",
    Source.MINIMUM: "minimum",
    Source.MAXIMUM: "maximum",
    Source.COUNT: "count",
}


class Compiler:
    """For the names that the runs of a history have, at a time (UTC, microseconds since 1970)."""

    def __init__(self, fields: Fields, now: int) -> None:
        self._parameters, self._metrics = frozenset(fields.parameters), frozenset(fields.metrics)
        self._now = now

    # -- conditions -------------------------------------------------------------------------------
    def where(self, node: Node) -> Truth:
        """What is true of the runs that a checked filter lets through. Never unknown, so that its negation is its opposite."""
        match node:
            case And(parts):
                return and_(true(), *map(self.where, parts))
            case Or(parts):
                return or_(false(), *map(self.where, parts))
            case Not(part):
                return not_(self.where(part))
            case Search(words):
                return and_(true(), *map(_mentions, words))
            case Exists(term):
                return self._exists(term)
            case Condition():
                return self._condition(node)
        raise TypeError(f"this was not checked: {node}")

    def _exists(self, term: Term) -> Truth:
        if term.source is Source.FIELD:
            return self._field(term.name).is_not(None)
        return self._by_name(
            term,
            lambda _: true(),
            lambda figure: figure.is_not(None),
        )

    def _condition(self, test: Condition) -> Truth:
        term = test.term
        if term.source is not Source.FIELD:
            return self._by_name(
                term,
                lambda table: _parameter_passes(table, test),
                lambda value: _passes(value, test),
            )
        if term.name == "tags":
            return _tagged(test)
        value = self._field(term.name)
        return and_(value.is_not(None), _passes(value, test))

    def _by_name(
        self,
        term: Term,
        parameter: Callable[[Any], Truth],
        metric: Callable[[ColumnElement[Any]], Truth],
    ) -> Truth:
        """True where the first of its sources that the run has passes its test."""
        found: Truth = false()
        if term.summary and term.name in self._metrics:
            figure = metrics.c[figure_column(term)]
            found = runs.c.id.in_(
                select(metrics.c.run_id).where(metrics.c.name == term.name, metric(figure))
            )
        for name in reversed([each for each in term.parameters if each in self._parameters]):
            having = select(parameters.c.run_id).where(parameters.c.name == name)
            passing = runs.c.id.in_(having.where(parameter(parameters.c)))
            is_only = found.compare(false())
            found = passing if is_only else or_(passing, and_(runs.c.id.not_in(having), found))
        return found

    # -- values -----------------------------------------------------------------------------------
    def field(self, term: Term) -> ColumnElement[Any]:
        """The value of a field, NULL where there is none."""
        return self._field(term.name)

    def _field(self, name: str) -> ColumnElement[Any]:
        if name == "duration":
            elapsed = (func.coalesce(runs.c.ended, self._now) - runs.c.started) / literal(1e6)
            return case((runs.c.state != State.QUEUED.value, elapsed))
        return _FIELDS[name]

    def readings(self, term: Term) -> list[Reading]:
        """Where the value of a parameter or a metric stands: the first of these that a run has counts."""
        found = [
            Reading(parameters, name, ("number", "text"))
            for name in term.parameters
            if name in self._parameters
        ]
        if term.summary and term.name in self._metrics:
            found.append(Reading(metrics, term.name, (figure_column(term),)))
        return found


@dataclass(frozen=True)
class Reading:
    """Columns of the rows of a table that have a name, of which each run has at most one."""

    table: Table
    name: str
    columns: tuple[str, ...]

    @property
    def run_id(self) -> ColumnElement[int]:
        return self.table.c.run_id

    @property
    def query(self) -> Select[*tuple[Any, ...]]:
        """Rows of the run's id and the columns."""
        chosen = [self.table.c[column] for column in self.columns]
        return select(self.run_id, *chosen).where(self.table.c.name == self.name)


def parameter_of(number: float | None, text: str | None) -> Cell:
    """A row of a number with a text is a boolean; see `storage.models.parameters`."""
    if number is None:
        return text
    if text is not None:
        return bool(number)
    return int(number) if number.is_integer() else number


def figure_column(term: Term) -> str:
    """The column of the table of metrics that has the figure of a metric."""
    summary = term.summary
    if summary is Source.BEST:
        return "minimum" if better(term.name) == "lower" else "maximum"
    assert summary is not None
    return _FIGURES[summary]


def _passes(value: ColumnElement[Any], test: Condition) -> Truth:
    """For a value that is not NULL; NULL otherwise."""
    wanted = test.numbers or test.texts
    match test.operator:
        case Operator.EQUAL:
            return value.in_(wanted) if len(wanted) > 1 else value == wanted[0]
        case Operator.UNEQUAL:
            return value.not_in(wanted) if len(wanted) > 1 else value != wanted[0]
        case Operator.CONTAINS:
            return _contains(func.casefold(value), test.texts[0])
        case Operator.LESS:
            return value < wanted[0]
        case Operator.AT_MOST:
            return value <= wanted[0]
        case Operator.MORE:
            return value > wanted[0]
    return value >= wanted[0]


def _parameter_passes(table: Any, test: Condition) -> Truth:
    if test.operator is Operator.CONTAINS:
        return and_(table.number.is_(None), _contains(func.casefold(table.text), test.texts[0]))
    if not test.texts:
        return _passes(table.number, test)
    is_number = table.number.in_(test.numbers) if test.numbers else false()
    equal = or_(is_number, and_(table.number.is_(None), table.text.in_(test.texts)))
    equal = func.coalesce(equal, false())
    return equal if test.operator is Operator.EQUAL else not_(equal)


def _tagged(test: Condition) -> Truth:
    name = tags.c.name
    has = select(tags.c.run_id)
    if test.operator is Operator.UNEQUAL:
        return and_(runs.c.id.in_(has), runs.c.id.not_in(has.where(name.in_(test.texts))))
    return runs.c.id.in_(has.where(_passes(name, test)))


def _contains(text: ColumnElement[Any], part: str) -> Truth:
    found: Truth = func.instr(text, part) > 0
    return found


def _mentions(word: str) -> Truth:
    """What `storage.rows.search_text` has, and what changes too often to stand there."""
    places = [
        _contains(runs.c.search, word),
        _contains(runs.c.state, word),
        _contains(literal("#") + cast(runs.c.id, String), word),
    ]
    if word in "held":
        places.append(and_(runs.c.state == State.QUEUED.value, runs.c.held))
    if word in "stalled":
        active = [state.value for state in ACTIVE_STATES]
        places.append(and_(runs.c.stalled.is_not(None), runs.c.state.in_(active)))
    return or_(*places)


def _joined_tags() -> ColumnElement[Any]:
    ordered = (
        select(tags.c.name)
        .where(tags.c.run_id == runs.c.id)
        .order_by(tags.c.place)
        .correlate(runs)
        .subquery()
    )
    return select(func.aggregate_strings(ordered.c.name, ", ")).scalar_subquery()


def _result() -> ColumnElement[Any]:
    """The last value of the first of the main metrics that the run has."""
    rank = case({name: place for place, name in enumerate(MAIN_METRICS)}, value=metrics.c.name)
    found = select(metrics.c.last).where(
        metrics.c.run_id == runs.c.id, metrics.c.name.in_(MAIN_METRICS)
    )
    return found.order_by(rank).limit(1).correlate(runs).scalar_subquery()


def _fraction() -> ColumnElement[Any]:
    share = runs.c.step * 1.0 / runs.c.total_steps
    return case((runs.c.total_steps == 0, 0.0), (share > 1.0, 1.0), else_=share)


_FIELDS: dict[str, ColumnElement[Any]] = {
    "device": func.nullif(runs.c.assigned_device, ""),
    "reason": func.nullif(runs.c.reason, ""),
    "note": func.nullif(runs.c.note, ""),
    "tags": _joined_tags(),
    "archived": runs.c.archived.is_not(None),
    "result": _result(),
    "epochs": func.nullif(runs.c.epochs, 0),
    "progress": _fraction(),
} | {
    "mode": type_coerce(runs.c.spec, JSON)["mode"].as_string(),
    "seed": type_coerce(runs.c.spec, JSON)["seed"].as_integer(),
} | {
    name: runs.c[name]
    for name in (
        "id", "name", "experiment", "state", "template", "framework", "dataset", "starred", "created", "started",
        "ended", "epoch", "step", "samples_per_s", "priority", "attempt", "parent",
    )
}  # fmt: skip
