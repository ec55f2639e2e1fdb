"""Devices as they are read, with and without an NVIDIA driver."""

from __future__ import annotations

import platform
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from runners import devices
from runners.devices import Device, read_devices
from runners.processor import cpu_name


class Driver:
    """Stands for NVIDIA's library on a machine with two GPUs, of which one tells little."""

    NVML_TEMPERATURE_GPU = 0

    def nvmlDeviceGetCount(self) -> int:
        return 3

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        if index == 2:
            raise RuntimeError("GPU is lost")
        return index

    def nvmlDeviceGetName(self, handle: int) -> str:
        return f"GPU {handle}"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:
        return SimpleNamespace(total=1000, used=10)

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:
        return self._supported(handle, 250_500)

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> Any:
        return SimpleNamespace(gpu=self._supported(handle, 42))

    def nvmlDeviceGetTemperature(self, handle: int, sensor: int) -> int:
        return self._supported(handle, 61)

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[Any]:
        return [SimpleNamespace(pid=self._supported(handle, 4711), usedGpuMemory=5)]

    def _supported(self, handle: int, value: int) -> int:
        if handle == 1:
            raise RuntimeError("not supported")
        return value


def test_the_cpu_comes_first_with_its_name_and_memory() -> None:
    cpu = read_devices()[0]
    assert cpu.id == "cpu"
    assert cpu.name == cpu_name()
    assert cpu.memory_total == psutil.virtual_memory().total
    assert 0 < cpu.memory_used < cpu.memory_total


def test_utilisation_is_unknown_before_there_is_something_to_compare_with() -> None:
    seen: list[float | None] = []

    def read_twice() -> None:
        seen.extend(read_devices()[0].utilisation for _ in range(2))

    thread = threading.Thread(target=read_twice)
    thread.start()
    thread.join()
    assert seen[0] is None
    assert seen[1] is not None


def test_the_cpus_name_is_more_than_its_architecture_where_linux_knows_it() -> None:
    if sys.platform != "linux" or "model name" not in Path("/proc/cpuinfo").read_text():
        pytest.skip("needs a Linux that names its processor")
    assert cpu_name() not in ("", platform.machine())


def test_gpus_are_read_and_what_they_do_not_tell_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_nvml", Driver)
    assert read_devices()[1:] == [
        Device("cuda:0", "GPU 0", 1000, 10, 42.0, 61.0, 250.5, (4711,)),
        Device("cuda:1", "GPU 1", 1000, 10, None),
    ]


def test_importing_devices_does_not_load_the_nvidia_library() -> None:
    code = "import runners.devices, sys; sys.exit('pynvml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
