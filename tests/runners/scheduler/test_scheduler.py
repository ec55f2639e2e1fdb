"""The real scheduler over a real store and real children."""

from __future__ import annotations

import math
import os
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from runners.protocol import Request, State
from runners.scheduler.stop_ladder import Patience
from storage.journal import read_file
from tests.runners.scheduler.conftest import STUBBORN, WAITS_FOR_GO, Bench, alive

NEVER = Patience(asked_s=1e6, terminated_s=1e6)


# -- following ----------------------------------------------------------------------------------------
def test_a_queued_run_is_started_followed_and_finished_with_every_point(bench: Bench) -> None:
    run = bench.queue(
        "events.progress(Progress('training', 0, 3))\n"
        "for step, value in enumerate([1.5, float('nan'), float('inf')]):\n"
        "    events.log(step, {'loss': value})\n"
        "events.progress(Progress('testing', 3, 3))\n"
        "end()\n"
    )
    ended = bench.ended(bench.scheduler(), run)
    assert (ended.state, ended.reason, ended.exit_code) == (State.FINISHED, "done", 0)
    assert (ended.progress.phase, ended.progress.step) == ("testing", 3)
    assert ended.assigned_device == "cpu"
    assert ended.started is not None
    assert ended.ended is not None
    assert ended.ended >= ended.started
    series = bench.store.series(run.id, "loss")
    assert series.steps.tolist() == [0, 1, 2]
    assert series.values[0] == 1.5
    assert math.isnan(series.values[1])
    assert series.values[2] == math.inf


def test_a_run_is_running_with_its_first_point(bench: Bench) -> None:
    run = bench.queue(WAITS_FOR_GO)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.state(run) is State.RUNNING)
    assert bench.store.run(run.id).pid == bench.starts(run)[0]
    bench.go(run)
    assert bench.ended(scheduler, run).state is State.FINISHED
    assert bench.store.series(run.id, "loss").values.tolist() == [1.0, 0.5]


def test_artifacts_and_the_environment_reach_the_store(bench: Bench) -> None:
    run = bench.queue(
        "from runners.protocol import Artifact, ArtifactKind\n"
        "folder.environment.write_text(json.dumps({'packages': {'torch': '9.9'}}))\n"
        "events.artifact(Artifact('confusion', ArtifactKind.CONFUSION_MATRIX, 'artifacts/c.json'))\n"
        "end()\n"
    )
    ended = bench.ended(bench.scheduler(), run)
    assert [item.artifact.path for item in bench.store.artifacts(run.id)] == ["artifacts/c.json"]
    assert ended.environment["packages"] == {"torch": "9.9"}
    assert ended.environment["interpreter"] == run.spec.interpreter
    assert ended.environment["command"][1:3] == ["-m", "runners.train"]
    told = [entry.text for entry in bench.store.journal(run.id)]
    assert told.count("environment recorded") == 1


def test_what_a_trainer_ran_in_is_known_even_if_it_did_not_come_to_tell(bench: Bench) -> None:
    run = bench.queue("os._exit(3)\n")
    ended = bench.ended(bench.scheduler(), run)
    assert ended.state is State.FAILED
    assert ended.environment["interpreter"] == run.spec.interpreter


def test_a_scheduler_completes_the_journals_that_the_one_before_had_no_time_for(
    bench: Bench,
) -> None:
    run = bench.queue("end()\n")
    bench.ended(bench.scheduler(), run)
    path = bench.folder(run).journal
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: read_file(path)[0] == bench.store.journal(run.id))


def test_a_run_is_measured_from_outside(bench: Bench) -> None:
    run = bench.queue(WAITS_FOR_GO)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: "system/cpu_percent" in bench.store.metrics(run.id))
    memory = bench.store.series(run.id, "system/memory_bytes")
    assert memory.values[0] > 1e6
    assert memory.steps[0] >= 0
    bench.go(run)
    bench.ended(scheduler, run)


def test_damaged_records_are_skipped_and_told(bench: Bench) -> None:
    run = bench.queue(
        "events.log(0, {'loss': 1.0})\n"
        "with open(folder.events, 'ab') as file: file.write(b'rubbish')\n"
        "events.log(1, {'loss': 2.0})\n"
        "with open(folder.events, 'ab') as file: file.write(b'torn')\n"
        "end()\n"
    )
    bench.ended(bench.scheduler(), run)
    assert bench.store.series(run.id, "loss").steps.tolist() == [0, 1]
    texts = [message.text for message in bench.store.messages() if message.run_id == run.id]
    assert sum(int(text.split()[0]) for text in texts) == len(b"rubbish") + len(b"torn")


def test_a_trainer_sees_its_own_device_only(bench: Bench) -> None:
    names = ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "TF_FORCE_GPU_ALLOW_GROWTH")
    run = bench.queue(f"print([os.environ[name] for name in {names}])\nend()\n")
    bench.ended(bench.scheduler(), run)
    assert bench.folder(run).log.read_text() == "['-1', 'PCI_BUS_ID', 'true']\n"


# -- queue ----------------------------------------------------------------------------------------------
def test_runs_start_one_after_the_other_in_the_order_of_the_queue(bench: Bench) -> None:
    first, second, third = (bench.queue("end()\n") for _ in range(3))
    bench.store.move_in_queue(third.id, before=first.id)
    scheduler = bench.scheduler()
    done = [bench.ended(scheduler, run) for run in (third, first, second)]
    for earlier, later in pairwise(done):
        assert earlier.ended is not None
        assert later.started is not None
        assert earlier.ended <= later.started


def test_two_lanes_run_two_at_once(bench: Bench) -> None:
    bench.store.set_setting("cpu_lanes", 2)
    runs = [bench.queue(WAITS_FOR_GO) for _ in range(2)]
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: all(bench.state(run) is State.RUNNING for run in runs))
    for run in runs:
        bench.go(run)
        bench.ended(scheduler, run)


@pytest.mark.parametrize("request_", [Request.STOP, Request.KILL])
def test_a_queued_run_that_is_asked_to_stop_leaves_the_queue(
    bench: Bench, request_: Request
) -> None:
    running, waiting = bench.queue(WAITS_FOR_GO), bench.queue("end()\n")
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.state(running) is State.RUNNING)
    bench.store.request([waiting.id], request_)
    ended = bench.ended(scheduler, waiting)
    assert (ended.state, ended.reason) == (State.STOPPED, "removed from the queue")
    assert bench.starts(waiting) == []
    assert ended.started is None
    bench.go(running)
    bench.ended(scheduler, running)


def test_a_run_for_a_gpu_that_is_not_there_waits_saying_so_and_the_next_one_starts(
    bench: Bench,
) -> None:
    lost, next_one = bench.queue("end()\n", device="cuda:99"), bench.queue("end()\n")
    scheduler = bench.scheduler()
    assert bench.ended(scheduler, next_one).state is State.FINISHED
    bench.drive(scheduler, lambda: bool(bench.store.run(lost.id).reason))
    waiting = bench.store.run(lost.id)
    assert waiting.state is State.QUEUED
    assert waiting.reason.startswith("this machine has no cuda:99 for PyTorch; it has ")


def test_a_run_of_higher_priority_starts_first(bench: Bench) -> None:
    first, urgent = bench.queue("end()\n"), bench.queue("end()\n")
    bench.store.set_queue_options([urgent.id], priority=1)
    scheduler = bench.scheduler()
    done = [bench.ended(scheduler, run) for run in (urgent, first)]
    assert done[0].ended is not None
    assert done[1].started is not None
    assert done[0].ended <= done[1].started


def test_a_waiting_run_says_what_it_waits_for_and_is_written_only_when_that_changes(
    bench: Bench,
) -> None:
    running, waiting = bench.queue(WAITS_FOR_GO), bench.queue("end()\n")
    scheduler = bench.scheduler()
    reason = f"waits for the CPU: run {running.id} ({running.name}) trains there"
    bench.drive(scheduler, lambda: bench.store.run(waiting.id).reason == reason)
    revision = bench.store.run(waiting.id).revision
    for _ in range(3):  # the queue is looked at as often as the scheduler reports
        bench.drive_to_the_next_beat(scheduler)
    assert bench.store.run(waiting.id).revision == revision
    bench.go(running)
    ended = bench.ended(scheduler, waiting)
    assert (ended.state, ended.reason) == (State.FINISHED, "done")


def test_a_queued_run_that_is_asked_to_pause_is_held_and_can_be_released(bench: Bench) -> None:
    run = bench.queue("end()\n")
    bench.store.request([run.id], Request.PAUSE)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.store.run(run.id).reason == "held")
    held = bench.store.run(run.id)
    assert (held.state, held.options.held, held.request) == (State.QUEUED, True, None)
    bench.store.set_queue_options([run.id], held=False)
    assert bench.ended(scheduler, run).state is State.FINISHED


def test_nothing_leaves_a_held_queue_until_it_is_released(bench: Bench) -> None:
    bench.store.set_setting("queue.held", True)
    run = bench.queue("end()\n")
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.store.run(run.id).reason == "the queue is held")
    bench.store.set_setting("queue.held", False)
    assert bench.ended(scheduler, run).state is State.FINISHED


def test_a_run_alone_has_no_company(bench: Bench) -> None:
    bench.store.set_setting("cpu_lanes", 3)
    before, lonely, after = (
        bench.queue(WAITS_FOR_GO),
        bench.queue(WAITS_FOR_GO),
        bench.queue("end()\n"),
    )
    bench.store.set_queue_options([lonely.id], alone=True)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: "run alone" in bench.store.run(after.id).reason)
    assert [bench.state(run) for run in (lonely, after)] == [State.QUEUED] * 2
    bench.go(before)
    bench.drive(scheduler, lambda: bench.state(lonely) is State.RUNNING)
    assert bench.state(before) is State.FINISHED
    assert bench.state(after) is State.QUEUED
    bench.go(lonely)
    assert bench.ended(scheduler, after).state is State.FINISHED


@pytest.mark.parametrize("body", ["sys.exit(3)\n", "os.kill(os.getpid(), 9)\n"])
def test_the_queue_is_held_after_a_failure_where_that_is_wanted(bench: Bench, body: str) -> None:
    bench.store.set_setting("queue.after_failure", "hold")
    failing, next_one = bench.queue(body), bench.queue("end()\n")
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.store.run(next_one.id).reason == "the queue is held")
    assert bench.state(failing) in (State.FAILED, State.KILLED)
    [told] = [message for message in bench.store.messages() if "queue is held" in message.text]
    assert told.run_id == failing.id
    assert bench.starts(next_one) == []
    bench.store.set_setting("queue.held", False)
    assert bench.ended(scheduler, next_one).state is State.FINISHED


def test_the_queue_goes_on_after_a_failure_unless_told_otherwise(bench: Bench) -> None:
    failing, next_one = bench.queue("sys.exit(3)\n"), bench.queue("end()\n")
    scheduler = bench.scheduler()
    assert bench.ended(scheduler, failing).state is State.FAILED
    assert bench.ended(scheduler, next_one).state is State.FINISHED


def test_the_queue_is_not_held_after_a_run_that_the_user_killed(bench: Bench) -> None:
    bench.store.set_setting("queue.after_failure", "hold")
    killed, next_one = bench.queue(STUBBORN), bench.queue("end()\n")
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.state(killed) is State.RUNNING)
    bench.store.request([killed.id], Request.KILL)
    assert bench.ended(scheduler, killed).state is State.KILLED
    assert bench.ended(scheduler, next_one).state is State.FINISHED


# -- bad starts -----------------------------------------------------------------------------------------
def test_a_missing_interpreter_fails_the_run_and_is_named(bench: Bench) -> None:
    ended = bench.ended(bench.scheduler(), bench.queue_for("/nowhere/python"))
    assert ended.state is State.FAILED
    assert "/nowhere/python does not exist" in ended.reason


def test_an_interpreter_that_cannot_be_executed_fails_the_run(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no program")
    ended = bench.ended(bench.scheduler(), bench.queue_for(str(tmp_path / "notes.txt")))
    assert ended.state is State.FAILED
    assert "notes.txt could not be started" in ended.reason


def test_a_spec_that_was_damaged_fails_the_run(bench: Bench) -> None:
    run = bench.queue("end()\n")
    bench.folder(run).spec.write_text("{}")
    ended = bench.ended(bench.scheduler(), run)
    assert ended.state is State.FAILED
    assert "spec.json cannot be read" in ended.reason


def test_an_interpreter_without_the_framework_fails_the_run_with_the_modules_name(
    bench: Bench, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    bare.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        "os.execv(sys.executable, [sys.executable, '-S', *sys.argv[1:]])\n"
    )
    bare.chmod(0o755)
    ended = bench.ended(bench.scheduler(), bench.queue_for(str(bare)))
    assert ended.state is State.FAILED
    assert "No module named" in ended.reason or "not installed" in ended.reason


# -- bad ends -------------------------------------------------------------------------------------------
def test_an_exit_without_an_outcome_fails_with_code_and_last_lines(bench: Bench) -> None:
    run = bench.queue("print('the disk')\nprint('is gone')\nsys.exit(3)\n")
    ended = bench.ended(bench.scheduler(), run)
    assert (ended.state, ended.exit_code) == (State.FAILED, 3)
    assert "exit code 3" in ended.reason
    assert "the disk | is gone" in ended.reason
    assert any(message.run_id == run.id for message in bench.store.messages())


def test_a_kill_from_outside_is_told_as_such(bench: Bench) -> None:
    run = bench.queue(WAITS_FOR_GO)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.state(run) is State.RUNNING)
    os.kill(bench.starts(run)[0], signal.SIGKILL)
    ended = bench.ended(scheduler, run)
    assert (ended.state, ended.exit_code) == (State.KILLED, -9)
    assert ended.reason == "killed by signal 9 (SIGKILL) from outside"


# -- stop -------------------------------------------------------------------------------------------------
def test_a_trainer_that_is_asked_to_stop_ends_stopped(bench: Bench) -> None:
    run = bench.queue(
        "events.log(0, {'loss': 1.0})\n"
        "while folder.read_request() is None: time.sleep(0.01)\n"
        "events.log(1, {'loss': 0.9})\n"
        "end(State.STOPPED, 'stopped by the user')\n"
    )
    scheduler = bench.scheduler(patience=NEVER)
    bench.drive(scheduler, lambda: bench.state(run) is State.RUNNING)
    bench.store.request([run.id], Request.STOP)
    ended = bench.ended(scheduler, run)
    assert (ended.state, ended.reason) == (State.STOPPED, "stopped by the user")
    assert bench.store.series(run.id, "loss").steps.tolist() == [0, 1]


def test_a_trainer_that_does_not_listen_is_terminated(bench: Bench) -> None:
    run = bench.queue(WAITS_FOR_GO)
    scheduler = bench.scheduler(patience=Patience(asked_s=0.1, terminated_s=1e6))
    bench.drive(scheduler, lambda: bench.state(run) is State.RUNNING)
    bench.store.request([run.id], Request.STOP)
    bench.drive(scheduler, lambda: bench.state(run) is not State.RUNNING)
    assert bench.state(run) is State.STOPPING
    ended = bench.ended(scheduler, run)
    assert (ended.state, ended.exit_code) == (State.KILLED, -signal.SIGTERM)
    assert ended.reason == "killed by the user: it did not stop in time"


def test_a_trainer_that_ignores_terminate_is_killed(bench: Bench) -> None:
    run = bench.queue(STUBBORN)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.state(run) is State.RUNNING)
    bench.store.request([run.id], Request.STOP)
    ended = bench.ended(scheduler, run)
    assert (ended.state, ended.exit_code) == (State.KILLED, -signal.SIGKILL)
    assert ended.reason == "killed by the user: it did not stop in time"
    assert not alive(bench.starts(run)[0])


def test_a_kill_does_not_wait(bench: Bench) -> None:
    run = bench.queue(STUBBORN)
    scheduler = bench.scheduler(patience=NEVER)
    bench.drive(scheduler, lambda: bench.state(run) is State.RUNNING)
    bench.store.request([run.id], Request.STOP)
    bench.drive(scheduler, lambda: bench.state(run) is State.STOPPING)
    bench.store.request([run.id], Request.KILL)
    ended = bench.ended(scheduler, run)
    assert (ended.state, ended.reason) == (State.KILLED, "killed by the user")


def test_a_run_that_has_not_begun_to_train_can_be_stopped(bench: Bench) -> None:
    run = bench.queue("wait_for('go')\n")
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bool(bench.starts(run)))
    bench.store.request([run.id], Request.STOP)
    assert bench.ended(scheduler, run).state is State.KILLED


GRANDCHILDREN = """\
sleeper = [sys.executable, '-c', 'import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)']
children = [subprocess.Popen(sleeper), subprocess.Popen(sleeper, start_new_session=True)]
orphan = f'import subprocess; print(subprocess.Popen({sleeper!r}, start_new_session=True, stdout=subprocess.DEVNULL).pid)'
found = subprocess.run([sys.executable, '-c', orphan], stdout=subprocess.PIPE)
# a worker that lost the marker, but not its place in the session
children.append(subprocess.Popen(sleeper, env={}))
pids = [child.pid for child in children] + [int(found.stdout)]
(folder.path / 'grandchildren.new').write_text(' '.join(map(str, pids)))
(folder.path / 'grandchildren.new').rename(folder.path / 'grandchildren')
"""


@pytest.mark.parametrize(
    ("rest", "state"),
    [("while True: time.sleep(0.05)\n", State.KILLED), ("os._exit(end_well())\n", State.FINISHED)],
    ids=["stopped", "ended by itself"],
)
def test_no_descendant_outlives_its_run(bench: Bench, rest: str, state: State) -> None:
    end_well = (
        "def end_well():\n"
        "    folder.write_outcome(Outcome(State.FINISHED, '', 0, time.time_ns() // 1000))\n"
        "    return 0\n"
    )
    run = bench.queue(GRANDCHILDREN + end_well + rest)
    listed = bench.folder(run).path / "grandchildren"
    scheduler = bench.scheduler()
    bench.drive(scheduler, listed.exists)
    bench.store.request([run.id], Request.STOP)
    pids = [int(word) for word in listed.read_text().split()]
    assert len(pids) == 4
    assert bench.ended(scheduler, run).state is state
    assert not [pid for pid in pids if alive(pid)]


# -- trouble ----------------------------------------------------------------------------------------------
def test_a_locked_history_delays_points_and_loses_none(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("storage.engine.BUSY_SECONDS", 0.05)
    bench.store.close()
    bench = Bench(bench.home, bench.home.path.parent / "scripts")
    run = bench.queue(WAITS_FOR_GO)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.state(run) is State.RUNNING)
    with closing(sqlite3.connect(bench.home.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        bench.go(run)
        bench.drive(scheduler, lambda: f"run {run.id}: {bench.home.database}" in caplog.text)
        bench.drive(scheduler, bench.folder(run).outcome.exists)
        assert bench.state(run) is State.RUNNING
        other.execute("ROLLBACK")
    assert bench.ended(scheduler, run).state is State.FINISHED
    assert bench.store.series(run.id, "loss").steps.tolist() == [0, 1]
    bench.store.close()


def test_a_run_whose_folder_vanishes_does_not_stop_the_others(bench: Bench) -> None:
    bench.store.set_setting("cpu_lanes", 2)
    robbed, other = bench.queue(WAITS_FOR_GO), bench.queue(WAITS_FOR_GO)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: {bench.state(robbed), bench.state(other)} == {State.RUNNING})
    shutil.rmtree(bench.folder(robbed).path)
    bench.go(other)
    assert bench.ended(scheduler, other).state is State.FINISHED
    bench.store.request([robbed.id], Request.STOP)
    assert bench.ended(scheduler, robbed).state is State.KILLED
