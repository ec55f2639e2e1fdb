"""How much there is to read in a program: lines, branches, and the names of a framework that one has to know."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_BRANCHES = (ast.If, ast.For, ast.While, ast.IfExp, ast.ExceptHandler, ast.comprehension, ast.match_case)  # fmt: skip
_NOT_CODE = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)  # fmt: skip
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """``lines`` are those with code: no empty ones, comments and docstrings. ``branches`` are the places where a program can take
    another way, as McCabe (1976) counts them, each ``and`` and ``or`` included. ``api_names`` are the framework's own names, as they
    are reached from its import, such as ``torch.nn.Linear``.
    """

    lines: int
    branches: int
    api_names: tuple[str, ...]


def code_facts(text: str, packages: tuple[str, ...]) -> CodeFacts:
    """Count a program whose framework is imported as one of the ``packages``. Raises SyntaxError."""
    tree = ast.parse(text)
    names = sorted(set(_names(tree, _imported(tree, packages))))
    return CodeFacts(len(_lines(text) - _docstrings(tree)), sum(map(_ways, ast.walk(tree))), tuple(names))  # fmt: skip


def _lines(text: str) -> set[int]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {
        number
        for token in tokens
        if token.type not in _NOT_CODE
        for number in range(token.start[0], token.end[0] + 1)
    }


def _docstrings(tree: ast.Module) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            first = node.body[0]
            found.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return found


def _ways(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    return int(isinstance(node, _BRANCHES))


def _imported(tree: ast.Module, packages: tuple[str, ...]) -> dict[str, str]:
    """What the program's own names stand for: ``tf`` for ``tensorflow``."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                found[bound] = alias.name if alias.asname else bound
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}  # fmt: skip
    return {name: whole for name, whole in found.items() if whole.partition(".")[0] in packages}


def _names(tree: ast.Module, imported: Mapping[str, str]) -> Iterator[str]:
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner:
            *attributes, root = reversed(_chain(node))
            if root in imported:
                yield ".".join([imported[root], *reversed(attributes)])


def _chain(node: ast.expr) -> list[str]:
    """``a.b.c`` as its parts; a root that is no name is ""."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id if isinstance(node, ast.Name) else "", *reversed(parts)]
