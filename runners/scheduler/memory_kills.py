"""Whether the kernel killed a process for want of memory: its counters of such kills, on Linux.

The counter is that of the trainer's control group: ``oom_kill`` in ``memory.events`` (cgroup v2) or ``memory.oom_control``
(cgroup v1); where there is none, that of the whole machine in ``/proc/vmstat``. See the kernel's documents
admin-guide/cgroup-v2.rst and admin-guide/cgroup-v1/memory.rst.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from runners.scheduler.every import Every

RECENT_S = 10.0
_LOOK_S = 1.0
_PROC, _CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")


class MemoryKills:
    """Watches the counter that a process belongs to, from now on. Elsewhere than on Linux there is none.

    Times are those of one monotonic clock, in seconds.
    """

    def __init__(self, pid: int, *, proc: Path = _PROC, cgroups: Path = _CGROUPS) -> None:
        self._find = partial(_counters, pid, proc, cgroups)
        self._file: Path | None = None
        self._seen: int | None = None
        self._look = Every(_LOOK_S)
        self._rose_at = float("-inf")
        self._follow()

    def look(self, now: float) -> None:
        """Look if it is time. The process lives, and may have been moved to another group."""
        if self._look.due(now):
            self._compare(now)
            self._follow()

    def lately(self, now: float) -> bool:
        """Whether there was such a kill in the last `RECENT_S` seconds: a process that held much takes its time to die."""
        self._compare(now)
        return now - self._rose_at <= RECENT_S

    def _follow(self) -> None:
        before, self._file = self._file, next(self._find(), None)
        if self._file != before:
            self._seen = _oom_kills(self._file) if self._file else None

    def _compare(self, now: float) -> None:
        count = _oom_kills(self._file) if self._file else None
        if count is not None and self._seen is not None and count > self._seen:
            self._rose_at = now
        self._seen = count


def _counters(pid: int, proc: Path, cgroups: Path) -> Iterator[Path]:
    """The files that have a counter for the process, the most particular first."""
    for controllers, path in _groups(pid, proc):
        if controllers == "":
            found = cgroups / path / "memory.events", cgroups / "unified" / path / "memory.events"
        elif "memory" in controllers.split(","):
            found = (cgroups / controllers / path / "memory.oom_control", cgroups / "memory" / path / "memory.oom_control")  # fmt: skip
        else:
            continue
        yield from (file for file in found if _oom_kills(file) is not None)
    if _oom_kills(proc / "vmstat") is not None:
        yield proc / "vmstat"


def _groups(pid: int, proc: Path) -> list[tuple[str, str]]:
    """The controllers and the path of each control group of a process; cgroup v2 has no controllers here."""
    try:
        lines = (proc / str(pid) / "cgroup").read_text("utf-8").splitlines()
    except (OSError, UnicodeError):
        return []
    fields = [line.split(":", 2) for line in lines]
    return [(field[1], field[2].lstrip("/")) for field in fields if len(field) == 3]


def _oom_kills(file: Path) -> int | None:
    try:
        words = [line.split() for line in file.read_text("utf-8").splitlines()]
    except (OSError, UnicodeError):
        return None
    counts = [line[1] for line in words if len(line) == 2 and line[0] == "oom_kill"]
    return int(counts[0]) if counts and counts[0].isdigit() else None
