"""Taking Python source apart and putting it together: imports, bodies, names."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass

_LONGEST = 100
"""Of a line of imports."""


@dataclass(frozen=True, slots=True)
class Source:
    """A module without its imports of Twinbench. ``imports`` are pairs of module and name, "" for the module itself."""

    docstring: str
    imports: frozenset[tuple[str, str]]
    body: str

    @classmethod
    def read(cls, text: str) -> Source:
        """Raises SyntaxError."""
        tree = ast.parse(text)
        docstring = ast.get_docstring(tree) or ""
        statements = tree.body[1:] if docstring else tree.body
        imports = [one for one in statements if isinstance(one, ast.Import | ast.ImportFrom)]
        lines = text.splitlines()
        if imports:
            lines = lines[imports[-1].end_lineno :]
        return cls(docstring, frozenset(_outside(imports)), "\n".join(lines).strip("\n"))


def _outside(imports: Iterable[ast.Import | ast.ImportFrom]) -> Iterable[tuple[str, str]]:
    for one in imports:
        module = one.module or "" if isinstance(one, ast.ImportFrom) else ""
        if module == "__future__" or module.partition(".")[0] == "runners":
            continue
        for alias in one.names:
            written = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
            yield (module, written) if module else (written, "")


def needed_imports(body: str, offered: Iterable[tuple[str, str]]) -> str:
    """The import statements for those that the body uses: the standard library's, then the others."""
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    found = sorted({one for one in offered if _bound(*one) in used}, key=str)
    blocks = ["from __future__ import annotations"]
    for standard in (True, False):
        chosen = [one for one in found if _is_standard(one[0]) is standard]
        if chosen:
            blocks.append("\n".join(_statements(chosen)))
    return "\n\n".join(blocks)


def _bound(module: str, name: str) -> str:
    return (name or module).rpartition(" as ")[2].partition(".")[0]


def _is_standard(module: str) -> bool:
    return module.partition(" ")[0].partition(".")[0] in sys.stdlib_module_names


def _statements(found: list[tuple[str, str]]) -> Iterable[str]:
    for module, name in found:
        if not name:
            yield f"import {module}"
    for module in sorted({module for module, name in found if name}):
        names = sorted((name for of, name in found if of == module and name), key=_name_order)
        line = f"from {module} import {', '.join(names)}"
        if len(line) > _LONGEST:
            listed = "".join(f"    {name},\n" for name in names)
            line = f"from {module} import (\n{listed})"
        yield line


def _name_order(name: str) -> tuple[int, str]:
    """Constants, classes, functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def literal(value: object) -> str:
    """As a person writes it: double quotes."""
    if isinstance(value, str):
        return f'"{value}"' if '"' not in value and "\\" not in value else repr(value)
    if isinstance(value, tuple):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    return repr(value)
