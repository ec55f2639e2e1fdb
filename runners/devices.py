"""The devices of this machine and how busy they are: NVIDIA GPUs by NVML, the CPU by psutil."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """A device at one moment. ``id`` is ``cpu`` or ``cuda:N``. None is what could not be read."""

    id: str
    name: str
    memory_total: int
    """Bytes."""
    memory_used: int
    utilisation: float | None
    """Percent, 0 to 100."""
    temperature: float | None = None
    """Degrees Celsius."""
    power: float | None = None
    """Watts."""
    processes: tuple[int, ...] = ()
    """Pids of compute processes on a GPU."""


def read_devices() -> list[Device]:
    """The CPU first, then each GPU by its NVML index. Never raises: what is not there is not listed."""
    raise NotImplementedError
