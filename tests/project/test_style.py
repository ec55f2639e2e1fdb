"""The tools that check style, types and layers find nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

CHECKOUT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports" + (".exe" if os.name == "nt" else ""))
SCRIPTS = ["dev.py", "main.py", *map(str, CHECKOUT.glob("packaging/*.py"))]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param([sys.executable, "-m", "ruff", "check", "."], id="ruff-check"),
        pytest.param([sys.executable, "-m", "ruff", "format", "--check", "."], id="ruff-format"),
        pytest.param([sys.executable, "-m", "mypy"], id="mypy"),
        pytest.param([sys.executable, "-m", "mypy", *SCRIPTS], id="mypy-scripts"),
        pytest.param([str(LINT_IMPORTS), "--no-cache"], id="import-linter"),
    ],
)
def test_the_tool_finds_nothing(command: list[str]) -> None:
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_packaging_is_no_package_that_shadows_another() -> None:
    assert not (CHECKOUT / "packaging" / "__init__.py").exists()


def test_the_interpreter_below_is_the_oldest_that_the_project_names() -> None:
    import tomllib

    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["requires-python"] == ">=3.11"
    assert project["tool"]["mypy"]["python_version"] == "3.11"
    assert project["tool"]["ruff"]["target-version"] == "py311"
