from __future__ import annotations

import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

from runners.protocol import FRAMEWORKS, Framework
from workbench.interpreters import REQUIREMENTS, find_framework

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


@pytest.fixture(scope="session")
def bare_interpreter(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A real Python without any framework."""
    folder = tmp_path_factory.mktemp("bare") / "environment"
    venv.create(folder, with_pip=False)
    name = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    return str(folder / name)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_here_is_found_with_its_version_and_not_imported(framework: Framework) -> None:
    program = (
        "import sys; from runners.protocol import Framework; from workbench.interpreters import find_framework; "
        f"found = find_framework(Framework({framework.value!r})); "
        f"print(found.version, found.problem, {framework.package!r} in sys.modules)"
    )
    root = str(PYPROJECT.parent)
    output = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()
    assert output[0][0].isdigit()
    assert output[1:] == ["False"]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_missing_framework_comes_with_the_line_that_installs_it(
    framework: Framework, bare_interpreter: str
) -> None:
    found = find_framework(framework, bare_interpreter)
    assert found.version == ""
    assert found.problem.startswith(
        f"{framework.display_name} and numpy are not installed for {bare_interpreter}"
    )
    assert "-m pip install" in found.problem
    assert REQUIREMENTS[framework] in found.problem


def test_an_interpreter_that_does_not_answer_is_a_problem_in_words(tmp_path: Path) -> None:
    found = find_framework(Framework.PYTORCH, str(tmp_path / "python"))
    assert "does not answer" in found.problem
    assert "settings interpreter.pytorch" in found.problem


def test_what_is_to_be_installed_is_what_the_project_declares() -> None:
    extras = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["optional-dependencies"]
    for framework, requirement in REQUIREMENTS.items():
        assert extras[framework.value] == [requirement]


def test_a_python_that_is_too_old_is_a_problem_in_words(tmp_path: Path) -> None:
    old = tmp_path / "old.py"
    old.write_text("print('[[], \"2.13.0\", [3, 9, 1]]')", "utf-8")
    name = "old.bat" if sys.platform == "win32" else "old"
    (tmp_path / name).write_text(_shim(old), "utf-8")
    (tmp_path / name).chmod(0o755)
    found = find_framework(Framework.PYTORCH, str(tmp_path / name))
    assert "is Python 3.9.1, and training needs 3.11" in found.problem


def _shim(program: Path) -> str:
    """A program that runs another one, whatever it is told."""
    if sys.platform == "win32":
        return f'@"{sys.executable}" "{program}"'
    return f'#!/bin/sh\nexec "{sys.executable}" "{program}"\n'
