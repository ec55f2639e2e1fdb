"""The kernel's counters of processes that it killed for want of memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runners.protocol import State
from runners.scheduler.memory_kills import RECENT_S, MemoryKills
from tests.runners.scheduler.conftest import Bench

LIMIT = 200_000_000


class Kernel:
    """A machine's files of one process, 7, as far as they are about memory."""

    def __init__(self, path: Path) -> None:
        self.proc, self.cgroups = path / "proc", path / "cgroup"
        (self.proc / "7").mkdir(parents=True)

    def write(self, path: Path, count: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"low 0\noom 5\noom_kill {count}\n")

    def kills(self) -> MemoryKills:
        return MemoryKills(7, proc=self.proc, cgroups=self.cgroups)


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


@pytest.mark.parametrize(
    ("groups", "counter"),
    [
        ("0::/user/app\n", "user/app/memory.events"),
        ("4:memory:/jobs/a\n0::/\n", "memory/jobs/a/memory.oom_control"),
        ("4:cpu,memory:/a\n0::/\n", "cpu,memory/a/memory.oom_control"),
    ],
    ids=["cgroup v2", "cgroup v1", "cgroup v1, mounted with another controller"],
)
def test_the_counter_of_the_own_group_counts_and_not_that_of_the_machine(
    kernel: Kernel, groups: str, counter: str
) -> None:
    (kernel.proc / "7/cgroup").write_text(groups)
    kernel.write(kernel.cgroups / counter, 3)
    kernel.write(kernel.proc / "vmstat", 10)
    kills = kernel.kills()
    kernel.write(kernel.proc / "vmstat", 11)
    assert not kills.lately(0.0)
    kernel.write(kernel.cgroups / counter, 4)
    assert kills.lately(1.0)


def test_without_a_group_that_counts_the_machines_counter_does(kernel: Kernel) -> None:
    (kernel.proc / "7/cgroup").write_text("0::/hidden\n")
    kernel.write(kernel.proc / "vmstat", 10)
    kills = kernel.kills()
    kernel.write(kernel.proc / "vmstat", 11)
    assert kills.lately(0.0)


def test_a_kill_of_long_ago_is_no_evidence(kernel: Kernel) -> None:
    kernel.write(kernel.proc / "vmstat", 10)
    kills = kernel.kills()
    kernel.write(kernel.proc / "vmstat", 11)
    kills.look(0.0)
    assert kills.lately(RECENT_S / 2)
    assert not kills.lately(RECENT_S * 1.5)


def test_where_nothing_counts_there_is_no_evidence(kernel: Kernel) -> None:
    assert not kernel.kills().lately(0.0)
    (kernel.proc / "7/cgroup").write_text("rubbish\n0::/\n")
    (kernel.proc / "vmstat").write_text("oom_kill many\n")
    assert not kernel.kills().lately(0.0)


@pytest.fixture
def small_group() -> Iterator[Path]:
    """A control group that holds little memory."""
    group = Path(f"/sys/fs/cgroup/memory/twinbench-test-{os.getpid()}")
    if sys.platform != "linux" or not Path("/sys/fs/cgroup/memory/tasks").exists():
        pytest.skip("this machine has no cgroup v1 for memory")
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"a control group cannot be made here: {error}")
    try:
        (group / "memory.limit_in_bytes").write_text(str(LIMIT))
        yield group
    finally:
        for pid in (group / "tasks").read_text().split():
            subprocess.run(["kill", "-9", pid], check=False)
        group.rmdir()


HUNGRY = """\
Path({tasks!r}).write_text(str(os.getpid()))
events.log(0, {{'loss': 1.0}})
wait_for('go')
held = []
while True:
    held.append(b'x' * 1_000_000)
"""


def test_a_run_that_the_kernel_kills_for_want_of_memory_failed_of_that(
    bench: Bench, small_group: Path
) -> None:
    run = bench.queue(HUNGRY.format(tasks=str(small_group / "cgroup.procs")))
    scheduler = bench.scheduler()
    memory = "system/memory_bytes"  # a second after its first reading, the counter was looked for anew, too
    bench.drive(scheduler, lambda: len(bench.store.series(run.id, memory).steps) >= 3)
    bench.go(run)
    ended = bench.ended(scheduler, run)
    assert (ended.state, ended.exit_code) == (State.FAILED, -9), ended.reason
    assert ended.reason.startswith("out of memory: the kernel killed it; its processes held")
