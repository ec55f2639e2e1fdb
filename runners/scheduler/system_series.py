"""What a run costs the machine, sampled every second outside the trainer and kept in the run's file ``system``."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable, Iterable
from statistics import mean

import psutil

from runners.devices import Device
from runners.events import EventWriter
from runners.protocol import RunFolder, device_ids
from runners.scheduler.executors.local import LocalTrainer
from runners.scheduler.process_use import ProcessUse
from runners.scheduler.processor_state import Processor
from storage.records import RunRecord, is_system

logger = logging.getLogger(__name__)

_LOOPBACK = ("lo", "lo0", "Loopback Pseudo-Interface 1")


class SystemSeries:
    """Samples one run and appends to its file, which is ingested like what the trainer logs. The metrics, all named ``system/…``:

    - ``cpu_percent``: of all its processes together, 100 for one core that is busy
    - ``memory_bytes``: the sum of their resident memory, shared pages counted in each
    - ``disk_read_bytes_per_s``, ``disk_written_bytes_per_s``: of all its processes together, where the system tells (not on macOS)
    - ``machine_network_received_bytes_per_s``, ``machine_network_sent_bytes_per_s``: of the whole machine, since no system
      tells it of a process, without what stays on the machine
    - ``machine_cpu_percent``: of all programs on the machine, those of the run among them, 100 for one core that is busy
    - ``clock_mhz``, ``temperature`` (degrees Celsius): of the processor, the mean of its cores' clocks and the hottest of its sensors
    - ``gpu_percent``, ``gpu_memory_bytes``, ``gpu_power_watts``, ``gpu_temperature`` (degrees Celsius): of the GPU of the run; of
      several the mean, the sum, the sum and the highest

    Steps are whole seconds since the run's start; a later attempt counts on from the last step of the one before.
    """

    def __init__(
        self,
        folder: RunFolder,
        trainer: LocalTrainer,
        device: str,
        read_gpu: Callable[[str], Device | None],
        begin_s: float,
        now: float,
    ) -> None:
        self._folder = folder
        self._use = ProcessUse(trainer)
        self._device = device
        self._read_gpu = read_gpu
        self._zero = now - begin_s
        self._step = -1
        self._sampled: float | None = None
        self._network: tuple[int, int] | None = None
        self._processor = Processor()
        self._writer: EventWriter | None = None

    @property
    def memory_bytes(self) -> int:
        """What the processes held when they were looked at last; 0 before."""
        return self._use.memory_bytes

    def sample(self, now: float) -> None:
        """Append a point a metric if the next whole second of the monotonic clock has come."""
        step = int(now - self._zero)
        if step <= self._step:
            return
        elapsed_s = max(now - self._sampled, 1e-3) if self._sampled is not None else 1.0
        self._step, self._sampled = step, now
        use = self._use.look(elapsed_s)
        if use:
            machine = {**self._processor.look(), **self._network_use(elapsed_s)}
            readings = {**use, **machine, **self._gpu()}
            self._append(step, {f"system/{name}": value for name, value in readings.items()})

    def _append(self, step: int, values: dict[str, float]) -> None:
        """Where the disk is full or the folder is gone, the training is what matters."""
        try:
            if self._writer is None:
                self._writer = EventWriter(self._folder.system)
                weakref.finalize(self, self._writer.close)
            self._writer.rescue()
            self._writer.log(step, values)
        except OSError as error:
            logger.warning("%s could not be written: %s", self._folder.system, error)

    def _network_use(self, elapsed_s: float) -> dict[str, float]:
        before, self._network = self._network, _network_bytes()
        if before is None or self._network is None:
            return {}
        received, sent = (max(0, now - then) for now, then in zip(self._network, before, strict=True))  # fmt: skip
        return {
            "machine_network_received_bytes_per_s": received / elapsed_s,
            "machine_network_sent_bytes_per_s": sent / elapsed_s,
        }

    def _gpu(self) -> dict[str, float]:
        found = map(self._read_gpu, device_ids(self._device)) if self._device != "cpu" else ()
        gpus = [gpu for gpu in found if gpu is not None]
        readings = {
            "gpu_percent": _told(mean, [gpu.utilisation for gpu in gpus]),
            "gpu_memory_bytes": _told(sum, [gpu.memory_used for gpu in gpus]),
            "gpu_power_watts": _told(sum, [gpu.power for gpu in gpus]),
            "gpu_temperature": _told(max, [gpu.temperature for gpu in gpus]),
        }
        return {name: value for name, value in readings.items() if value is not None}


def _told(together: Callable[[list[float]], float], values: Iterable[float | None]) -> float | None:
    """What was read of the GPUs, in a number; None where nothing was."""
    known = [value for value in values if value is not None]
    return together(known) if known else None


def seconds_so_far(run: RunRecord, now_us: int) -> float:
    """Where the steps of a run's system series go on: seconds since its start, or the next free step of a later attempt."""
    elapsed_s = max(0.0, (now_us - (run.started or now_us)) / 1e6)
    if run.attempt == 1:
        return elapsed_s
    steps = [one.last_step for name, one in run.summary.items() if is_system(name)]
    return max(elapsed_s, max(steps, default=-1) + 1.0)


def _network_bytes() -> tuple[int, int] | None:
    """What the machine received and sent so far; None where it does not tell."""
    try:
        found = psutil.net_io_counters(pernic=True)
    except (OSError, psutil.Error):
        return None
    cards = [counters for name, counters in found.items() if name not in _LOOPBACK]
    return sum(card.bytes_recv for card in cards), sum(card.bytes_sent for card in cards)
