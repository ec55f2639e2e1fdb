"""What a run costs the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from runners.devices import Device
from runners.events import EventReader, Points
from runners.protocol import RunFolder
from runners.scheduler.executors.local import LocalTrainer
from runners.scheduler.process_use import ProcessUse
from runners.scheduler.system_series import SystemSeries, seconds_so_far
from storage.records import MetricSummary
from tests.runners.scheduler.conftest import until

GPU = Device("cuda:1", "GPU", 1000, 400, 75.0, None, 120.0)
NETWORK = [{"eth0": (100, 10), "lo": (7, 7)}, {"eth0": (300, 50), "lo": (999, 999)}]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


@pytest.fixture
def trainer(folder: RunFolder) -> LocalTrainer:
    """This very process, in the place of a trainer."""
    return LocalTrainer(folder, os.getpid(), psutil.Process().create_time())


def series_of(
    folder: RunFolder,
    trainer: LocalTrainer,
    *,
    device: str = "cpu",
    read_gpu: Callable[[str], Device | None] = lambda _: None,
    begin_s: float = 0.0,
) -> SystemSeries:
    return SystemSeries(folder, trainer, device, read_gpu, begin_s, 0.0)


def written(folder: RunFolder) -> list[dict[str, float]]:
    """The readings of each sample, with its step under the name "step"."""
    records = [event for event in EventReader(folder.system).read() if isinstance(event, Points)]
    return [
        {"step": record.step, **dict(zip(record.names, record.values, strict=True))}
        for record in records
    ]


def test_the_first_sample_has_the_memory_and_the_second_what_was_used_since(
    folder: RunFolder, trainer: LocalTrainer
) -> None:
    series = series_of(folder, trainer)
    series.sample(0.5)
    before = sum(psutil.Process().cpu_times()[:2])
    until(lambda: sum(psutil.Process().cpu_times()[:2]) - before > 0.1, lambda: sum(range(10_000)))
    (folder.path / "written").write_bytes(bytes(100_000))
    series.sample(2.5)
    first, second = written(folder)
    state = {"system/clock_mhz", "system/temperature"}
    assert set(first) - state == {"step", "system/memory_bytes"}
    assert first["system/memory_bytes"] > 1e6
    assert second["system/cpu_percent"] >= 100 * 0.1 / 2
    assert second["system/machine_cpu_percent"] >= 0.0
    assert series.memory_bytes == second["system/memory_bytes"]
    if sys.platform == "linux":
        assert second["system/disk_read_bytes_per_s"] >= 0.0
        assert second["system/disk_written_bytes_per_s"] >= 0.0


def test_steps_are_whole_seconds_and_each_comes_once(
    folder: RunFolder, trainer: LocalTrainer
) -> None:
    series = series_of(folder, trainer, begin_s=90.5)
    for now in (0.0, 0.4, 0.6, 1.4, 3.0):
        series.sample(now)
    assert [sample["step"] for sample in written(folder)] == [90, 91, 93]


def test_a_later_attempt_counts_on_from_the_last_step_of_the_one_before() -> None:
    summary = {"system/memory_bytes": MetricSummary(1.0, 50, None, None, None, 1)}
    first = SimpleNamespace(started=10_000_000, attempt=1, summary=summary)
    second = SimpleNamespace(started=10_000_000, attempt=2, summary=summary)
    fresh = SimpleNamespace(started=10_000_000, attempt=2, summary={})
    assert seconds_so_far(first, 13_000_000) == 3.0  # type: ignore[arg-type]
    assert seconds_so_far(second, 13_000_000) == 51.0  # type: ignore[arg-type]
    assert seconds_so_far(second, 93_000_000) == 83.0  # type: ignore[arg-type]
    assert seconds_so_far(fresh, 10_000_000) == 0.0  # type: ignore[arg-type]


def test_a_gpu_is_sampled_as_far_as_it_tells(folder: RunFolder, trainer: LocalTrainer) -> None:
    asked: list[str] = []

    def read_gpu(device: str) -> Device:
        asked.append(device)
        return GPU

    series_of(folder, trainer, device="cuda:1", read_gpu=read_gpu).sample(0.0)
    [found] = written(folder)
    assert asked == ["cuda:1"]
    assert found["system/gpu_percent"] == 75.0
    assert found["system/gpu_memory_bytes"] == 400.0
    assert found["system/gpu_power_watts"] == 120.0
    assert "system/gpu_temperature" not in found


def test_the_machines_network_is_told_without_what_stays_on_it(
    folder: RunFolder, trainer: LocalTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters = iter(NETWORK)

    def net_io_counters(pernic: bool) -> dict[str, SimpleNamespace]:
        assert pernic
        return {
            name: SimpleNamespace(bytes_recv=received, bytes_sent=sent)
            for name, (received, sent) in next(counters).items()
        }

    monkeypatch.setattr("psutil.net_io_counters", net_io_counters)
    series = series_of(folder, trainer)
    series.sample(0.0)
    series.sample(2.0)
    second = written(folder)[1]
    assert second["system/machine_network_received_bytes_per_s"] == 100.0
    assert second["system/machine_network_sent_bytes_per_s"] == 20.0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a file that is open")
def test_a_file_that_was_deleted_is_there_again_with_all_samples(
    folder: RunFolder, trainer: LocalTrainer
) -> None:
    series = series_of(folder, trainer)
    series.sample(0.0)
    shutil.rmtree(folder.path)
    series.sample(1.0)
    assert [sample["step"] for sample in written(folder)] == [0, 1]


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux adds a child's traffic to its parent's"
)
def test_the_traffic_of_a_child_that_ended_is_not_counted_again(
    trainer: LocalTrainer, tmp_path: Path
) -> None:
    code = (
        "import os, sys\n"
        f"with open({str(tmp_path / 'big')!r}, 'wb') as file:\n"
        "    file.write(bytes(30_000_000)); file.flush(); os.fsync(file.fileno())\n"
        "print('written', flush=True); sys.stdin.read()\n"
    )
    use = ProcessUse(trainer)
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    use.look(1.0)
    assert child.stdout is not None
    assert child.stdout.readline() == b"written\n"
    during = use.look(1.0)["disk_written_bytes_per_s"]
    child.communicate()
    after = use.look(1.0)["disk_written_bytes_per_s"]
    if during < 30_000_000:
        pytest.skip("this file system's writes are not counted")
    assert after < 10_000_000
