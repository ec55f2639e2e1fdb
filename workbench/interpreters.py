"""Which Python trains a framework, and whether the framework is there. Nothing here imports one."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from runners.protocol import Framework

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
there = importlib.util.find_spec(package) is not None
print(json.dumps({"there": there, "version": version(names), "python": sys.version.split()[0]}))
"""


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


def install_line(framework: Framework, interpreter: str) -> str:
    """The command that installs the framework for the interpreter, to be typed into a shell."""
    words = [interpreter, "-m", "pip", "install", REQUIREMENTS[framework]]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _is_ours(interpreter: str) -> bool:
    """Not resolved: an environment's Python is often a link to the system's."""
    return Path(interpreter).absolute() == Path(sys.executable).absolute()


def _look_here(framework: Framework) -> Installation:
    there = importlib.util.find_spec(framework.package) is not None
    python = sys.version.split()[0]
    return _found(framework, sys.executable, python, there, _version_here(framework))


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
        told = json.loads(output)
        return _found(framework, interpreter, told["python"], told["there"], told["version"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        problem = (
            f"the interpreter {interpreter} does not answer ({error}); "
            f"`twinbench settings interpreter.{framework} PATH` names another one"
        )
        return Installation(framework, interpreter, problem=problem)


def _found(
    framework: Framework, interpreter: str, python: str, there: bool, version: str
) -> Installation:
    problem = ""
    if not there:
        line = install_line(framework, interpreter)
        problem = f"{framework.display_name} is not installed for {interpreter}; this installs it:\n  {line}"
    return Installation(framework, interpreter, version if there else "", python, problem)
