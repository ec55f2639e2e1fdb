"""What the real processes import: the window no framework, the trainer no Qt and no SQL."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
FRAMEWORKS = {"torch", "tensorflow", "keras", "runners.train"}
QT = {"PySide6", "shiboken6", "pyqtgraph", "qtawesome"}
SQL = {"sqlalchemy", "alembic", "sqlite3"}


def imported_by(*modules: str) -> set[str]:
    """The names of all modules that a fresh process holds after importing these."""
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("modules", "banned"),
    [
        pytest.param(("workbench.app", "widgets.main_window"), FRAMEWORKS, id="window"),
        pytest.param(("workbench.command_line",), FRAMEWORKS | QT, id="command-line"),
        pytest.param(("runners.scheduler.__main__",), FRAMEWORKS | QT, id="scheduler"),
        pytest.param(("storage.store",), FRAMEWORKS | QT, id="store"),
        pytest.param(
            ("runners.train.__main__",), QT | SQL | FRAMEWORKS - {"runners.train"}, id="trainer"
        ),
    ],
)
def test_a_process_imports_nothing_that_it_must_not(
    modules: tuple[str, ...], banned: set[str]
) -> None:
    assert not imported_by(*modules) & banned


@pytest.mark.parametrize(
    "module",
    ["runners/protocol.py", "runners/events.py", "runners/parameters.py", "storage/records.py"],
)
def test_a_vocabulary_imports_the_standard_library_and_vocabularies_only(module: str) -> None:
    allowed = {"runners.protocol", "runners.events", "runners.parameters"}
    foreign = {
        name
        for name in imports_of(CHECKOUT / module)
        if name not in allowed and name.partition(".")[0] not in sys.stdlib_module_names
    }
    assert not foreign


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names
