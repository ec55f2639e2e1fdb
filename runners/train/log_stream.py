"""stdout and stderr of a trainer: a log file that may run out of space."""

from __future__ import annotations

import faulthandler
import io
import os
import sys
from pathlib import Path
from typing import TextIO, cast


class _LogFile(io.RawIOBase):
    """Writes to a descriptor and, while that fails, leaves out what is written and says later how much."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._left_out = 0

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        try:
            if self._left_out:
                note = f"\n[{self._left_out} bytes of the log are missing: they could not be written]\n"
                os.write(self._descriptor, note.encode())
                self._left_out = 0
            return os.write(self._descriptor, data)
        except OSError:
            self._left_out += len(data)
            return len(data)


def open_log_streams() -> None:
    """Make stdout and stderr UTF-8, shown line by line, and never an error; show there how a crash came about."""
    sys.stdout = _text(1)
    sys.stderr = _text(2)
    faulthandler.enable(2)


def _text(descriptor: int) -> TextIO:
    buffer = io.BufferedWriter(cast("io.RawIOBase", _LogFile(descriptor)))
    return io.TextIOWrapper(buffer, "utf-8", "backslashreplace", line_buffering=True)


def is_log(path: Path) -> bool:
    """Whether stdout goes to this file."""
    try:
        return os.path.samestat(os.fstat(1), os.stat(path))
    except OSError:
        return False


def reopen_log(path: Path) -> None:
    """Let stdout and stderr go to a new file of this name. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)
