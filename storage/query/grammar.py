"""From the text of a filter to its tree, by a grammar for lark."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from storage.errors import QueryError
from storage.query.terms import CALL, STRING, WORD, read_term, unquoted
from storage.query.tree import And, Comparison, Exists, Flag, Node, Not, Operator, Or, Search, Value

if TYPE_CHECKING:
    from lark import Lark, Token, UnexpectedToken

GRAMMAR = rf"""
start: [or]
?or: and (_OR and)*
?and: not (_AND? not)*
?not: _NOT not -> negation
    | atom
?atom: _LPAR or _RPAR
    | term COMPARE value -> comparison
    | term _IN list -> among
    | term _NOT_IN list -> not_among
    | term _IS_MISSING -> missing
    | term (_EXISTS | _IS_NOT_MISSING) -> exists
    | term -> alone
    | SPACED -> words
term: WORD | STRING | CALL
value: WORD | STRING | SPACED
?list: value -> single
    | _LPAR value (_COMMA value)* _RPAR -> several

_OR.3: /or(?![^\s()"])/i
_AND.3: /and(?![^\s()"])/i
_NOT_IN.4: /not\s+in(?![^\s()"])/i
_NOT.3: /not(?![^\s()"])/i
_IN.3: /in(?![^\s()"])/i
_IS_MISSING.3: /is\s+missing(?![^\s()])/i
_IS_NOT_MISSING.3: /is\s+not\s+missing(?![^\s()])/i
_EXISTS.3: /exists(?![^\s()])/i
COMPARE.3: "==" | "=" | "!=" | "<=" | ">=" | "<" | ">" | "~"
SPACED.4: /last\s+[0-9.]+\s+[a-z]+(?![^\s()])|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[ ]+[0-9]{{1,2}}:[0-9]{{2}}(:[0-9]{{2}})?(?![^\s()])|[0-9.]+(d|h|m|min)([ ]+[0-9.]+(h|min|m|s|ms))+(?![^\s()])/i
CALL.2: /{CALL}/
STRING.1: /{STRING}/
WORD: /{WORD}/
_LPAR: "("
_RPAR: ")"
_COMMA: ","
%ignore /\s+/
"""
LONGEST = 10_000
DEEPEST = 50
_MOST_PARTS = 400
"""Databases take no deeper or longer conditions."""
_KEPT = 64
"""Of so many texts the answer is kept: each part of a filter bar asks about the same one."""


@lru_cache(maxsize=_KEPT)
def parse(text: str) -> Node:
    """The tree of a filter; an empty one lets all through. Raises QueryError, with the place."""
    from lark import UnexpectedCharacters, UnexpectedToken

    if len(text) > LONGEST:
        raise QueryError(f"A filter has at most {LONGEST:,} characters.", LONGEST, len(text))
    _check_depth(text)
    try:
        tree = parser().parse(text)
    except UnexpectedCharacters as error:
        raise _unreadable(text, error.pos_in_stream or 0) from None
    except UnexpectedToken as error:
        raise _misplaced(text, error) from None
    found = _node(tree.children[0]) if tree.children[0] is not None else And(())
    if _parts(found) > _MOST_PARTS:
        raise QueryError(f"A filter has at most {_MOST_PARTS} conditions.", 0, len(text))
    return found


@lru_cache(maxsize=1)
def parser() -> Lark:
    """Made when it is first needed, which takes some time."""
    from lark import Lark

    return Lark(
        GRAMMAR, parser="lalr", lexer="basic", propagate_positions=True, maybe_placeholders=True
    )


@lru_cache(maxsize=_KEPT)
def tokens(text: str) -> tuple[Token, ...]:
    """The tokens up to the first place that is none."""
    from lark import UnexpectedCharacters

    found: list[Token] = []
    with suppress(UnexpectedCharacters):
        found.extend(parser().lex(text))
    return tuple(found)


def _check_depth(text: str) -> None:
    """Of brackets and of negations in a row."""
    depth = 0
    for token in tokens(text):
        if token.type in ("_LPAR", "_NOT"):
            depth += 1
        elif token.type == "_RPAR":
            depth -= 1
        if depth > DEEPEST:
            place = token.start_pos or 0
            raise QueryError(
                f"This has more than {DEEPEST} brackets and negations.", place, place + len(token)
            )


def _parts(node: Node) -> int:
    match node:
        case And(parts) | Or(parts):
            return sum(map(_parts, parts))
        case Not(part):
            return _parts(part)
        case Search(words):
            return len(words)
    return 1


def _node(tree: Any) -> Node:
    match tree.data:
        case "or":
            return Or(tuple(map(_node, tree.children)))
        case "and":
            return And(tuple(map(_node, tree.children)))
        case "negation":
            return Not(_node(tree.children[0]))
        case "words":
            return Search(tuple(str(tree.children[0]).casefold().split()))
        case "alone":
            return _alone(tree.children[0].children[0])
    return _test(tree.data, tree.children)


def _test(kind: str, children: list[Any]) -> Node:
    token = children[0].children[0]
    term = read_term(str(token), token.start_pos)
    match kind:
        case "missing":
            return Not(Exists(term))
        case "exists":
            return Exists(term)
        case "among":
            return Comparison(term, Operator.EQUAL, _values(children[1]))
        case "not_among":
            return Comparison(term, Operator.UNEQUAL, _values(children[1]))
    operator = Operator("=" if children[1] == "==" else str(children[1]))
    return Comparison(term, operator, (_value(children[2]),))


def _values(tree: Any) -> tuple[Value, ...]:
    return tuple(_value(child) for child in tree.children)


def _value(tree: Any) -> Value:
    token = tree.children[0]
    return Value(unquoted(str(token)), token.start_pos, token.end_pos)


def _alone(token: Token) -> Node:
    """A word is searched for, unless it is a field that is true or false."""
    text = str(token)
    if token.type == "CALL":
        return Flag(read_term(text, token.start_pos or 0))
    if token.type == "WORD" and text in ("starred", "archived"):
        return Flag(read_term(text, token.start_pos or 0))
    folded = unquoted(text).casefold()
    return Search((folded,) if folded else ())


def _unreadable(text: str, place: int) -> QueryError:
    if text[place] in "\"'":
        return QueryError("This quote is not closed.", place, len(text))
    return QueryError(f"{text[place]!r} cannot stand here.", place, place + 1)


_EXPECTED = (
    ({"WORD", "CALL"}, "a condition such as state = failed"),
    ({"WORD"}, "a value"),
    ({"_RPAR"}, "a closing bracket"),
)


def _misplaced(text: str, error: UnexpectedToken) -> QueryError:
    expected = next((what for names, what in _EXPECTED if names <= error.accepts), "something else")
    if error.token.type == "$END":
        end = len(text.rstrip())
        return QueryError(f"The filter ends where {expected} should follow.", end, end)
    start = error.token.start_pos or 0
    return QueryError(
        f'"{error.token}" cannot stand here. {expected.capitalize()} should.',
        start,
        start + len(error.token),
    )
