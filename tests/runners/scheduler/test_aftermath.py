"""What a trainer leaves behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runners.devices import Device
from runners.protocol import RunFolder
from runners.scheduler.aftermath import CHECKED, PATIENCE_S, Aftermath
from runners.scheduler.executors.local import LocalTrainer, gone_trainer

LONG_GONE = 4_100_000


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process of somebody else."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as child:
        yield child
        child.kill()


def gpu(*pids: int) -> Callable[[str], Device]:
    return lambda device: Device(device, "GPU", 80_000_000_000, 1_200_000_000, 0.0, processes=pids)


def test_a_cpu_run_that_left_nothing_is_settled_at_once(tmp_path: Path) -> None:
    aftermath = Aftermath(gone_trainer(RunFolder(tmp_path)), "cpu", gpu(1))
    assert aftermath.settled(0.0)
    assert aftermath.findings() == f"{CHECKED}no process is left"


def test_a_gpu_that_lists_none_of_its_processes_is_free_of_it(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    aftermath = Aftermath(gone_trainer(RunFolder(tmp_path)), "cuda:0", gpu(sleeper.pid))
    assert aftermath.settled(0.0)
    assert aftermath.findings() == (
        f"{CHECKED}no process is left; cuda:0 lists none of its processes, 1.2 of its 80.0 GB are in use"
    )


def test_a_gpu_that_still_lists_it_is_waited_for_and_in_the_end_told(tmp_path: Path) -> None:
    trainer = LocalTrainer(RunFolder(tmp_path), LONG_GONE, 0.0)
    aftermath = Aftermath(trainer, "cuda:0", gpu(LONG_GONE))
    assert not aftermath.settled(0.0)
    assert not aftermath.settled(PATIENCE_S / 2)
    assert aftermath.settled(PATIENCE_S)
    assert aftermath.findings().endswith(f"; cuda:0 still lists process {LONG_GONE}")


def test_a_number_that_went_to_another_program_is_not_the_runs(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    trainer = gone_trainer(RunFolder(tmp_path))
    trainer.seen_pids.add(sleeper.pid)
    assert Aftermath(trainer, "cuda:0", gpu(sleeper.pid)).settled(0.0)
    assert sleeper.poll() is None
