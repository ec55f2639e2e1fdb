"""The devices of this machine and how busy they are: NVIDIA GPUs by NVML, the CPU by psutil."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

import psutil

from runners.processor import cpu_name

T = TypeVar("T")


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
    """The CPU first, then each GPU by its NVML index. Never raises: what is not there is not listed.

    The CPU's utilisation is that since the previous call in the same thread, None in the first.
    """
    return [_read_cpu(), *_read_gpus()]


_this_thread = threading.local()


def _read_cpu() -> Device:
    memory = psutil.virtual_memory()
    asked_before = getattr(_this_thread, "asked_before", False)
    _this_thread.asked_before = True
    percent = psutil.cpu_percent()
    return Device(
        id="cpu",
        name=cpu_name(),
        memory_total=memory.total,
        memory_used=memory.total - memory.available,
        utilisation=percent if asked_before else None,
    )


@cache
def _nvml() -> Any:
    """The pynvml module, initialised once; None where there is no NVIDIA driver."""
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:
        return None
    return pynvml


def _read_gpus() -> list[Device]:
    nvml = _nvml()
    if nvml is None:
        return []
    count = _or_none(nvml.nvmlDeviceGetCount) or 0
    gpus = [_or_none(partial(_read_gpu, nvml, index)) for index in range(count)]
    return [gpu for gpu in gpus if gpu is not None]


def _read_gpu(nvml: Any, index: int) -> Device:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    power = _or_none(lambda: nvml.nvmlDeviceGetPowerUsage(handle) / 1000)
    return Device(
        id=f"cuda:{index}",
        name=str(nvml.nvmlDeviceGetName(handle)),
        memory_total=int(memory.total),
        memory_used=int(memory.used),
        utilisation=_or_none(lambda: float(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)),
        temperature=_or_none(
            lambda: float(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))
        ),
        power=power,
        processes=_compute_processes(nvml, handle),
    )


def _compute_processes(nvml: Any, handle: Any) -> tuple[int, ...]:
    """Pids that compute on the GPU.

    Under Windows' display driver every program with a window is listed as well; those have no
    memory figure, and they are left out, or no GPU of a desktop would ever be free.
    """
    found = _or_none(lambda: nvml.nvmlDeviceGetComputeRunningProcesses(handle)) or []
    if sys.platform == "win32":
        found = [process for process in found if process.usedGpuMemory]
    return tuple(int(process.pid) for process in found)


def _or_none(read: Callable[[], T]) -> T | None:
    """What was read, or None: a driver may lack any reading, and a GPU may fall off the bus."""
    try:
        return read()
    except Exception:
        return None
