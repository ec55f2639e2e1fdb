"""How runs differ from a base run: spec, parameters, queue, environment, packages and code."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from runners.protocol import RunFolder, Script
from storage.records import RunRecord

Value = str | int | float | bool | tuple[Any, ...]
_LARGEST_FILE = 1 << 20
_MOST_LINES = 20_000
"""Longer files take Python's difflib minutes."""


class Section(StrEnum):
    SPEC = "Spec"
    PARAMETERS = "Parameters"
    QUEUE = "Queue"
    ENVIRONMENT = "Environment"
    PACKAGES = "Packages"
    CODE = "Code"


Change = Literal["same", "other", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact with a value a run, in their order; None where a run does not have it. ``base`` is the place of the base run."""

    section: Section
    name: str
    values: tuple[Value | None, ...]
    base: int = 0

    def change(self, place: int) -> Change:
        """What became of the base run's value in the run at this place."""
        before, after = self.values[self.base], self.values[place]
        if _same(before, after):
            return "same"
        if before is None or after is None:
            return "added" if before is None else "removed"
        return "other"

    @property
    def differs(self) -> bool:
        return any(self.change(place) != "same" for place in range(len(self.values)))


def differences(
    runs: Sequence[RunRecord], base: int = 0, *, equal_too: bool = False
) -> list[Difference]:
    """What differs between the run at place ``base`` and any of the others, section by section.

    With ``equal_too`` also what all have in common.
    """
    facts = [dict(_facts(run)) for run in runs]
    names = dict.fromkeys(name for one in facts for name in one)
    order = list(Section)
    rows = [
        Difference(section, name, tuple(one.get((section, name)) for one in facts), base)
        for section, name in sorted(names, key=lambda key: order.index(key[0]))
    ]
    return [row for row in rows if equal_too or row.differs]


def _same(one: Value | None, other: Value | None) -> bool:
    """Whether they are equal and of one kind: True is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _facts(run: RunRecord) -> Iterator[tuple[tuple[Section, str], Value | None]]:
    for name, value in _spec(run).items():
        yield (Section.SPEC, name), value
    for name, value in run.spec.parameters.items():
        yield (Section.PARAMETERS, name), value
    for name, fact in _queue(run).items():
        yield (Section.QUEUE, name), fact
    yield from _environment(run)


def _spec(run: RunRecord) -> dict[str, Value]:
    spec = run.spec
    return {
        "template": spec.template,
        "framework": spec.framework.value,
        "mode": spec.mode.value,
        "dataset": spec.dataset,
        "dataset hash": spec.dataset_hash,
        "seed": spec.seed,
        "device asked for": spec.device,
        "interpreter": spec.interpreter,
        **_script(spec.script),
    }


def _script(script: Script | None) -> dict[str, Value]:
    if script is None:
        return {}
    return {"script": script.path, "script hash": script.sha256, "arguments": script.arguments}


def _queue(run: RunRecord) -> dict[str, Value | None]:
    waited = None if run.started is None else round((run.started - run.created) / 1e6)
    return {
        "device": run.assigned_device or None,
        "priority": run.options.priority,
        "alone": run.options.alone,
        "memory asked for (bytes)": run.options.memory_bytes,
        "attempt": run.attempt,
        "repeats run": run.parent,
        "waited (s)": waited,
    }


def _environment(run: RunRecord) -> Iterator[tuple[tuple[Section, str], Value]]:
    for name, value in run.environment.items():
        if name == "packages" and isinstance(value, Mapping):
            yield from (((Section.PACKAGES, key), str(each)) for key, each in value.items())
        elif name == "code":
            yield from (((Section.CODE, key), each) for key, each in _flat(value, ""))
        elif name == "interpreter" and value == run.spec.interpreter:
            continue  # stands in the spec
        else:
            for key, each in _flat(value, name):
                yield (Section.ENVIRONMENT, key), _without_folder(each, run.folder)


def _flat(value: Any, name: str) -> Iterator[tuple[str, Value]]:
    """The single facts of a nested one, named ``outer inner``."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(each, f"{name} {key}".strip())
    elif isinstance(value, list | tuple):
        yield name, tuple(map(str, value))
    elif isinstance(value, str | int | float | bool):
        yield name, value


def _without_folder(value: Value, folder: str) -> Value:
    """The command of each run names its folder, which is no difference."""
    if not folder:
        return value
    if isinstance(value, tuple):
        return tuple(
            each.replace(folder, "RUN_FOLDER") if isinstance(each, str) else each for each in value
        )
    return value.replace(folder, "RUN_FOLDER") if isinstance(value, str) else value


# -- code -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class FileDifference:
    """``lines`` are a unified diff without line ends; empty where the file cannot be compared, which ``remark`` says."""

    name: str
    change: Change
    lines: tuple[str, ...]
    remark: str = ""

    @property
    def added(self) -> int:
        return sum(line.startswith("+") and not line.startswith("+++ ") for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.startswith("-") and not line.startswith("--- ") for line in self.lines)


@dataclass(frozen=True, slots=True)
class CodeDifference:
    """The files that differ, by name. ``remark`` says why nothing can be told, or that all is the same."""

    files: tuple[FileDifference, ...]
    remark: str = ""


def code_difference(
    base: Path, other: Path, names: tuple[str, str] = ("base", "other")
) -> CodeDifference:
    """How the source files kept in the folders of two runs differ, as unified diffs from the first to the second.

    ``names`` are what the runs are called in the remarks. Reads files; raises nothing.
    """
    one, two = (_code_files(RunFolder(folder)) for folder in (base, other))
    without = [name for name, files in zip(names, (one, two), strict=True) if not files]
    if without:
        return CodeDifference((), f"{' and '.join(without)} kept no code, so it cannot be compared")
    both = sorted(one.keys() | two.keys())
    files = (_file_difference(name, one.get(name), two.get(name)) for name in both)
    differing = tuple(file for file in files if file.change != "same")
    return CodeDifference(differing, "" if differing else "the code that was kept is the same")


def _code_files(folder: RunFolder) -> dict[str, Path]:
    root = folder.artifacts / "code"
    try:
        paths = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    except OSError:
        return {}
    return {path.relative_to(root).as_posix(): path for path in paths}


def _file_difference(name: str, base: Path | None, other: Path | None) -> FileDifference:
    change: Change = "added" if base is None else "removed" if other is None else "other"
    try:
        before, after = _lines(base), _lines(other)
    except (OSError, ValueError) as error:
        return FileDifference(name, change, (), f"it cannot be compared: {error}")
    if before == after:
        return FileDifference(name, "same", ())
    diff = difflib.unified_diff(before, after, name, name, lineterm="")
    return FileDifference(name, change, tuple(diff))


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    if path.stat().st_size > _LARGEST_FILE:
        raise ValueError(f"it is larger than {_LARGEST_FILE >> 20} MiB")
    lines = path.read_text("utf-8", "replace").splitlines()
    if len(lines) > _MOST_LINES:
        raise ValueError(f"it has more than {_MOST_LINES:,} lines")
    return lines
