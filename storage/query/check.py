"""Whether a filter makes sense: names that there are, values of the type that they are compared to."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from storage.errors import QueryError
from storage.query.fields import CHOICES, FIELDS, current_time
from storage.query.grammar import parse
from storage.query.literals import (
    DURATION_EXAMPLE,
    MOMENT_EXAMPLE,
    Interval,
    read_duration,
    read_flag,
    read_moment,
    read_number,
)
from storage.query.terms import SUMMARIES, Source, Term, term_of
from storage.query.tree import (
    And,
    Comparison,
    Condition,
    Exists,
    Flag,
    Node,
    Not,
    Operator,
    Or,
    Value,
)
from storage.records import Fields, Kind

_ORDERS = (Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST)


def check(text: str, fields: Fields) -> QueryError | None:
    """What is wrong with a filter on runs that have these fields, or None."""
    try:
        checked(parse(text), fields, current_time())
    except QueryError as error:
        return error
    return None


def check_column(column: str, fields: Fields) -> QueryError | None:
    """What is wrong with a column of runs that have these fields, or None."""
    try:
        _known(term_of(column), fields)
    except QueryError as error:
        return error
    return None


def checked(node: Node, fields: Fields, now: int) -> Node:
    """The tree with conditions in place of comparisons. Raises QueryError, with the place."""
    match node:
        case And(parts):
            return And(tuple(checked(part, fields, now) for part in parts))
        case Or(parts):
            return Or(tuple(checked(part, fields, now) for part in parts))
        case Not(part):
            return Not(checked(part, fields, now))
        case Exists(term):
            return Exists(_known(term, fields))
        case Flag(term):
            return _flag(_known(term, fields))
        case Comparison(term, _, _):
            _known(term, fields)
            return _comparison(node, fields, now)
    return node


def _known(term: Term, fields: Fields) -> Term:
    """Raises QueryError if no run has it, with the name that is nearest to it."""
    if term.source is Source.FIELD:
        return term
    if term.source in SUMMARIES:
        what, names = "metric", list(fields.metrics)
    elif term.source is Source.PARAMETER:
        what, names = "parameter", list(fields.parameters)
    else:
        what = "field, parameter or metric"
        names = [*(field.name for field in FIELDS), *fields.parameters, *fields.metrics]
    if term.name in names or any(name in fields.parameters for name in term.parameters):
        return term
    raise QueryError(
        f'No run has a {what} "{term.name}".{_suggestion(term.name, names)}', term.start, term.stop
    )


def _suggestion(name: str, names: Iterable[str]) -> str:
    """Names that differ in case only, that are near, or that hold what was written."""
    folded = {each.casefold(): each for each in names}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    near = near or [each for each in folded if name.casefold() in each][:1]
    return f' Did you mean "{folded[near[0]]}"?' if near else ""


def _flag(term: Term) -> Condition:
    if term.kind is not Kind.FLAG:
        raise QueryError(
            f"{term.name} is not true or false by itself: compare it, as in > 0.5, or ask whether it exists.",
            term.start,
            term.stop,
        )
    return Condition(term, Operator.EQUAL, numbers=(1.0,))


def _comparison(node: Comparison, fields: Fields, now: int) -> Node:
    match node.term.kind:
        case Kind.MOMENT:
            return _moments(node, now)
        case Kind.TEXT | Kind.CHOICE:
            return _texts(node)
        case Kind.FLAG:
            return _flags(node)
        case Kind.NUMBER | Kind.DURATION:
            return _numbers(node)
    is_metric = node.term.name in fields.metrics and not any(
        name in fields.parameters for name in node.term.parameters
    )
    return _numbers(node) if is_metric else _any(node)


def _numbers(node: Comparison) -> Condition:
    if node.operator is Operator.CONTAINS:
        raise _wrong_operator(node, "is a number, and ~ looks into texts. Write =, <, <=, > or >=.")
    return Condition(node.term, node.operator, tuple(_number(node, value) for value in node.values))


def _number(node: Comparison, value: Value) -> float:
    duration = node.term.kind is Kind.DURATION
    found = read_duration(value.text) if duration else read_number(value.text)
    if found is None:
        example = f"duration, such as {DURATION_EXAMPLE}" if duration else "number"
        hint = " Write: is missing." if value.text.lower() == "nan" else ""
        raise QueryError(f'"{value.text}" is no {example}.{hint}', value.start, value.stop)
    return found


def _texts(node: Comparison) -> Condition:
    if node.operator in _ORDERS:
        raise _wrong_operator(node, "is a text. Write =, !=, in (…) or ~, which means contains.")
    return Condition(node.term, node.operator, texts=tuple(_text(node, one) for one in node.values))


def _text(node: Comparison, value: Value) -> str:
    if node.operator is Operator.CONTAINS:
        return value.text.casefold()
    choices = CHOICES.get(node.term.name) if node.term.source is Source.FIELD else None
    if choices is None:
        return value.text
    if value.text.casefold() in choices:
        return value.text.casefold()
    raise QueryError(
        f'There is no {node.term.name} "{value.text}".{_suggestion(value.text, choices)} There are {", ".join(choices)}.',
        value.start,
        value.stop,
    )


def _flags(node: Comparison) -> Condition:
    if node.operator not in (Operator.EQUAL, Operator.UNEQUAL):
        raise _wrong_operator(
            node, f"is true or false. Write {node.term.name} or not {node.term.name}."
        )
    flags = []
    for value in node.values:
        if (flag := read_flag(value.text)) is None:
            raise QueryError(f'"{value.text}" is neither true nor false.', value.start, value.stop)
        flags.append(float(flag))
    return Condition(node.term, node.operator, tuple(flags))


def _moments(node: Comparison, now: int) -> Node:
    if node.operator is Operator.CONTAINS:
        raise _wrong_operator(node, "is a moment. Write =, <, <=, >, >= or in.")
    found = tuple(_moment(node, value, now) for value in node.values)
    if node.operator in _ORDERS:
        return _ordered(node, found[0])
    inside = Or(tuple(_inside(node.term, interval) for interval in found))
    return inside if node.operator is Operator.EQUAL else And((Exists(node.term), Not(inside)))


def _moment(node: Comparison, value: Value, now: int) -> Interval:
    found = read_moment(value.text, now)
    if found is None:
        raise QueryError(
            f'"{value.text}" is no moment, such as {MOMENT_EXAMPLE}.', value.start, value.stop
        )
    if value.text.lower().startswith("last") and node.operator in _ORDERS:
        raise _wrong_operator(
            node, f'is compared to a time up to now. Write "in {value.text}", or not in.'
        )
    return found


def _inside(term: Term, interval: Interval) -> Node:
    start, stop = interval
    since = Condition(term, Operator.AT_LEAST, (start,))
    return And((since, Condition(term, Operator.LESS, (stop,))))


def _ordered(node: Comparison, interval: Interval) -> Condition:
    """Before or after the whole day, minute or second."""
    start, stop = interval
    match node.operator:
        case Operator.LESS:
            return Condition(node.term, Operator.LESS, (start,))
        case Operator.AT_MOST:
            return Condition(node.term, Operator.LESS, (stop,))
        case Operator.MORE:
            return Condition(node.term, Operator.AT_LEAST, (stop,))
    return Condition(node.term, Operator.AT_LEAST, (start,))


def _any(node: Comparison) -> Condition:
    """A parameter may be a number in one run and a text in another."""
    if node.operator is Operator.CONTAINS:
        return Condition(node.term, node.operator, texts=(node.values[0].text.casefold(),))
    if node.operator in _ORDERS:
        return _numbers(node)
    read = [_number_or_flag(value.text) for value in node.values]
    numbers = tuple(number for number in read if number is not None)
    return Condition(node.term, node.operator, numbers, tuple(value.text for value in node.values))


def _number_or_flag(text: str) -> float | None:
    flag = read_flag(text)
    return read_number(text) if flag is None else float(flag)


def _wrong_operator(node: Comparison, why: str) -> QueryError:
    return QueryError(f"{node.term.name} {why}", node.term.start, node.values[-1].stop)
