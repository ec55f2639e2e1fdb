"""AMD GPUs as Linux shows them, without ROCm: the kernel's interface for computing, and the driver's for readings.

``/sys/class/kfd/kfd/topology/nodes`` lists what can compute, in the order in which HIP, and so PyTorch and TensorFlow,
count it; a node that the process may not read is not there for HIP either. The readings are those that the kernel documents
for amdgpu (Documentation/gpu/amdgpu/thermal.rst and driver-misc.rst); the processes are those that
``rocm-smi --showpids`` reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SYSFS = Path("/sys")


@dataclass(frozen=True, slots=True)
class AmdReadings:
    """One GPU at one moment: bytes, percent, degrees Celsius, watts. None is what could not be read."""

    memory_total: int
    memory_used: int
    utilisation: float | None
    temperature: float | None
    power: float | None
    processes: tuple[int, ...]


def read_amd_gpus(sysfs: Path = SYSFS) -> list[AmdReadings]:
    """The AMD GPUs that can compute, in HIP's order; one whose memory cannot be read has none. Never raises."""
    return [_read(sysfs, node) for node in _compute_nodes(sysfs)]


def _compute_nodes(sysfs: Path) -> Iterator[Path]:
    """The nodes that are GPUs; processors are nodes, too, but have no SIMD units."""
    nodes = (sysfs / "class/kfd/kfd/topology/nodes").glob("[0-9]*")
    for node in sorted(nodes, key=lambda node: int(node.name)):
        if _property(node, "simd_count"):
            yield node


def _read(sysfs: Path, node: Path) -> AmdReadings:
    device = sysfs / f"class/drm/renderD{_property(node, 'drm_render_minor') or 0}/device"
    total, used = (_number(device / f"mem_info_vram_{what}") for what in ("total", "used"))
    temperature = _first(device, "temp1_input")
    power = _first(device, "power1_average", "power1_input")
    known = total is not None and used is not None
    return AmdReadings(
        memory_total=total or 0 if known else 0,
        memory_used=used or 0 if known else 0,
        utilisation=_as_float(_number(device / "gpu_busy_percent"), 1),
        temperature=_as_float(temperature, 1e3),
        power=_as_float(power, 1e6),
        processes=tuple(_processes(sysfs, node)),
    )


def _processes(sysfs: Path, node: Path) -> Iterator[int]:
    """Who has memory of the GPU for computing. A program that only draws on it is no process of this interface."""
    gpu = _number(node / "gpu_id")
    for process in (sysfs / "class/kfd/kfd/proc").glob("[0-9]*"):
        if _number(process / f"vram_{gpu}"):
            yield int(process.name)


def _first(device: Path, *names: str) -> int | None:
    """The first of the sensors that the GPU has."""
    found = (
        _number(path) for name in names for path in sorted(device.glob(f"hwmon/hwmon*/{name}"))
    )
    return next((value for value in found if value is not None), None)


def _property(node: Path, name: str) -> int | None:
    try:
        lines = (node / "properties").read_text("utf-8").splitlines()
    except (OSError, UnicodeError):
        return None
    words = (line.split() for line in lines)
    return next((_whole(pair[1]) for pair in words if len(pair) == 2 and pair[0] == name), None)


def _number(path: Path) -> int | None:
    try:
        return _whole(path.read_text("utf-8"))
    except (OSError, UnicodeError):
        return None


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _as_float(value: int | None, unit: float) -> float | None:
    return None if value is None else value / unit
