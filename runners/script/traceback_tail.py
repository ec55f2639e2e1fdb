"""Why a script failed, as far as its output tells."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_BYTES = 1 << 16
_BEGIN = "Traceback (most recent call last):"
_ERROR = re.compile(r"([A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning|Iteration))(: .*)?")
_LAST_LINE = 300


@dataclass(frozen=True, slots=True)
class Failure:
    """``line`` is the last line that says why, ``error_type`` the exception's name, each "" where there is none."""

    line: str = ""
    error_type: str = ""
    traceback: str = ""


def read_failure(log: Path, start: int) -> Failure:
    """From what was written to the log since it had ``start`` bytes."""
    text = _tail(log, start)
    begin = text.rfind(_BEGIN)
    told = text[begin:] if begin >= 0 else text
    lines = [line for line in told.splitlines() if line.strip()]
    for line in reversed(lines):
        if found := _ERROR.fullmatch(line.rstrip()):
            error_type = found[1].rpartition(".")[2]
            traceback = told.rstrip() if begin >= 0 else ""
            return Failure(line.strip()[:_LAST_LINE], error_type, traceback)
    return Failure(lines[-1].strip()[:_LAST_LINE] if lines else "")


def _tail(log: Path, start: int) -> str:
    try:
        with open(log, "rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(min(start, end), end - _BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
