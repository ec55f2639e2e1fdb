"""A filter as a tree: first as it was written, then with every value in the type of what it is compared to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.query.terms import Term


class Operator(StrEnum):
    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    CONTAINS = "~"


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it was written, without its quotes."""

    text: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """``term operator value``. With several values it holds if it holds of one; UNEQUAL, if it holds of all."""

    term: Term
    operator: Operator
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """A term that stands alone, and is true or false."""

    term: Term


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison that was checked: the value of ``term`` is one of the numbers or one of the texts.

    With an operator of order there is one number and no text. A run without a value does not fulfil it.
    """

    term: Term
    operator: Operator
    numbers: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exists:
    """The run has a value."""

    term: Term


@dataclass(frozen=True, slots=True)
class Search:
    """The words, in small letters, stand in what a person may know a run by."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """True without parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


Node = Comparison | Flag | Condition | Exists | Search | Not | And | Or
