"""What a script said by `twinbench_reporter`: lines of JSON in the run's folder, read while they are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = "reported.jsonl"
"""As `runners.script.importable.twinbench_reporter` calls it, which can import nothing of ours."""
_READ_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class Reported:
    """One line. ``time`` is UTC, seconds since 1970; of the others there is what the line said."""

    time: float
    step: int = 0
    values: Mapping[str, float] = field(default_factory=dict)
    progress: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)


class ReportedFile:
    """``damaged_bytes`` counts the lines that said nothing known."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._offset = 0
        self.damaged_bytes = 0

    def read(self, *, final: bool = False) -> list[Reported]:
        """The lines that have arrived as a whole since the last call, a few megabytes at most. Raises OSError."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                data = file.read(_READ_BYTES)
        except FileNotFoundError:
            return []
        whole = data if final and len(data) < _READ_BYTES else data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [said for line in whole.splitlines(keepends=True) if (said := self._parse(line))]

    def _parse(self, line: bytes) -> Reported | None:
        try:
            raw = json.loads(line)
            return Reported(
                time=float(raw["time"]),
                step=_count(raw.get("step", 0)),
                values={str(name): float(value) for name, value in raw.get("values", {}).items()},
                progress={k: _count(raw["progress"][k]) for k in _COUNTS} if "progress" in raw else {},
                parameters=dict(raw.get("parameters", {})),
            )  # fmt: skip
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self.damaged_bytes += len(line)
            return None


_COUNTS = ("step", "total_steps", "epoch", "epochs")


def _count(raw: Any) -> int:
    if type(raw) is not int or not -(1 << 63) <= raw < 1 << 63:
        raise ValueError("no count")
    return raw
