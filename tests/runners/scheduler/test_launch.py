"""The scheduler as a process of its own: one per home, there when needed, gone when idle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from runners.protocol import State
from runners.scheduler import launch
from runners.scheduler.launch import (
    LEAVE_SETTING,
    is_silent,
    scheduler_alive,
    start_scheduler,
    stop_scheduler,
)
from storage.home import Home
from storage.store import Store, StoreError
from tests.runners.scheduler.conftest import WAITS_FOR_GO, Bench, until


def test_of_two_schedulers_one_works_and_the_other_leaves_saying_so(bench: Bench) -> None:
    runs = [bench.queue("end()\n") for _ in range(3)]
    both = [bench.start_process("--idle-seconds", "1") for _ in range(2)]
    said = [process.communicate(timeout=240)[0].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted("already works" in text for text in said) == [False, True]
    assert [bench.state(run) for run in runs] == [State.FINISHED] * 3
    assert [len(bench.starts(run)) for run in runs] == [1, 1, 1]


def test_a_scheduler_without_work_leaves_and_is_known_to_be_gone(bench: Bench) -> None:
    process = bench.start_process("--idle-seconds", "0.1")
    assert process.wait(60) == 0
    assert scheduler_alive(bench.store) is None
    assert "leaves" in bench.home.scheduler_log.read_text()


def test_a_scheduler_does_not_leave_before_its_work_is_done(bench: Bench) -> None:
    runs = [bench.queue("time.sleep(0.2)\nend()\n") for _ in range(2)]
    bench.scheduler(idle_s=0.0).run()
    assert [bench.state(run) for run in runs] == [State.FINISHED] * 2
    assert scheduler_alive(bench.store) is None


def test_a_scheduler_that_was_asked_leaves_its_trainers_to_the_next(bench: Bench) -> None:
    run = bench.queue(WAITS_FOR_GO)
    process = bench.start_process()
    until(lambda: bench.state(run) is State.RUNNING)
    alive = scheduler_alive(bench.store)
    assert alive is not None
    assert alive.pid == process.pid
    assert stop_scheduler(bench.store)
    assert process.wait(60) == 0
    assert scheduler_alive(bench.store) is None
    assert not stop_scheduler(bench.store)
    bench.go(run)
    assert bench.ended(bench.scheduler(), run).state is State.FINISHED
    assert len(bench.starts(run)) == 1


def test_a_terminated_scheduler_leaves_its_trainers_going(bench: Bench) -> None:
    run = bench.queue(WAITS_FOR_GO)
    process = bench.start_process()
    until(lambda: bench.state(run) is State.RUNNING)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert psutil.Process(bench.starts(run)[0]).is_running()
    bench.go(run)
    assert bench.ended(bench.scheduler(), run).state is State.FINISHED


def test_a_scheduler_is_started_once_and_does_what_is_queued(bench: Bench) -> None:
    run = bench.queue("end()\n")
    start_scheduler(bench.home)
    until(lambda: scheduler_alive(bench.store) is not None)
    first = scheduler_alive(bench.store)
    start_scheduler(bench.home)
    until(lambda: bench.state(run).final)
    assert bench.state(run) is State.FINISHED
    assert first is not None
    now = scheduler_alive(bench.store)
    assert now is not None
    assert now.pid == first.pid
    stop_scheduler(bench.store)
    until(lambda: not psutil.pid_exists(first.pid) or scheduler_alive(bench.store) is None)


def test_a_request_to_leave_is_for_one_scheduler_only(bench: Bench) -> None:
    bench.store.set_setting(LEAVE_SETTING, [1, 1.0])
    run = bench.queue("end()\n")
    bench.start_process("--idle-seconds", "0.1")
    until(lambda: bench.state(run) is State.FINISHED)


def test_a_foreign_process_is_not_taken_for_the_scheduler(bench: Bench) -> None:
    bench.store.beat(os.getpid(), 1.0, "here")
    assert scheduler_alive(bench.store) is None
    bench.store.beat(os.getpid(), psutil.Process().create_time(), "here")
    assert scheduler_alive(bench.store) is not None


def test_a_live_scheduler_that_is_stuck_is_told_apart_and_can_be_ended(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bench.queue(WAITS_FOR_GO)
    process = bench.start_process()
    until(lambda: bench.state(run) is State.RUNNING)
    record = scheduler_alive(bench.store)
    assert record is not None
    assert not is_silent(record)
    process.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(launch, "SILENT_S", 1.0)

    def silent() -> bool:
        stuck = scheduler_alive(bench.store)
        assert stuck is not None
        return is_silent(stuck)

    until(silent)
    assert stop_scheduler(bench.store)
    assert process.wait(60) == -signal.SIGKILL
    assert scheduler_alive(bench.store) is None
    bench.go(run)
    assert bench.ended(bench.scheduler(), run).state is State.FINISHED


def test_a_scheduler_that_was_killed_is_no_obstacle_to_the_next(bench: Bench) -> None:
    first = bench.start_process()
    until(lambda: scheduler_alive(bench.store) is not None)
    first.kill()
    first.wait()
    assert bench.home.scheduler_lock.exists()
    run = bench.queue("end()\n")
    bench.start_process("--idle-seconds", "0.1")
    until(lambda: bench.state(run) is State.FINISHED)


def test_a_home_that_cannot_be_made_is_told_without_a_traceback(
    bench: Bench, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    command = [sys.executable, "-m", "runners.scheduler", str(tmp_path / "file" / "home")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert done.returncode == 1
    assert done.stderr.startswith("the scheduler cannot work: ")
    assert "Traceback" not in done.stderr


def test_starting_a_scheduler_in_a_damaged_home_raises_a_store_error(bench: Bench) -> None:
    bench.store.close()
    bench.home.database.write_bytes(b"this is no database, whatever its name says" * 50)
    with pytest.raises(StoreError):
        start_scheduler(bench.home)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no zombies on Windows")
def test_a_scheduler_that_was_killed_does_not_stay_a_zombie_of_the_one_who_started_it(
    home_path: Path,
) -> None:
    home = Home(home_path)
    start_scheduler(home)
    store = Store.open(home)
    until(lambda: scheduler_alive(store) is not None)
    record = scheduler_alive(store)
    assert record is not None
    psutil.Process(record.pid).kill()
    until(lambda: scheduler_alive(store) is None and not psutil.pid_exists(record.pid))
    store.close()
