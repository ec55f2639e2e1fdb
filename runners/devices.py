"""The devices of this machine and how busy they are.

The CPU is read by psutil and NVIDIA GPUs by NVML. Other GPUs are listed where a framework was seen to use them, under the
name that runs use: PyTorch for ROCm calls an AMD GPU ``cuda:N``, and so does Twinbench; Apple's is ``mps``, a TPU with all its cores
``tpu``. A GPU that no
framework can train on would be no device for a run, and one GPU under two names would be given away twice.
What a framework found says little of how busy a GPU is; Linux tells that of AMD's, and the memory of Apple's is the machine's.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, TypeVar

import psutil

from runners.amd import AmdReadings, read_amd_gpus
from runners.processor import cpu_name
from runners.protocol import TPU

T = TypeVar("T")

FOUND_DEVICES_SETTING = "found_devices"
"""The setting that holds what frameworks found: a list of ``{"id": "mps", "tpu" or "cuda:N", "name", "memory_total", "framework"}``."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device at one moment. ``id`` is ``cpu``, ``cuda:N``, ``mps`` or ``tpu``. None is what could not be read."""

    id: str
    name: str
    memory_total: int
    """Bytes; 0 where it is not known."""
    memory_used: int
    utilisation: float | None
    """Percent, 0 to 100."""
    temperature: float | None = None
    """Degrees Celsius."""
    power: float | None = None
    """Watts."""
    processes: tuple[int, ...] = ()
    """Pids of compute processes on a GPU."""
    frameworks: tuple[str, ...] = ()
    """The frameworks that alone can use it; empty where the driver shows it to all."""


def read_devices(found: object = ()) -> list[Device]:
    """The CPU first, then each NVIDIA GPU by its NVML index, then what else frameworks ``found``.

    ``found`` is the value of the setting `FOUND_DEVICES_SETTING`; what is not of its form is left out. Never raises: what is not
    there is not listed. The CPU's utilisation is that since the previous call in the same thread, None in the first.
    """
    cpu, gpus = _read_cpu(), _read_gpus()
    known = {gpu.id for gpu in gpus}
    others = [device for device in _merged(found) if device.id not in known]
    amd = read_amd_gpus() if any(_index(device.id) is not None for device in others) else []
    return [cpu, *gpus, *(_with_readings(device, cpu, amd) for device in others)]


def _merged(found: object) -> list[Device]:
    """What frameworks found, each device once, with all the frameworks that can use it."""
    devices: dict[str, Device] = {}
    for one in filter(None, map(_parse, found if isinstance(found, list | tuple) else ())):
        before = devices.get(one.id)
        frameworks = dict.fromkeys([*(before.frameworks if before else ()), *one.frameworks])
        devices[one.id] = replace(before or one, frameworks=tuple(frameworks))
    return list(devices.values())


def _parse(one: object) -> Device | None:
    """A GPU or TPU as a framework found it; None for anything else."""
    if not isinstance(one, Mapping):
        return None
    device, name, memory = one.get("id"), one.get("name"), one.get("memory_total")
    if not isinstance(device, str) or (device not in ("mps", TPU) and _index(device) is None):
        return None
    known = memory if isinstance(memory, int) and memory > 0 else 0
    framework = one.get("framework")
    return Device(
        id=device,
        name=name if isinstance(name, str) and name else device,
        memory_total=known,
        memory_used=0,
        utilisation=None,
        frameworks=(framework,) if isinstance(framework, str) and framework else (),
    )


def _with_readings(device: Device, cpu: Device, amd: Sequence[AmdReadings]) -> Device:
    """A found GPU with how busy it is, as far as the system tells; a memory of which nobody tells how full it is, is not known."""
    if device.id == "mps":
        total = device.memory_total or cpu.memory_total
        free = min(total, cpu.memory_total - cpu.memory_used)
        return replace(device, memory_total=total, memory_used=total - free)
    if device.id == TPU:
        return device
    index = _index(device.id)
    if index is None or index >= len(amd):
        return replace(device, memory_total=0)
    readings = amd[index]
    return replace(
        device,
        memory_total=readings.memory_total,
        memory_used=readings.memory_used,
        utilisation=readings.utilisation,
        temperature=readings.temperature,
        power=readings.power,
        processes=readings.processes,
    )


def _index(device: str) -> int | None:
    """The N of ``cuda:N``."""
    kind, _, number = device.partition(":")
    return int(number) if kind == "cuda" and number.isascii() and number.isdigit() else None


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
def _driver() -> Any:
    """The pynvml module, initialised once. Raises where there is no NVIDIA driver yet: that is not remembered."""
    import pynvml

    pynvml.nvmlInit()
    return pynvml


def _nvml() -> Any:
    """The pynvml module, initialised; None where there is no NVIDIA driver."""
    return _or_none(_driver)


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
