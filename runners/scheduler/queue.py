"""Which queued run starts next, where, and what each of the others waits for. Pure functions over records.

Nothing here fails a run. One that this machine cannot train now, for it lacks the device or the memory in all, waits and
says so: the need is an estimate, and a driver may be back after the next restart. It never holds up the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runners.devices import Device
from runners.protocol import TPU, State, device_ids
from runners.scheduler.ending import label
from storage.records import RunRecord

CPU = "cpu"
AUTO = "auto"
ALL_GPUS = "cuda:all"

HELD = "held"
QUEUE_HELD = "the queue is held"
ALONE = "waits until nothing else trains: it is to run alone"


@dataclass(frozen=True, slots=True)
class Active:
    """A run that has a device, or several (`runners.protocol.device_ids`).

    ``settled`` says that their free memory already lacks what the run takes.
    """

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
    """Runs to start, each with its device or devices, and the others, each with what it waits for."""

    start: list[tuple[RunRecord, str]] = field(default_factory=list)
    waiting: list[tuple[RunRecord, str]] = field(default_factory=list)


def plan(
    queue: Iterable[RunRecord], active: Iterable[Active], machine: Machine, *, held: bool = False
) -> Plan:
    """Go through the queue in its order and give devices to runs; each run starts or gets a reason.

    A run that waits for its device does not hold up those for other devices. One that waits for memory which
    other runs of ours have keeps those behind it off the device, and one that waits for several devices keeps them off each of
    those; one that is to run alone keeps all behind it waiting. Or they would never have their turn.

    ``auto`` goes to a free GPU; where all GPUs are in the hands of other programs, or there is none, to the CPU;
    where runs of ours have them it waits, since a queue of like runs should end up on like devices.
    """
    desk = _Desk(machine, list(active))
    result = Plan()
    for run in queue:
        device, reason = ("", QUEUE_HELD) if held else desk.serve(run)
        if device:
            result.start.append((run, device))
        else:
            result.waiting.append((run, HELD if run.options.held else reason))
    return result


Place = tuple[Device, ...]
"""Where a run can train: a device, or several together."""


class _Desk:
    """Serves one run after the other, and remembers what it gave away and who is to be served before the next."""

    def __init__(self, machine: Machine, active: list[Active]) -> None:
        self._machine = machine
        self._active = active
        self._alone = next((one.run for one in active if one.run.options.alone), None)
        self._claims: dict[str, str] = {}
        """By the id of a device, who is to have it next and why, in words."""

    def serve(self, run: RunRecord) -> tuple[str, str]:
        """The device or devices that the run starts on, or "" and why it waits."""
        if run.options.held:
            return "", HELD
        if self._alone is not None:
            return "", f"waits for {label(self._alone)}, which is to run alone"
        candidates, problem = self._candidates(run)
        if problem:
            return "", problem
        if run.options.alone and self._active:
            self._alone = run
            return "", ALONE
        return self._choose(run, candidates)

    def _candidates(self, run: RunRecord) -> tuple[list[Place], str]:
        """The places that the run may have as soon as they are free, or why there is none on this machine."""
        need = run.options.memory_bytes
        seen = {device.id: device for device in self._machine.devices if _sees(run, device)}
        gpus = [device for device in seen.values() if device.id not in (CPU, TPU)]
        if run.spec.device == AUTO:
            fitting = [gpu for gpu in gpus if _fits(need, gpu) and not self._foreign(gpu)]
            ids = [gpu.id for gpu in fitting] or [CPU]
        else:
            ids = list(_wanted(run, gpus))
        if missing := next((one for one in ids if one not in seen), "" if ids else "GPU"):
            return [], self._missing(run, missing, gpus)
        found = [seen[one] for one in ids]
        places: list[Place] = [tuple(found)]
        if run.spec.device == AUTO:
            places = [(one,) for one in found]
        smallest = min(found, key=lambda device: device.memory_total or math.inf)
        if _fits(need, smallest):
            return places, ""
        total = (
            f"{_size(need)} of {_memory(smallest)}, which has {_size(smallest.memory_total)} in all"
        )
        return [], f"needs {total}: a smaller batch needs less"

    def _missing(self, run: RunRecord, wanted: str, gpus: Sequence[Device]) -> str:
        """Why there is no such device for the run."""
        framework = run.spec.framework.display_name
        if any(device.id == wanted for device in self._machine.devices):
            return f"{framework} does not see {wanted}"
        there = ", ".join(f"{gpu.id} ({gpu.name})" for gpu in gpus) or "no GPU"
        return f"this machine has no {wanted} for {framework}; it has {there} and the CPU"

    def _choose(self, run: RunRecord, candidates: Sequence[Place]) -> tuple[str, str]:
        """The free one with the fewest runs; if there is none, what is in the way on each."""
        obstacles = {place: self._obstacles(run, place) for place in candidates}
        free = [place for place in candidates if not obstacles[place]]
        if free:
            place = min(free, key=lambda place: sum(len(self._on(device)) for device in place))
            device = ",".join(one.id for one in place)
            device = run.spec.device if device == CPU and run.spec.device != AUTO else device
            self._active.append(Active(run, device, settled=False))
            if run.options.alone:
                self._alone = run
            return device, ""
        for place in candidates:
            self._claim(run, place)
        return "", "; or ".join("; and ".join(obstacles[place]) for place in candidates)

    def _claim(self, run: RunRecord, place: Place) -> None:
        """Keep those behind the run off what it waits for, where otherwise it might never have it."""
        if len(place) > 1:
            if any(map(self._foreign, place)):
                return  # who knows how long
            why = f"{label(run)} comes first and needs {' and '.join(one.id for one in place)} together"
            for device in place:
                self._claims.setdefault(device.id, why)
        elif 0 < len(self._on(place[0])) < self._machine.limit(place[0]):
            why = f"{label(run)} comes first and needs memory there"
            self._claims.setdefault(place[0].id, why)

    def _obstacles(self, run: RunRecord, place: Place) -> list[str]:
        return [found for device in place if (found := self._obstacle(run, device))]

    def _obstacle(self, run: RunRecord, device: Device) -> str:
        """Why the device does not take the run now, in words, or ""."""
        there = self._on(device)
        if len(there) >= self._machine.limit(device):
            return f"{_waits_for(device)}: {_occupation([one.run for one in there])}"
        if device.id in self._claims:
            return f"{_waits_for(device)}: {self._claims[device.id]}"
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
        return [one for one in self._active if device.id in device_ids(one.device)]


def _wanted(run: RunRecord, gpus: Sequence[Device]) -> Sequence[str]:
    """The ids of the devices that the run names."""
    everything = run.spec.device == ALL_GPUS
    return [gpu.id for gpu in gpus] if everything else device_ids(run.spec.device)


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
