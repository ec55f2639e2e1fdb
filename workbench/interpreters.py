"""Which Python trains a framework, and whether the framework is there. Nothing here imports one."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runners.protocol import Framework
from runners.scheduler.detached import no_window_flags
from workbench.requests import InvalidRequest

REQUIREMENTS = {
    Framework.PYTORCH: "torch>=2.13,<2.14",
    Framework.TENSORFLOW: "tensorflow>=2.21,<2.22",
}
_DISTRIBUTIONS = {
    Framework.PYTORCH: ("torch",),
    Framework.TENSORFLOW: ("tensorflow", "tensorflow-cpu", "tensorflow-macos", "tensorflow-intel"),
}
_PROBE_SECONDS = 60.0
_PROBE = """
import importlib.metadata, importlib.util, json, sys
def version(names):
    for name in names:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return ""
package, *names = sys.argv[1:]
missing = [name for name in (package, "numpy") if importlib.util.find_spec(name) is None]
print(json.dumps([missing, version(names), sys.version_info[:3]]))
"""
_OLDEST_PYTHON = (3, 11)
_ANSWER = "understood:"
_COMPILE = """
import sys
try:
    with open(sys.argv[1], "rb") as file:
        compile(file.read(), sys.argv[1], "exec", dont_inherit=True)
except SyntaxError as error:
    print("understood: line %s: %s" % (error.lineno, error.msg))
except Exception as error:
    print("understood: %s" % error)
else:
    print("understood:")
"""
PROGRAM = Path("Scripts/python.exe") if sys.platform == "win32" else Path("bin/python")
"""Where an environment has its Python."""
_LEVELS = 4
"""So many folders are looked in for an environment: the script's and those above it."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A framework as an interpreter has it. ``problem`` is in words, with the remedy, or ""."""

    framework: Framework
    interpreter: str
    version: str = ""
    python: str = ""
    problem: str = ""


def find_framework(framework: Framework, interpreter: str = "") -> Installation:
    """Look for the framework in an interpreter, by default the one that runs this."""
    if not interpreter or _is_ours(interpreter):
        return _look_here(framework)
    return _look_in(framework, interpreter)


def environment_beside(folder: Path) -> Path | None:
    """The Python of the environment that lies in a script's folder or in one above it, as projects have them."""
    return next(environments_near(folder), None)


def environments_near(folder: Path) -> Iterator[Path]:
    """The Pythons of environments in a folder and in those above it, the nearest first."""
    for place in [folder, *folder.parents][:_LEVELS]:
        for name in (".venv", "venv", "env"):
            if (place / name / "pyvenv.cfg").is_file() and (place / name / PROGRAM).exists():
                yield place / name / PROGRAM


def require_python(interpreter: str, script: Path) -> None:
    """See that it is a Python and that it understands the script. Raises InvalidRequest."""
    try:
        done = subprocess.run(
            [interpreter, "-c", _COMPILE, str(script)], capture_output=True, text=True, check=False,
            timeout=_PROBE_SECONDS, stdin=subprocess.DEVNULL, creationflags=no_window_flags(),
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        text = f"the interpreter {interpreter} does not answer ({error})"
        raise InvalidRequest({"interpreter": text}) from error
    last = done.stdout.strip().rpartition("\n")[2]
    if done.returncode or not last.startswith(_ANSWER):
        text = f"{interpreter} does not answer as a Python does"
        raise InvalidRequest({"interpreter": text})
    if problem := last.removeprefix(_ANSWER).strip():
        raise InvalidRequest({"script": f"{script.name} is no Python script: {problem}"})


def install_line(interpreter: str, requirements: Sequence[str]) -> str:
    """The command that installs packages for the interpreter, to be typed into a shell."""
    words = [interpreter, "-m", "pip", "install", *requirements]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _is_ours(interpreter: str) -> bool:
    """Not resolved: an environment's Python is often a link to the system's."""
    return Path(interpreter).absolute() == Path(sys.executable).absolute()


def _look_here(framework: Framework) -> Installation:
    names = (framework.package, "numpy")
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    version = _version_here(framework)
    return _found(framework, sys.executable, missing, version, sys.version_info[:3])


def _version_here(framework: Framework) -> str:
    for name in _DISTRIBUTIONS[framework]:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""


def _look_in(framework: Framework, interpreter: str) -> Installation:
    command = [interpreter, "-c", _PROBE, framework.package, *_DISTRIBUTIONS[framework]]
    try:
        output = subprocess.run(
            command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True
        ).stdout
        missing, version, python = json.loads(output)
        return _found(framework, interpreter, missing, version, python)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        problem = (
            f"the interpreter {interpreter} does not answer ({error}); "
            f"`twinbench settings interpreter.{framework} PATH` names another one"
        )
        return Installation(framework, interpreter, problem=problem)


def _found(
    framework: Framework,
    interpreter: str,
    missing: Sequence[str],
    version: str,
    python: Sequence[int],
) -> Installation:
    problem = ""
    if tuple(python) < _OLDEST_PYTHON:
        problem = (
            f"{interpreter} is Python {_dotted(python)}, and training needs {_dotted(_OLDEST_PYTHON)}; "
            f"`twinbench settings interpreter.{framework} PATH` names another one"
        )
    elif missing:
        requirements = {framework.package: REQUIREMENTS[framework]}
        line = install_line(interpreter, [requirements.get(name, name) for name in missing])
        names = {framework.package: framework.display_name}
        what = " and ".join(names.get(name, name) for name in missing)
        verb = "are" if len(missing) > 1 else "is"
        problem = f"{what} {verb} not installed for {interpreter}; this installs what is missing:\n  {line}"
    if framework.package in missing:
        version = ""
    return Installation(framework, interpreter, version, _dotted(python), problem)


def _dotted(numbers: Sequence[int]) -> str:
    return ".".join(map(str, numbers))
