"""Terms: what a filter compares, and what a column of the table, a sort key or an axis shows.

A term is a field (``state``), a parameter (``lr``, ``param("odd name")``), or the summary of a metric (``best(val/loss)``,
or the bare name). In a run a bare name is a parameter if it has one of that name, else a metric.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from storage.errors import QueryError
from storage.query.fields import CHOICES, FIELD, GETTERS, SYNONYMS, Getter, current_time, number
from storage.records import Cell, Kind, MetricSummary, RunRecord, is_system


class Source(StrEnum):
    """Where the value of a term comes from. All but the first two are written as functions."""

    FIELD = "field"
    NAME = "name"
    PARAMETER = "param"
    LAST = "last"
    BEST = "best"
    MINIMUM = "min"
    MAXIMUM = "max"
    COUNT = "count"


FUNCTIONS = tuple(source for source in Source if source not in (Source.FIELD, Source.NAME))
SUMMARIES = tuple(source for source in FUNCTIONS if source is not Source.PARAMETER)
SHORT_NAMES = {"lr": "learning_rate"}
"""How a parameter may be called where no parameter of the run has that name."""

WORD = r"[^\s()<>=!~,\"'][^\s()<>=!~,\"]*"
STRING = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
KEYWORDS = ("and", "or", "not", "in", "is", "exists")
CALL = rf"(?!(?:{'|'.join(KEYWORDS)})\b)[A-Za-z_]+\(\s*(?:{STRING}|{WORD})\s*\)"
_CALL = re.compile(rf"([A-Za-z_]+)\(\s*({STRING}|{WORD})\s*\)")


@dataclass(frozen=True, slots=True)
class Term:
    """``start`` and ``stop`` are where it stands in the text."""

    source: Source
    name: str
    start: int = 0
    stop: int = 0

    @property
    def kind(self) -> Kind | None:
        """None where it depends on the run."""
        if self.source is Source.FIELD:
            return FIELD[self.name].kind
        return Kind.NUMBER if self.source in SUMMARIES else None

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that it may be, the first that a run has counts."""
        if self.source is Source.PARAMETER:
            return (self.name,)
        if self.source is Source.NAME:
            return tuple(dict.fromkeys((self.name, SHORT_NAMES.get(self.name, self.name))))
        return ()

    @property
    def summary(self) -> Source | None:
        """Which figure of the metric it may be, if it is no parameter."""
        if self.source is Source.NAME:
            return Source.MAXIMUM if is_system(self.name) else Source.BEST
        return self.source if self.source in SUMMARIES else None


def kind_of(column: str) -> Kind | None:
    """What the values of a column are, None where that depends on the run. Raises QueryError."""
    return term_of(column).kind


@lru_cache(maxsize=4096)
def term_of(column: str) -> Term:
    """Raises QueryError if the text is no term."""
    text = column.strip()
    if re.fullmatch(f"{WORD}|{STRING}|{CALL}", text):
        return read_term(text, column.index(text))
    raise QueryError(
        f"{column!r} is no column. A column is a field such as state, a parameter, or a metric such as best(val/loss).",
        0,
        len(column),
    )


def read_term(text: str, start: int) -> Term:
    """From a word, a quoted name or a call. Raises QueryError for a function that there is not."""
    stop = start + len(text)
    if (call := _CALL.fullmatch(text)) is None:
        name = unquoted(text)
        name = SYNONYMS.get(name, name)
        return Term(Source.FIELD if name in FIELD else Source.NAME, name, start, stop)
    function = call[1].lower()
    if function not in FUNCTIONS:
        known = ", ".join(FUNCTIONS)
        raise QueryError(
            f"There is no function {call[1]}; there are {known}.", start, start + len(call[1])
        )
    return Term(Source(function), unquoted(call[2]), start, stop)


def split_columns(text: str) -> list[str]:
    """The parts of a list of columns, which commas part unless they stand in quotes; whether they are columns is not checked."""
    parts = re.findall(rf"(?:{CALL}|{STRING}|{WORD}|[^,])+", text)
    return [part.strip() for part in parts if part.strip()]


def unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[0] in "\"'" else text


def quoted(text: str) -> str:
    """As it can stand in a filter as one word: in quotes if it has to be."""
    if re.fullmatch(WORD, text) and text.lower() not in KEYWORDS:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def value_of(run: RunRecord, column: str, now: int | None = None) -> Cell:
    """What stands in a column for a run: None where it has no value; a metric may be infinite.

    Moments are UTC in microseconds since 1970, durations seconds, tags one text. Raises QueryError if there cannot be such a column.
    """
    return _getter(column)(run, current_time() if now is None else now)


@lru_cache(maxsize=4096)
def _getter(column: str) -> Getter:
    term = term_of(column)
    if term.source is Source.FIELD:
        return GETTERS[term.name]
    parameters, summary, name = term.parameters, term.summary, term.name

    def get(run: RunRecord, _now: int) -> Cell:
        for each in parameters:
            if each in run.spec.parameters:
                return parameter_cell(run.spec.parameters[each])
        found = run.summary.get(name) if summary else None
        return None if found is None or summary is None else _figure(found, summary)

    return get


def rank_all(term: Term, values: Sequence[Cell]) -> Sequence[Any]:
    """What values of a term are ordered by: numbers before texts, texts in any case, states as a run goes through them."""
    if term.source is Source.FIELD and term.name == "state":
        return [_STATES[str(value)] for value in values]
    if any(isinstance(value, str) for value in values):
        return [_rank(value) for value in values]
    return values


def _rank(value: Cell) -> tuple[int, Any, str]:
    return (1, value.casefold(), value) if isinstance(value, str) else (0, value, "")


_STATES = {state: place for place, state in enumerate(CHOICES["state"])}


def parameter_cell(value: object) -> Cell:
    """A tuple is a text, as in JSON."""
    return value if isinstance(value, bool | int | float | str) else json.dumps(value)


def _figure(metric: MetricSummary, summary: Source) -> float | None:
    match summary:
        case Source.LAST:
            return number(metric.last)
        case Source.BEST:
            return metric.best
        case Source.MINIMUM:
            return metric.minimum
        case Source.MAXIMUM:
            return metric.maximum
        case _:
            return metric.count
