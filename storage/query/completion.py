"""How a filter that is being written can go on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from storage.query.fields import CHOICES, FIELD, FIELDS, SYNONYMS
from storage.query.grammar import tokens
from storage.query.terms import FUNCTIONS, SUMMARIES, Source, Term, quoted, read_term
from storage.records import Completion, Fields, Kind

_MOST = 200
_IN_CALL = re.compile(
    rf"\b({'|'.join(FUNCTIONS)})\(\s*(\"[^\"]*|[^\s()<>=!~,\"']*)$", re.IGNORECASE
)
_LAST_WORD = re.compile(r"\"(?:[^\"\\]|\\.)*$|[^\s()<>=!~,\"']*$")
_REST = re.compile(r"[^\s()<>=!~,\"']*")
_HELP = {
    Source.PARAMETER: "a parameter of any name",
    Source.LAST: "the last value of a metric",
    Source.BEST: "the best value of a metric",
    Source.MINIMUM: "the smallest value of a metric",
    Source.MAXIMUM: "the largest value of a metric",
    Source.COUNT: "how many points a metric has",
}
_OPERATORS = {
    "=": "is", "!=": "is not", "<": "less than", "<=": "at most", ">": "more than", ">=": "at least",
    "~": "contains, in any case", "in (": "is one of", "not in (": "is none of", "in last 7 days": "since then",
    "exists": "has a value", "is missing": "has no value",
}  # fmt: skip
_OF_KIND = {
    Kind.TEXT: ("=", "!=", "~", "in (", "not in (", "exists", "is missing"),
    Kind.CHOICE: ("=", "!=", "in (", "not in (", "~"),
    Kind.NUMBER: ("=", "!=", "<", "<=", ">", ">=", "in (", "exists", "is missing"),
    Kind.DURATION: ("<", "<=", ">", ">=", "exists", "is missing"),
    Kind.MOMENT: ("in last 7 days", "=", "<", "<=", ">", ">=", "exists", "is missing"),
    Kind.FLAG: ("=",),
    None: ("=", "!=", "<", "<=", ">", ">=", "~", "in (", "not in (", "exists", "is missing"),
}
_EXAMPLES = {
    Kind.MOMENT: ("today", "yesterday"),
    Kind.DURATION: ("90s", "30m", "2h30m", "1d"),
    Kind.FLAG: ("true", "false"),
}


def complete(text: str, cursor: int, fields: Fields) -> list[Completion]:
    """What may stand at the cursor, a place between two characters, the likeliest first."""
    before = text[:cursor]
    if call := _IN_CALL.search(before):
        names = fields.parameters if call[1].lower() == Source.PARAMETER else fields.metrics
        start = call.start(2)
        found = ((quoted(name) + ")", "") for name in names)
        stop = _end(text, cursor)
        stop += text[stop : stop + 1] == ")"
        return _matching(before[start:], found, start, stop)
    word = _LAST_WORD.search(before)
    start = word.start() if word else cursor
    context = _Context.of(before[:start])
    return _matching(before[start:], context.offers(fields), start, _end(text, cursor))


def _end(text: str, cursor: int) -> int:
    """Where the word ends that the cursor is in."""
    rest = _REST.match(text, cursor)
    return rest.end() if rest else cursor


def _matching(
    typed: str, offers: Iterable[tuple[str, str]], start: int, stop: int
) -> list[Completion]:
    """What begins with what was typed, then what has a part that does, then what holds it."""
    wanted = typed.strip('"').casefold()
    ranked: list[tuple[int, Completion]] = []
    for text, help_text in dict(offers).items():
        plain = text.strip('"').casefold()
        place = plain.find(wanted)
        if place >= 0 and (plain != wanted or not wanted):
            at_part = place > 0 and not plain[place - 1].isalnum()
            ranked.append(
                (0 if place == 0 else 1 if at_part else 2, Completion(text, start, stop, help_text))
            )
    return [one for _, one in sorted(ranked, key=lambda pair: pair[0])][:_MOST]


@dataclass(frozen=True)
class _Context:
    """What stands before the word that is completed. ``term`` is what a value belongs to, or may be compared."""

    expects: str
    term: Term | None = None
    at_start: bool = False

    @classmethod
    def of(cls, before: str) -> _Context:
        expects, term, in_list = "term", None, False
        for token in tokens(before):
            kind = token.type
            if kind == "COMPARE" or kind in ("_IN", "_NOT_IN"):
                expects = "value"
                in_list = kind != "COMPARE"
            elif expects == "value" and kind == "_LPAR":
                expects = "listed"
            elif expects in ("listed", "comma") and kind in ("_COMMA", "_RPAR"):
                expects = "listed" if kind == "_COMMA" else "more"
            elif expects == "listed":
                expects = "comma"
            elif expects == "value" or kind in (
                "_RPAR",
                "_EXISTS",
                "_IS_MISSING",
                "_IS_NOT_MISSING",
            ):
                expects, in_list = "more", False
            elif kind in ("_AND", "_OR", "_NOT", "_LPAR"):
                expects = "term"
            elif kind in ("WORD", "STRING", "CALL"):
                expects, term = "operator", read_term(str(token), token.start_pos or 0)
        return cls(
            "period" if expects == "value" and in_list else expects, term, not before.strip()
        )

    def offers(self, fields: Fields) -> Iterator[tuple[str, str]]:
        match self.expects:
            case "term":
                yield from _terms(fields)
            case "operator":
                yield from self._operators()
                yield from _CONNECTIVES
                if self._is_word(fields):
                    yield from _terms(fields)
            case "value" | "listed":
                yield from _values(self.term, fields)
            case "period":
                yield from [("(", "one of several")]
                yield from _periods(self.term)
            case "comma":
                yield from [(",", "one more"), (")", "the end of the list")]
            case _:
                yield from _CONNECTIVES

    def _is_word(self, fields: Fields) -> bool:
        """Whether what stands before can only be searched for, so that something else may follow."""
        term = self.term
        known = (*fields.parameters, *fields.metrics)
        return term is not None and term.source is Source.NAME and term.name not in known

    def _operators(self) -> Iterator[tuple[str, str]]:
        kind = self.term.kind if self.term else None
        return ((text, _OPERATORS[text]) for text in _OF_KIND[kind])


_CONNECTIVES = (("and", "both must be true"), ("or", "one must be true"))


def _terms(fields: Fields) -> Iterator[tuple[str, str]]:
    yield from ((field.name, field.help) for field in FIELDS)
    yield from ((synonym, FIELD[name].help) for synonym, name in SYNONYMS.items())
    yield from ((quoted(name), "parameter") for name in fields.parameters if name not in FIELD)
    yield from ((f"best({quoted(name)})", _HELP[Source.BEST]) for name in fields.metrics)
    yield from ((f"{function}(", _HELP[function]) for function in (*SUMMARIES, Source.PARAMETER))
    yield "not", "the opposite of what follows"


def _values(term: Term | None, fields: Fields) -> Iterator[tuple[str, str]]:
    if term is None:
        return
    known = CHOICES.get(term.name) or fields.values.get(term.name, ())
    yield from ((quoted(value), "") for value in known)
    yield from _periods(term)
    yield from ((text, "") for text in (_EXAMPLES.get(term.kind, ()) if term.kind else ()))


def _periods(term: Term | None) -> Iterator[tuple[str, str]]:
    if term and term.kind is Kind.MOMENT:
        yield from (
            (text, "up to now") for text in ("last 24 hours", "last 7 days", "last 30 days")
        )
