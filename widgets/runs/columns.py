"""The columns of the table of runs: what a term of the filter language is called and how its values read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from time import time

from runners.protocol import Framework, State
from storage.query.fields import FIELD
from storage.query.terms import SUMMARIES, Source, Term, term_of, value_of
from storage.records import Cell, RunRecord, better, main_metric
from storage.records import Kind as Field
from widgets import plain, states, text


class Kind(Enum):
    """How the values of a column are shown."""

    TEXT = auto()
    NUMBER = auto()
    METRIC = auto()
    SECONDS = auto()
    MOMENT = auto()
    FLAG = auto()
    ANY = auto()
    """A parameter's, which may be a number, a text or a flag."""


@dataclass(frozen=True, slots=True)
class Column:
    """``term`` names it in the filter language; ``width`` is in characters of the font.

    ``lower`` says that small values are the good ones. ``falling`` is the direction that a person wants first.
    """

    term: str
    title: str
    kind: Kind
    width: int
    tip: str = ""
    lower: bool = False
    falling: bool = False


NAME, STATE, PROGRESS, RESULT, TAGS, NOTE = "name", "state", "progress", "result", "tags", "note"
STARRED = "starred"
NUMBERS = (Kind.NUMBER, Kind.METRIC, Kind.SECONDS)
_KINDS: Mapping[Field, Kind] = {
    Field.TEXT: Kind.TEXT,
    Field.CHOICE: Kind.TEXT,
    Field.NUMBER: Kind.NUMBER,
    Field.DURATION: Kind.SECONDS,
    Field.MOMENT: Kind.MOMENT,
    Field.FLAG: Kind.FLAG,
}
_WIDTHS = {
    "name": 28, "note": 26, "tags": 18, "experiment": 14, "dataset": 14, "progress": 15, "created": 15, "started": 15,
    "ended": 15, "state": 13, "reason": 26, "framework": 12, "template": 12, "duration": 12, "samples_per_s": 12,
}  # fmt: skip
_TITLES = {"id": "Number", "samples_per_s": "Samples/s"}
_FALLING = frozenset({"created", "started", "ended", "id", "starred", "result", "progress"})
_FIGURES = {
    Source.LAST: "last {}",
    Source.BEST: "{}",
    Source.MINIMUM: "least {}",
    Source.MAXIMUM: "most {}",
    Source.COUNT: "points of {}",
}
_TIPS = {
    Source.LAST: "The last value",
    Source.BEST: "The best value",
    Source.MINIMUM: "The smallest value",
    Source.MAXIMUM: "The largest value",
    Source.COUNT: "How many points",
}


def now() -> int:
    """UTC, microseconds since 1970."""
    return int(time() * 1e6)


@lru_cache(maxsize=4096)
def column(term: str) -> Column:
    """What the table shows for a term. Raises QueryError if it is none."""
    found = term_of(term)
    if found.source is Source.FIELD:
        return _field(term, found.name)
    if found.source in SUMMARIES:
        return _metric(term, found, found.source)
    if found.source is Source.NAME and "/" in found.name and found.summary is not None:
        return _metric(term, found, found.summary)
    return Column(term, found.name, Kind.ANY, min(20, max(10, len(found.name) + 3)), "Parameter")


def _field(term: str, name: str) -> Column:
    kind = Kind.TEXT if name == PROGRESS else _KINDS[FIELD[name].kind]
    kind = Kind.METRIC if name == RESULT else kind
    title = _TITLES.get(name, name.capitalize())
    width = _WIDTHS.get(name, 10)
    return Column(
        term, title, kind, width, text.capital(FIELD[name].help), falling=name in _FALLING
    )


def _metric(term: str, found: Term, figure: Source) -> Column:
    counts = figure is Source.COUNT
    lower = better(found.name) == "lower" and not counts
    title = _FIGURES[figure].format(found.name)
    tip = f"{_TIPS[figure]} of {found.name}"
    if not counts:
        tip += f", where {'lower' if lower else 'higher'} is better"
    kind = Kind.NUMBER if counts else Kind.METRIC
    return Column(term, title, kind, min(22, max(11, len(title) + 3)), tip, lower, not lower)


# -- what a cell says ---------------------------------------------------------------------------------
def cell_text(run: RunRecord, shown: Column) -> str:
    """What stands in the run's cell."""
    special = _SPECIAL.get(shown.term)
    return special(run) if special else value_text(value_of(run, shown.term), shown)


def value_text(value: Cell, shown: Column) -> str:
    """A value of the column as a person reads it; nothing where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _FRAMEWORKS[value] if shown.term == "framework" else plain.line(value)
    if shown.kind is Kind.SECONDS:
        return text.duration(value)
    if shown.kind is Kind.MOMENT:
        return text.moment(int(value))
    return figure(value) if shown.kind is Kind.METRIC else short(value)


def figure(value: float) -> str:
    """A measured number, of even width in its column."""
    return f"{value:,}" if isinstance(value, int) else text.number(value)


def short(value: float) -> str:
    """A number that a person chose, as short as it was written."""
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 100_000 else str(value)
    return f"{value:.6g}"


def _duration(run: RunRecord) -> str:
    """Nothing for a run that waits, even if it trained before."""
    waits = run.state is State.QUEUED or run.started is None
    return "" if waits else text.duration(run.duration_s(now()))


def _note(run: RunRecord) -> str:
    """The first line that says something, without the marks of a heading."""
    lines = (each.strip().lstrip("#").strip() for each in run.note.splitlines())
    return plain.line(next((each for each in lines if each), ""))


def _throughput(run: RunRecord) -> str:
    rate = run.progress.samples_per_s
    return f"{rate:,.0f}" if rate else ""


_FRAMEWORKS = {each.value: each.display_name for each in Framework}
_SPECIAL: dict[str, Callable[[RunRecord], str]] = {
    "name": lambda run: plain.line(run.name),
    "state": states.word,
    "progress": lambda run: plain.line(text.progress(run.state, run.progress)),
    "result": text.result,
    "duration": _duration,
    "tags": lambda run: plain.line(", ".join(run.tags)),
    "note": _note,
    "samples_per_s": _throughput,
    "starred": lambda run: "★" if run.starred else "",
}


def is_provisional(run: RunRecord) -> bool:
    """Whether its result is not the test's, so not yet the last word."""
    return not (main_metric(run) or "").startswith("test/")
