"""Two files of code side by side: which lines belong together, and what the words of a line are."""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Sequence
from typing import NamedTuple

_WORD = re.compile(r"\w+")
_LIKE = 0.4
"""Lines that share less of their words than this do not belong together."""


class Span(NamedTuple):
    """Part of a line that is a ``keyword``, ``string``, ``comment``, ``number`` or the ``name`` of a definition."""

    start: int
    length: int
    kind: str


Row = tuple[int | None, int | None]
"""The numbers of a line of the one file and of the other one, from 0, or None where it has nothing to show."""


def aligned(one: Sequence[str], other: Sequence[str]) -> list[Row]:
    """Rows that show all lines of both in their order, those side by side that are most alike.

    The pairs are those whose likenesses have the largest sum, as in Needleman and Wunsch (1970) with free gaps.
    Lines between two pairs stand beside each other as they come.
    """
    words, others = [_words(line) for line in one], [_words(line) for line in other]
    best = [[0.0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in reversed(range(len(one))):
        for j in reversed(range(len(other))):
            together = best[i + 1][j + 1] + _likeness(words[i], others[j])
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    rows: list[Row] = []
    left: list[int] = []
    right: list[int] = []
    i = j = 0
    while i < len(one) and j < len(other):
        likeness = _likeness(words[i], others[j])
        if likeness and best[i][j] == best[i + 1][j + 1] + likeness:
            rows += [*_beside(left, right), (i, j)]
            left, right = [], []
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            left.append(i)
            i += 1
        else:
            right.append(j)
            j += 1
    return [*rows, *_beside([*left, *range(i, len(one))], [*right, *range(j, len(other))])]


def _words(line: str) -> frozenset[str]:
    return frozenset(_WORD.findall(line))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of their words that lines have in common; lines without words are a little alike."""
    if not one or not other:
        return 0.01 if not one and not other else 0.0
    share = len(one & other) / len(one | other)
    return share if share >= _LIKE else 0.0


def _beside(left: list[int], right: list[int]) -> list[Row]:
    longest = max(len(left), len(right))
    padded = [[*lines, *[None] * (longest - len(lines))] for lines in (left, right)]
    return list(zip(*padded, strict=True))


def spans(text: str) -> dict[int, list[Span]]:
    """What to highlight, by the number of the line from 0. Of code that is no Python, what comes before that shows."""
    found: dict[int, list[Span]] = {}
    lines = text.splitlines()
    before = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if kind := _kind(token, before):
                for number in range(token.start[0] - 1, min(token.end[0], len(lines))):
                    start = token.start[1] if number == token.start[0] - 1 else 0
                    end = token.end[1] if number == token.end[0] - 1 else len(lines[number])
                    found.setdefault(number, []).append(Span(start, end - start, kind))
            before = token.string
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def _kind(token: tokenize.TokenInfo, before: str) -> str:
    name = tokenize.tok_name[token.type]
    if name == "NAME":
        if before in ("def", "class"):
            return "name"
        return "keyword" if keyword.iskeyword(token.string) else ""
    if name.startswith(("STRING", "FSTRING")):
        return "string"
    return {"COMMENT": "comment", "NUMBER": "number"}.get(name, "")
