"""Which queued run starts next, and where. Pure functions over records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from runners.devices import Device
from storage.records import RunRecord

CPU = "cpu"
AUTO = "auto"


@dataclass(slots=True)
class Plan:
    """Runs to start, each with its device, and runs that can never start here, each with the reason."""

    start: list[tuple[RunRecord, str]] = field(default_factory=list)
    impossible: list[tuple[RunRecord, str]] = field(default_factory=list)


def plan(
    queue: Iterable[RunRecord], assigned: Iterable[str], gpus: Sequence[Device], cpu_lanes: int
) -> Plan:
    """Give free devices to queued runs in the order of the queue.

    ``assigned`` are the devices of the runs that are active, the CPU once per run. A GPU takes one
    run; it is free if nobody computes on it. A run that waits for its GPU does not hold up those behind it. A run
    with ``auto`` goes to a free GPU; where all GPUs are in the hands of other programs, or there is none, to the
    CPU; where runs of ours hold them it waits, since a queue of like runs should end up on like devices.
    """
    taken = list(assigned)
    result = Plan()
    for run in queue:
        wanted = run.spec.device
        if problem := _problem(wanted, gpus):
            result.impossible.append((run, problem))
        elif device := _device_for(wanted, taken, gpus, cpu_lanes):
            taken.append(device)
            result.start.append((run, device))
    return result


def _problem(wanted: str, gpus: Sequence[Device]) -> str:
    if wanted in (AUTO, CPU, *(gpu.id for gpu in gpus)):
        return ""
    there = ", ".join(f"{gpu.id} ({gpu.name})" for gpu in gpus) or "no NVIDIA GPU"
    return f"this machine has no device {wanted}; it has {there} and the CPU"


def _device_for(
    wanted: str, taken: Sequence[str], gpus: Sequence[Device], cpu_lanes: int
) -> str | None:
    if wanted == AUTO:
        usable = [gpu.id for gpu in gpus if gpu.id in taken or not gpu.processes]
        if usable:
            return next((gpu for gpu in usable if gpu not in taken), None)
        wanted = CPU
    if wanted == CPU:
        return CPU if taken.count(CPU) < cpu_lanes else None
    busy = wanted in taken or any(gpu.processes for gpu in gpus if gpu.id == wanted)
    return None if busy else wanted
