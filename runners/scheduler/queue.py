"""Which queued run starts next, where, and what each of the others waits for. Pure functions over records.

Nothing here fails a run. One that this machine cannot train now, for it lacks the device or the memory in all, waits and
says so: the need is an estimate, and a driver may be back after the next restart. It never holds up the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runners.devices import Device
from runners.protocol import State
from runners.scheduler.ending import label
from storage.records import RunRecord

CPU = "cpu"
AUTO = "auto"

HELD = "held"
QUEUE_HELD = "the queue is held"
ALONE = "waits until nothing else trains: it is to run alone"


@dataclass(frozen=True, slots=True)
class Active:
    """A run that has a device. ``settled`` says that the device's free memory already lacks what the run takes."""

    run: RunRecord
    device: str
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Machine:
    """The devices at one moment, the CPU among them, and how many runs each may have at once, by its id: one if none is said.

    A GPU for one run is exclusive: while another program computes on it, it is not free. One for more is shared with
    anybody.
    """

    devices: Sequence[Device]
    limits: Mapping[str, int] = field(default_factory=dict)

    def limit(self, device: Device) -> int:
        return self.limits.get(device.id, 1)


@dataclass(slots=True)
class Plan:
    """Runs to start, each with its device, and the others, each with what it waits for."""

    start: list[tuple[RunRecord, str]] = field(default_factory=list)
    waiting: list[tuple[RunRecord, str]] = field(default_factory=list)


def plan(
    queue: Iterable[RunRecord], active: Iterable[Active], machine: Machine, *, held: bool = False
) -> Plan:
    """Go through the queue in its order and give devices to runs; each run starts or gets a reason.

    A run that waits for its device does not hold up those for other devices. One that waits for memory which
    other runs of ours have keeps those behind it off the device; one that is to run alone keeps
    all behind it waiting, or it would never have its turn.

    ``auto`` goes to a free GPU; where all GPUs are in the hands of other programs, or there is none, to the CPU;
    where runs of ours have them it waits, since a queue of like runs should end up on like devices.
    """
    desk = _Desk(machine, list(active))
    result = Plan()
    for run in queue:
        device, reason = (None, QUEUE_HELD) if held else desk.serve(run)
        if device is None:
            result.waiting.append((run, HELD if run.options.held else reason))
        else:
            result.start.append((run, device.id))
    return result


class _Desk:
    """Serves one run after the other, and remembers what it gave away and who is to be served before the next."""

    def __init__(self, machine: Machine, active: list[Active]) -> None:
        self._machine = machine
        self._active = active
        self._alone = next((one.run for one in active if one.run.options.alone), None)
        self._claims: dict[str, RunRecord] = {}

    def serve(self, run: RunRecord) -> tuple[Device | None, str]:
        """The device that the run starts on, or None and why it waits."""
        if run.options.held:
            return None, HELD
        if self._alone is not None:
            return None, f"waits for {label(self._alone)}, which is to run alone"
        candidates, problem = self._candidates(run)
        if problem:
            return None, problem
        if run.options.alone and self._active:
            self._alone = run
            return None, ALONE
        return self._choose(run, candidates)

    def _candidates(self, run: RunRecord) -> tuple[list[Device], str]:
        """The devices that the run may have as soon as they are free, or why there is none on this machine."""
        wanted, need = run.spec.device, run.options.memory_bytes
        seen = [device for device in self._machine.devices if _sees(run, device)]
        gpus = [device for device in seen if device.id != CPU]
        if wanted == AUTO:
            found = [gpu for gpu in gpus if _fits(need, gpu) and not self._foreign(gpu)]
            found = found or [device for device in seen if device.id == CPU]
        else:
            found = [device for device in seen if device.id == wanted]
        if not found:
            return [], self._missing(run, gpus)
        if any(_fits(need, device) for device in found):
            return found, ""
        memory = found[0].memory_total
        total = f"{_size(need)} of {_memory(found[0])}, which has {_size(memory)} in all"
        return [], f"needs {total}: a smaller batch needs less"

    def _missing(self, run: RunRecord, gpus: Sequence[Device]) -> str:
        wanted = run.spec.device
        framework = run.spec.framework.display_name
        if any(device.id == wanted for device in self._machine.devices):
            return f"{framework} does not see {wanted}"
        there = ", ".join(f"{gpu.id} ({gpu.name})" for gpu in gpus) or "no GPU"
        return f"this machine has no {wanted} for {framework}; it has {there} and the CPU"

    def _choose(self, run: RunRecord, candidates: Sequence[Device]) -> tuple[Device | None, str]:
        """The free one with the fewest runs; if there is none, what is in the way on each."""
        obstacles = {device.id: self._obstacle(run, device) for device in candidates}
        free = [device for device in candidates if not obstacles[device.id]]
        if free:
            device = min(free, key=lambda device: len(self._on(device)))
            self._active.append(Active(run, device.id, settled=False))
            if run.options.alone:
                self._alone = run
            return device, ""
        for device in candidates:
            if len(self._on(device)) < self._machine.limit(device) and self._on(device):
                self._claims.setdefault(device.id, run)
        return None, "; or ".join(obstacles.values())

    def _obstacle(self, run: RunRecord, device: Device) -> str:
        """Why the device does not take the run now, in words, or ""."""
        there = self._on(device)
        if len(there) >= self._machine.limit(device):
            return f"{_waits_for(device)}: {_occupation([one.run for one in there])}"
        if device.id in self._claims:
            first = label(self._claims[device.id])
            return f"{_waits_for(device)}: {first} comes first and needs memory there"
        if self._foreign(device):
            pids = ", ".join(map(str, device.processes))
            return f"{_waits_for(device)}: another program computes there (process {pids})"
        need, free = run.options.memory_bytes, self._free_memory(device)
        if free is None or need <= free:
            return ""
        return f"needs {_size(need)} of {_memory(device)}, {_size(free)} are free"

    def _foreign(self, device: Device) -> bool:
        """Whether another program keeps an exclusive GPU from us."""
        exclusive = device.id != CPU and self._machine.limit(device) == 1
        return exclusive and bool(device.processes) and not self._on(device)

    def _free_memory(self, device: Device) -> int | None:
        """Bytes that are not in use and not promised to runs that have yet to take them; None if not known."""
        if not device.memory_total:
            return None
        promised = sum(one.run.options.memory_bytes for one in self._on(device) if not one.settled)
        return max(0, device.memory_total - device.memory_used - promised)

    def _on(self, device: Device) -> list[Active]:
        return [one for one in self._active if one.device == device.id]


def _sees(run: RunRecord, device: Device) -> bool:
    return not device.frameworks or run.spec.framework.value in device.frameworks


def _fits(need: int, device: Device) -> bool:
    return not device.memory_total or need <= device.memory_total


def _waits_for(device: Device) -> str:
    return f"waits for {'the CPU' if device.id == CPU else device.id}"


def _memory(device: Device) -> str:
    return "the machine's memory" if device.id == CPU else device.id


def _occupation(runs: Sequence[RunRecord]) -> str:
    labels = ", ".join(map(label, runs))
    if len(runs) > 1:
        return f"{labels} train there"
    return (
        f"{labels} is paused there" if runs[0].state is State.PAUSED else f"{labels} trains there"
    )


def _size(count: int) -> str:
    """Bytes to two digits: what changes from second to second is not worth telling."""
    value, unit = (count / 1e9, "GB") if count >= 1e9 else (count / 1e6, "MB")
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
