"""How verbs print: tables for people, strict JSON for programs."""

from __future__ import annotations

import importlib.metadata
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from time import time
from typing import Any, TextIO


def version() -> str:
    try:
        return importlib.metadata.version("twinbench")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed, run from a checkout)"


def print_json(value: Any) -> None:
    print(json.dumps(strict(value), indent=1, allow_nan=False))


def strict(value: Any) -> Any:
    """The value with what JSON cannot hold as text: NaN, infinities, paths."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else _NOT_FINITE.get(value, "NaN")
    if isinstance(value, Mapping):
        return {str(name): strict(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    return str(value) if isinstance(value, Path) else value


_NOT_FINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]], right: str = "") -> None:
    """Columns whose header is among the words of ``right`` are aligned to the right."""
    rows = [[printable(cell) for cell in row] for row in rows]
    headers = [printable(header) for header in headers]
    widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
    to_right = [header in right.split() for header in headers]
    for row in (headers, ["-" * width for width in widths], *rows):
        cells = zip(row, widths, to_right, strict=True)
        aligned = (f"{cell:>{n}}" if is_right else f"{cell:<{n}}" for cell, n, is_right in cells)
        print("  ".join(aligned).rstrip())


def print_line(text: str, stream: TextIO | None = None) -> None:
    """A text that may hold names of runs and words from files."""
    print(printable(text), file=stream)


def printable(text: str) -> str:
    """One line in which what would steer a terminal, or hide or turn round other characters, is written out as in Python."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def printable_lines(text: str) -> str:
    """The same for a text of several lines; tabs stay, and a line that was written over becomes a line of its own."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in lines)


def print_pairs(pairs: Mapping[str, str]) -> None:
    width = max(map(len, pairs), default=0)
    for name, text in pairs.items():
        print(printable(f"{name:<{width}}  {text}".rstrip()))


def time_json(microseconds: int | None) -> str | None:
    """ISO 8601 in UTC."""
    if microseconds is None:
        return None
    return datetime.fromtimestamp(microseconds / 1e6, UTC).isoformat(timespec="microseconds")


def time_text(microseconds: int | None) -> str:
    """In local time, for a person."""
    if microseconds is None:
        return ""
    return datetime.fromtimestamp(microseconds / 1e6).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def duration_text(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def since_text(moment: int) -> str:
    """How long ago it was."""
    return duration_text(max(0.0, time() - moment / 1e6))


def until_text(moment: int) -> str:
    """How long it is until then."""
    return duration_text(max(0.0, moment / 1e6 - time()))


def size_text(size: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def number_text(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def value_text(value: object) -> str:
    """A parameter's value; nothing for None."""
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
