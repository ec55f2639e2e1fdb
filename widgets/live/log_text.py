"""A trainer's output as lines of plain text: bytes in, lines out, as a terminal would show them."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import NamedTuple

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_UNFINISHED_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,200})?$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LONGEST_LINE = 10_000
"""Characters; the rest of a longer line is not shown."""
LARGEST_START = 1 << 20
"""Bytes that are read from the end of a log that was not read before."""
_LARGEST_PIECE = 1 << 18


class LogLines:
    """Carriage returns overwrite, colours and other escapes are left out, bad bytes are marked."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes) -> tuple[list[str], str]:
        """The lines that are complete now, and what the last, incomplete one looks like."""
        text = self._rest + self._decoder.decode(data)
        held = _UNFINISHED_ESCAPE.search(text)
        held_back = held.group() if held else ""
        text = text[: len(text) - len(held_back)]
        text = _CONTROL.sub("", _ESCAPE.sub("", text)).replace("\r\n", "\n")
        *whole, rest = text.split("\n")
        shown, last = _overwritten(rest)
        self._rest = (f"{shown}\r{last}" if "\r" in rest else rest) + held_back
        return [_cut(_overwritten(line)[0]) for line in whole], _cut(shown)


def _overwritten(line: str) -> tuple[str, str]:
    """The line after its carriage returns, and what was written after the last one."""
    shown = last = ""
    for last in line.split("\r"):
        shown = last + shown[len(last) :]
    return shown, last


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …"


class Piece(NamedTuple):
    """``skipped`` is how many bytes before it were left out; ``more`` says that the file goes on."""

    data: bytes
    offset: int
    skipped: int
    more: bool


def read_piece(path: Path, offset: int | None) -> Piece:
    """What follows the offset, at most a quarter of a megabyte; None begins near the end of a long log.

    A file that is not there yet is empty. Raises OSError where it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            start = max(0, size - LARGEST_START) if offset is None else min(offset, size)
            file.seek(start)
            skipped = len(file.readline()) + start if offset is None and start else 0
            data = file.read(_LARGEST_PIECE)
            return Piece(data, file.tell(), skipped, file.tell() < size)
    except FileNotFoundError:
        return Piece(b"", offset or 0, 0, False)
