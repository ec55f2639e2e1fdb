"""The conditions of a filter that can be set by a click, found in its text and written into it.

The text is the only truth: what is set is read from it each time, and setting changes the text alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from storage.errors import QueryError
from storage.query.fields import SYNONYMS
from storage.query.grammar import parse, tokens
from storage.query.terms import Source, quoted
from storage.query.tree import And, Comparison, Flag, Node, Operator, Or


class _Token(Protocol):
    type: str
    start_pos: int | None
    end_pos: int | None


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition that all listed runs fulfil: ``text[start:stop]`` is about a field.

    ``values`` are those of which one holds, without quotes; they are empty where it says something else of the field.
    """

    field: str
    values: tuple[str, ...]
    start: int
    stop: int


def clauses(text: str) -> list[Clause]:
    """Those that stand by themselves or are joined by ``and``, in their order; none of a text that cannot be read."""
    try:
        tree = parse(text)
    except QueryError:
        return []
    found = tokens(text)
    parts = tree.parts if isinstance(tree, And) else (tree,)
    return [clause for part in parts if (clause := _clause(part, found)) is not None]


def clause_of(text: str, field: str) -> Clause | None:
    """The first one about the field."""
    name = SYNONYMS.get(field, field)
    return next((each for each in clauses(text) if each.field == name), None)


def is_finished(text: str) -> bool:
    """Whether the text can be read, so that a condition can be added to it."""
    try:
        parse(text)
    except QueryError:
        return False
    return True


def with_values(text: str, field: str, values: Sequence[str]) -> str:
    """The filter with the field being one of the values, instead of what it said of it; without values, saying nothing."""
    named = [quoted(each) for each in values]
    if not named:
        return _put(text, field, "")
    written = f"{field} = {named[0]}" if len(named) == 1 else f"{field} in ({', '.join(named)})"
    return _put(text, field, written)


def with_condition(text: str, field: str, condition: str) -> str:
    """The filter with this condition, which is about the field, instead of what it said of it; "" says nothing."""
    return _put(text, field, condition)


def toggled(text: str, field: str, value: str) -> str:
    """The filter with the value among those that the field may have or, if it is among them, without it."""
    there = clause_of(text, field)
    values = there.values if there else ()
    if value in values:
        return with_values(text, field, [each for each in values if each != value])
    return with_values(text, field, [*values, value])


def _put(text: str, field: str, condition: str) -> str:
    there = clause_of(text, field)
    if there is None:
        return _joined(text, condition)
    if condition:
        return text[: there.start] + condition + text[there.stop :]
    return _without(text, there)


def _joined(text: str, condition: str) -> str:
    before = text.strip()
    if not before or not condition:
        return condition or text
    if isinstance(parse(before), Or):
        before = f"({before})"
    return f"{before} and {condition}"


def _without(text: str, clause: Clause) -> str:
    """Without the clause and one of the words ``and`` beside it."""
    before = [each for each in tokens(text) if (each.end_pos or 0) <= clause.start]
    after = [each for each in tokens(text) if (each.start_pos or 0) >= clause.stop]
    start, stop = clause.start, clause.stop
    if after and after[0].type == "_AND":
        stop = after[0].end_pos or stop
    elif before and before[-1].type == "_AND":
        start = before[-1].start_pos or 0
    return " ".join(part for each in (text[:start], text[stop:]) if (part := each.strip()))


def _clause(part: Node, found: Sequence[_Token]) -> Clause | None:
    if isinstance(part, Flag) and part.term.source is Source.FIELD:
        place = _place(found, part.term.start, part.term.stop)
        return Clause(part.term.name, ("true",), *place)
    if not isinstance(part, Comparison) or part.term.source is not Source.FIELD:
        return None
    place = _place(found, part.term.start, part.values[-1].stop)
    plain = part.operator is Operator.EQUAL
    return Clause(part.term.name, tuple(each.text for each in part.values) if plain else (), *place)


def _place(found: Sequence[_Token], start: int, stop: int) -> tuple[int, int]:
    """From where to where it stands, with the brackets that belong to it alone."""
    first = _index(found, lambda token: token.start_pos == start)
    last = _index(found, lambda token: token.end_pos == stop)
    opened = sum(token.type == "_LPAR" for token in found[first : last + 1])
    last += opened - sum(token.type == "_RPAR" for token in found[first : last + 1])
    while (
        first > 0
        and last + 1 < len(found)
        and found[first - 1].type == "_LPAR"
        and found[last + 1].type == "_RPAR"
    ):
        first, last = first - 1, last + 1
    return found[first].start_pos or 0, found[last].end_pos or stop


def _index(found: Sequence[_Token], fits: Callable[[_Token], bool]) -> int:
    return next(place for place, token in enumerate(found) if fits(token))
