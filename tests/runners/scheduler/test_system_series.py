"""What a run costs the machine."""

from __future__ import annotations

import os
from time import time_ns

import psutil
import pytest

from runners.devices import Device
from runners.protocol import RunFolder
from runners.scheduler.executors.local import LocalTrainer
from runners.scheduler.system_series import SystemSeries
from tests.runners.scheduler.conftest import until

GPU = Device("cuda:1", "GPU", 1000, 400, 75.0, None, 120.0)


@pytest.fixture
def trainer(tmp_path_factory: pytest.TempPathFactory) -> LocalTrainer:
    """This very process, in the place of a trainer."""
    folder = RunFolder(tmp_path_factory.mktemp("run"))
    return LocalTrainer(folder, os.getpid(), psutil.Process().create_time())


def test_a_busy_process_shows_its_cpu_time_and_memory(trainer: LocalTrainer) -> None:
    series = SystemSeries(trainer, "cpu", time_ns() // 1000, lambda _: None)
    assert set(series.sample(10.0)) == {"system/memory_bytes"}
    before = sum(psutil.Process().cpu_times()[:2])
    until(lambda: sum(psutil.Process().cpu_times()[:2]) - before > 0.1, lambda: sum(range(10_000)))
    found: dict[str, float] = {}

    def sample() -> None:
        found.update({name: points.values[0] for name, points in series.sample(12.0).items()})

    until(lambda: bool(found), sample)  # a step of its own comes with the next whole second
    assert found["system/cpu_percent"] >= 100 * 0.1 / 2
    assert found["system/memory_bytes"] > 1e6


def test_a_gpu_is_sampled_as_far_as_it_tells(trainer: LocalTrainer) -> None:
    asked: list[str] = []

    def read_gpu(device: str) -> Device:
        asked.append(device)
        return GPU

    found = SystemSeries(trainer, "cuda:1", 0, read_gpu).sample(10.0)
    assert asked == ["cuda:1"]
    assert found["system/gpu_percent"].values.tolist() == [75.0]
    assert found["system/gpu_memory_bytes"].values.tolist() == [400.0]
    assert found["system/gpu_power_watts"].values.tolist() == [120.0]
    assert "system/gpu_temperature" not in found


def test_steps_are_whole_seconds_since_the_start(trainer: LocalTrainer) -> None:
    started = time_ns() // 1000 - 90_500_000
    series = SystemSeries(trainer, "cpu", started, lambda _: None)
    step = int(series.sample(10.0)["system/memory_bytes"].steps[0])
    assert 90 <= step <= 95
    assert series.sample(10.5) == {}
