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
from runners.amd import AmdReadings, read_amd_gpus
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


# -- what a framework found -------------------------------------------------------------------------------
MPS = {"id": "mps", "name": "Apple M3", "memory_total": 1 << 20, "framework": "pytorch"}
RADEON = {"id": "cuda:0", "name": "Radeon", "memory_total": 24_000, "framework": "pytorch"}


def node(sysfs: Path, number: int, *, simd_count: int, render: int) -> None:
    folder = sysfs / f"class/kfd/kfd/topology/nodes/{number}"
    folder.mkdir(parents=True)
    (folder / "gpu_id").write_text(f"{4000 + number}\n")
    (folder / "properties").write_text(f"simd_count {simd_count}\ndrm_render_minor {render}\n")


def readings(sysfs: Path, render: int, **files: str) -> None:
    device = sysfs / f"class/drm/renderD{render}/device"
    for name, text in files.items():
        path = device / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """A processor, and two GPUs of which the second tells little, in the order in which HIP counts."""
    node(tmp_path, 0, simd_count=0, render=0)
    node(tmp_path, 2, simd_count=304, render=129)
    node(tmp_path, 10, simd_count=96, render=128)
    readings(
        tmp_path, 129, mem_info_vram_total="24000", mem_info_vram_used="500", gpu_busy_percent="37",
        hwmon__hwmon3__temp1_input="61500", hwmon__hwmon3__power1_average="215000000",
    )  # fmt: skip
    readings(tmp_path, 128, mem_info_vram_total="8000", mem_info_vram_used="what")
    for pid, vram in ((4711, "4096"), (4712, "0")):
        process = tmp_path / f"class/kfd/kfd/proc/{pid}"
        process.mkdir(parents=True)
        (process / "vram_4002").write_text(vram)
    return tmp_path


def test_an_amd_gpu_is_read_in_the_order_of_hip_and_what_it_does_not_tell_is_none(
    sysfs: Path,
) -> None:
    assert read_amd_gpus(sysfs) == [
        AmdReadings(24_000, 500, 37.0, 61.5, 215.0, (4711,)),
        AmdReadings(0, 0, None, None, None, ()),
    ]


def test_without_amd_gpus_there_are_none(tmp_path: Path) -> None:
    assert read_amd_gpus(tmp_path) == []


def test_an_amd_gpu_is_listed_where_a_framework_sees_it_with_the_readings_of_linux(
    monkeypatch: pytest.MonkeyPatch, sysfs: Path
) -> None:
    monkeypatch.setattr(devices, "_nvml", lambda: None)
    monkeypatch.setattr(devices, "read_amd_gpus", lambda: read_amd_gpus(sysfs))
    assert read_devices()[1:] == []
    assert read_devices([RADEON, {**RADEON, "framework": "tensorflow"}])[1:] == [
        Device(
            "cuda:0", "Radeon", 24_000, 500, 37.0, 61.5, 215.0, (4711,), ("pytorch", "tensorflow")
        )
    ]


def test_a_gpu_of_which_nothing_tells_how_full_it_is_has_no_known_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "_nvml", lambda: None)
    monkeypatch.setattr(devices, "read_amd_gpus", list)
    [gpu] = read_devices([RADEON])[1:]
    assert (gpu.name, gpu.memory_total, gpu.memory_used) == ("Radeon", 0, 0)


def test_a_gpu_that_nvidias_driver_lists_is_not_listed_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "_nvml", Driver)
    found = [{"id": "cuda:0", "name": "seen by PyTorch", "memory_total": 5, "framework": "pytorch"}]
    assert [device.name for device in read_devices(found)[1:]] == ["GPU 0", "GPU 1"]


def test_the_memory_of_apples_gpu_is_as_free_as_the_machines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "_nvml", lambda: None)
    cpu, apple = read_devices([MPS])
    assert (apple.id, apple.memory_total, apple.frameworks) == ("mps", 1 << 20, ("pytorch",))
    free = cpu.memory_total - cpu.memory_used
    assert apple.memory_total - apple.memory_used == min(apple.memory_total, free)


def test_a_tpu_that_tensorflow_found_is_listed_with_what_it_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "_nvml", lambda: None)
    _, tpu = read_devices([{"id": "tpu", "name": "TPU, 8 cores", "framework": "tensorflow"}])
    assert (tpu.id, tpu.name, tpu.frameworks) == ("tpu", "TPU, 8 cores", ("tensorflow",))


@pytest.mark.parametrize(
    "found",
    [
        None,
        "mps",
        7,
        {"id": "mps"},
        ["mps"],
        [{"id": "cuda:x"}],
        [{"id": 3}],
        [{"id": "cpu"}],
        [{}],
    ],
)
def test_what_is_no_list_of_found_devices_lists_none(
    monkeypatch: pytest.MonkeyPatch, found: object
) -> None:
    monkeypatch.setattr(devices, "_nvml", lambda: None)
    assert [device.id for device in read_devices(found)] == ["cpu"]


def test_a_driver_that_comes_later_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    library = SimpleNamespace(nvmlInit=lambda: None)
    devices._driver.cache_clear()
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert devices._nvml() is None
    monkeypatch.setitem(sys.modules, "pynvml", library)
    assert devices._nvml() is library
    devices._driver.cache_clear()
