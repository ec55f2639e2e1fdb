"""What a trainer's processes use of the machine, from one look to the next."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import NamedTuple

import psutil

from runners.scheduler.executors.local import LocalTrainer


class _Spent(NamedTuple):
    """What one process used since it began: CPU seconds, bytes read from and written to disks."""

    cpu_s: float
    read: float | None
    written: float | None


class ProcessUse:
    """Compares each look at the tree of processes with the last one; the first one gives the memory only."""

    def __init__(self, trainer: LocalTrainer) -> None:
        self._trainer = trainer
        self._spent: dict[psutil.Process, _Spent] = {}
        self.memory_bytes = 0

    def look(self, elapsed_s: float) -> dict[str, float]:
        """Readings by name; nothing where no process is left."""
        before, self._spent, self.memory_bytes = self._spent, {}, 0
        for process in self._trainer.tree():
            with suppress(psutil.Error):
                self._add(process)
        if not self._spent:
            return {}
        readings: dict[str, float] = {"memory_bytes": self.memory_bytes}
        if before:
            readings["cpu_percent"] = 100 * _growth(before, self._spent, 0) / elapsed_s
            if all(spent.read is not None for spent in self._spent.values()):
                for at, name in ((1, "disk_read"), (2, "disk_written")):
                    used = _without_inherited(before, self._spent, at)
                    readings[f"{name}_bytes_per_s"] = used / elapsed_s
        return readings

    def _add(self, process: psutil.Process) -> None:
        with process.oneshot():
            cpu = process.cpu_times()
            memory = process.memory_info().rss
            disk = None
            with suppress(psutil.AccessDenied, AttributeError):  # macOS does not tell
                disk = process.io_counters()
        self.memory_bytes += memory
        transferred = (disk.read_bytes, disk.write_bytes) if disk else (None, None)
        self._spent[process] = _Spent(cpu.user + cpu.system, *transferred)


def _growth(
    before: dict[psutil.Process, _Spent], after: dict[psutil.Process, _Spent], at: int
) -> float:
    """How much more of one kind the processes have used; one that is new counts from nothing."""
    return sum((spent[at] or 0) - ((before[process][at] or 0) if process in before else 0) for process, spent in after.items())  # fmt: skip


def _without_inherited(
    before: dict[psutil.Process, _Spent], after: dict[psutil.Process, _Spent], at: int
) -> float:
    """The growth, less what a parent got from a child: Linux adds the disk traffic of a child that was waited for to its parent's."""
    growth = _growth(before, after, at)
    if sys.platform != "linux":
        return growth
    ended = sum(spent[at] or 0 for process, spent in before.items() if process not in after)
    return growth - ended if growth >= ended else growth
