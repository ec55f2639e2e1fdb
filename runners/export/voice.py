"""How a process of `runners.export` speaks to whoever started it. Standard library only.

Lines of JSON go to what was the standard output; whatever else is printed, by libraries too, goes to the standard error, which is the log.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Mapping
from threading import Lock, Thread
from time import monotonic
from typing import Any

_PROGRESS_S = 0.1
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


class Voice:
    """One a process, before anything is printed. Safe to use from several threads."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self._lock = Lock()
        self._last = ("", -_PROGRESS_S)

    def say(self, message: Mapping[str, Any]) -> None:
        """Write a line. Where nobody listens any more, end."""
        try:
            with self._lock:
                self._out.write(json.dumps(message) + "\n")
                self._out.flush()
        except OSError:
            os._exit(1)

    def progress(self, text: str, fraction: float) -> None:
        """Say what is being done and the fraction done, 0 to 1; of the same text at most ten times a second."""
        before, when = self._last
        now = monotonic()
        if text != before or now - when >= _PROGRESS_S:
            self._last = (text, now)
            self.say({"progress": text, "fraction": round(min(max(fraction, 0.0), 1.0), 4)})


def end_with_input(clear: Callable[[], object] = lambda: None) -> None:
    """From now on end this process when its standard input ends, so that it does not outlive who started it; ``clear`` is called before."""

    def wait() -> None:
        try:
            while os.read(0, 1024):
                pass
        except OSError:
            pass
        clear()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def in_words(error: BaseException) -> str:
    """An error that nobody foresaw, in a line."""
    if isinstance(error, OSError) and error.errno in FULL:
        return "There is no space left on the disk: free some, and try again"
    if isinstance(error, MemoryError):
        return "There is not enough memory: close other programs, and try again"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"The package {error.name} is not installed for {sys.executable}"
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
