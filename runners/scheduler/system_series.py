"""What a run costs the machine, sampled every second outside the trainer."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import psutil

from runners.devices import Device
from runners.scheduler.executors.local import LocalTrainer
from storage.store import Series

INTERVAL_S = 1.0


class SystemSeries:
    """Samples one run.

    ``system/cpu_percent`` is that of all its processes together, 100 for one core that is busy;
    ``system/memory_bytes`` the sum of their resident memory, shared pages counted in each. On a GPU,
    which belongs to the run alone, also ``system/gpu_percent``, ``system/gpu_memory_bytes``,
    ``system/gpu_power_watts`` and ``system/gpu_temperature`` (degrees Celsius) of that GPU. Steps are whole
    seconds since the run's start.
    """

    def __init__(
        self,
        trainer: LocalTrainer,
        device: str,
        started: int,
        read_gpu: Callable[[str], Device | None],
    ) -> None:
        self._trainer = trainer
        self._device = device
        self._started_s = started / 1e6
        self._read_gpu = read_gpu
        self._cpu_times: dict[psutil.Process, float] = {}
        self._sampled = 0.0
        self._step = -1

    def sample(self, now: float) -> dict[str, Series]:
        """A point a metric if a second has passed on the monotonic clock, else nothing."""
        step = int(time.time() - self._started_s)
        elapsed = now - self._sampled
        if elapsed < INTERVAL_S or step <= self._step:
            return {}
        self._step, self._sampled = step, now
        values = {**self._processes(elapsed), **self._gpu()}
        return {f"system/{name}": _point(step, value) for name, value in values.items()}

    def _processes(self, elapsed: float) -> dict[str, float]:
        """CPU from the second sample on: the first one has nothing to compare with."""
        before, self._cpu_times = self._cpu_times, {}
        memory = 0
        for process in self._trainer.tree():
            try:
                with process.oneshot():
                    spent = process.cpu_times()
                    memory += process.memory_info().rss
            except psutil.Error:
                continue
            self._cpu_times[process] = spent.user + spent.system
        if not self._cpu_times:
            return {}
        if not before:
            return {"memory_bytes": memory}
        used = sum(now - before.get(process, 0.0) for process, now in self._cpu_times.items())
        return {"cpu_percent": 100 * used / elapsed, "memory_bytes": memory}

    def _gpu(self) -> dict[str, float]:
        gpu = self._read_gpu(self._device) if self._device != "cpu" else None
        if gpu is None:
            return {}
        readings = {
            "gpu_percent": gpu.utilisation,
            "gpu_memory_bytes": gpu.memory_used,
            "gpu_power_watts": gpu.power,
            "gpu_temperature": gpu.temperature,
        }
        return {name: value for name, value in readings.items() if value is not None}


def _point(step: int, value: float) -> Series:
    return Series(np.array([step], np.int64), np.array([time.time()]), np.array([value], float))
