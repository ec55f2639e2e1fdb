"""A script that a person asks to be run, checked before it is queued."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from runners.parameters import complete
from runners.protocol import SCRIPT, Framework, Mode, RunSpec, Scalar, Script
from runners.script.reading import ScriptFacts, option_words, read_script
from storage.records import QueueOptions
from workbench.requests import PRIORITY, InvalidRequest, checked_device

T = TypeVar("T")
_LARGEST_BYTES = 1 << 22
"""Nobody writes a larger script; a file of data named by mistake is not read."""


@dataclass(frozen=True, kw_only=True)
class ScriptRequest:
    """A run of a script as asked for; texts as typed.

    ``arguments`` is what follows the options, as a line or as words. ``parameters`` has values of the options that could
    be read from the script. ``folder`` is where it is started, by default its own; ``interpreter`` by default the one that
    `workbench.interpreters.interpreter_for` names. The rest is as in `workbench.requests.RunRequest`.
    """

    script: str
    arguments: str | tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    folder: str = ""
    interpreter: str = ""
    device: str = "auto"
    name: str = ""
    experiment: str = ""
    tags: tuple[str, ...] = ()
    priority: int | str = 0
    held: bool = False
    alone: bool = False
    parent: int | None = None


@dataclass(frozen=True, kw_only=True)
class CheckedScript:
    """A script that can be queued as soon as its interpreter is known."""

    script: Script
    framework: Framework
    parameters: Mapping[str, Scalar]
    device: str
    name: str
    experiment: str
    tags: tuple[str, ...]
    options: QueueOptions
    parent: int | None

    def spec(self, interpreter: str) -> RunSpec:
        """A seed is known where the script has an option of that name."""
        seed = self.parameters.get("seed")
        return RunSpec(
            template=SCRIPT, framework=self.framework, mode=Mode.EAGER, dataset="", dataset_hash="",
            parameters=self.parameters, seed=seed if type(seed) is int else 0, device=self.device,
            interpreter=interpreter, script=self.script,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """A script as it is now. ``problem`` says why its options are not known, or ""."""

    path: Path
    sha256: str
    facts: ScriptFacts
    problem: str = ""


def read_script_file(text: str) -> ScriptFile:
    """The script at a path, as typed. Raises ValueError with the reason."""
    if not text.strip():
        raise ValueError("choose the file of a script")
    path = Path(text.strip()).expanduser().absolute()
    try:
        about = path.stat()
        if not path.is_file():
            raise ValueError(f"{path} is no file")
        if about.st_size > _LARGEST_BYTES:
            raise ValueError(f"{path} has {about.st_size:,} bytes, too many for a script")
        return _read(path, about.st_mtime_ns, about.st_size)
    except FileNotFoundError:
        raise ValueError(f"there is no file {path}") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error


@lru_cache(maxsize=8)
def _read(path: Path, changed: int, size: int) -> ScriptFile:
    """Kept while the file is the same, as the form asks at every key."""
    del changed, size
    code = path.read_bytes()
    sha256 = hashlib.sha256(code).hexdigest()
    if b"\0" in code:
        raise ValueError(f"{path.name} is no Python script: it is not text")
    try:
        return ScriptFile(path, sha256, read_script(code))
    except (SyntaxError, ValueError, RecursionError) as error:
        return ScriptFile(path, sha256, ScriptFacts(Framework.OTHER), _why_unreadable(error))


def _why_unreadable(error: Exception) -> str:
    place = f"line {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
    return f"{place}{error.msg if isinstance(error, SyntaxError) else error}"


def check_script(request: ScriptRequest) -> CheckedScript:
    """The request with every value in its type. Raises InvalidRequest with all problems at once."""
    problems: dict[str, str] = {}
    found = _checked(problems, "script", lambda: read_script_file(request.script))
    device = _checked(problems, "device", lambda: _device(request.device))
    priority = _checked(problems, "priority", lambda: PRIORITY.parse(str(request.priority)))
    arguments = _checked(problems, "arguments", lambda: _words(request.arguments))
    folder = _checked(problems, "folder", lambda: _folder(request, found))
    values: dict[str, Scalar] = {}
    if found:
        values, wrong = complete(found.facts.parameters, request.parameters)
        problems |= wrong or _missing(found.facts, values)
    if problems or found is None:
        raise InvalidRequest(problems)
    options = option_words(found.facts.options, values)
    return CheckedScript(
        script=Script(str(found.path), str(folder), found.sha256, options, arguments or ()),
        framework=found.facts.framework,
        parameters=values,
        device=device or "auto",
        name=request.name.strip(),
        experiment=request.experiment.strip(),
        tags=tuple(dict.fromkeys(tag.strip() for tag in request.tags if tag.strip())),
        options=QueueOptions(int(priority or 0), request.held, request.alone),
        parent=request.parent,
    )


def request_of_script(spec: RunSpec) -> ScriptRequest:
    """The request that runs the script again as it is now. Options that it lost meanwhile are left out."""
    script = spec.script
    assert script is not None
    try:
        known = {p.name for p in read_script_file(script.path).facts.parameters}
    except ValueError:
        known = set(spec.parameters)
    return ScriptRequest(
        script=script.path,
        arguments=script.arguments,
        parameters={name: value for name, value in spec.parameters.items() if name in known},
        folder=script.folder,
        interpreter=spec.interpreter,
        device=spec.device,
    )


def argument_line(words: tuple[str, ...]) -> str:
    """The words as a line that can be edited and read back."""
    return shlex.join(words)


def _checked(problems: dict[str, str], name: str, check: Callable[[], T]) -> T | None:
    try:
        return check()
    except ValueError as error:
        problems[name] = str(error)
        return None


def _words(given: str | tuple[str, ...]) -> tuple[str, ...]:
    """Raises ValueError where a quotation is not closed."""
    if not isinstance(given, str):
        return given
    try:
        return tuple(shlex.split(given, posix=os.name != "nt"))
    except ValueError as error:
        raise ValueError(f"the arguments cannot be told apart: {error}") from None


def _folder(request: ScriptRequest, found: ScriptFile | None) -> Path:
    if request.folder.strip():
        folder = Path(request.folder.strip()).expanduser().absolute()
        if not folder.is_dir():
            raise ValueError(f"{folder} is no folder")
        return folder
    return found.path.parent if found else Path.cwd()


def _missing(facts: ScriptFacts, values: Mapping[str, Scalar]) -> dict[str, str]:
    """A message for each option that must be given and is not."""
    return {
        option.parameter.name: f"the script asks for {option.parameter.title}"
        for option in facts.options
        if option.required and values[option.parameter.name] == ""
    }


def _device(text: str) -> str:
    """As `checked_device`; a script makes its own copies of a model."""
    device = checked_device(text)
    if device.startswith("cpu:"):
        raise ValueError("a script starts its own processes: choose cpu")
    return device
