"""The processor time that a virtual machine's host took away, which no program on it can mend."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from runners.protocol import write_atomically

_LEAST_S = 2.0
"""What took less of all cores together trained nothing."""


class Stolen:
    """Since its making."""

    def __init__(self) -> None:
        self._before = _seconds()

    def told(self) -> str:
        """In words, for those who read a time beside it."""
        stolen, every = (now - then for now, then in zip(_seconds(), self._before, strict=True))
        share = f"{stolen / every:.0%} of all cores' time" if every else "not known here"
        return f"taken away by the machine's host: {share}"


class StolenTime:
    """Kept in a file and added up over calls, so that a duel which was interrupted has that of all of them. Only Linux tells of it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def share(self, duel: str) -> float | None:
        """The part of all cores' time, from 0 to 1; None where it is not known."""
        stolen, every = self._read().get(duel, (0.0, 0.0))
        return stolen / every if every else None

    @contextmanager
    def counted(self, duel: str) -> Iterator[None]:
        """Add what is taken meanwhile."""
        before = _seconds()
        try:
            yield
        finally:
            stolen, every = (now - then for now, then in zip(_seconds(), before, strict=True))
            if every >= _LEAST_S:
                self._add(duel, stolen, every)

    def _add(self, duel: str, stolen: float, every: float) -> None:
        known = self._read()
        of_old, in_all = known.get(duel, (0.0, 0.0))
        content = {**known, duel: (of_old + stolen, in_all + every)}
        write_atomically(self._file, json.dumps(content, indent=1))

    def _read(self) -> Mapping[str, tuple[float, float]]:
        with suppress(OSError, ValueError):
            return {duel: (one, all_) for duel, (one, all_) in json.loads(self._file.read_text("utf-8")).items()}  # fmt: skip
        return {}


def _seconds() -> tuple[float, float]:
    """Stolen, and of all cores in all, since the machine began; zeros where the system does not tell."""
    times = psutil.cpu_times()
    if not hasattr(times, "steal"):
        return 0.0, 0.0
    guests = times.guest + times.guest_nice  # in user and nice already
    return times.steal, sum(times) - guests
