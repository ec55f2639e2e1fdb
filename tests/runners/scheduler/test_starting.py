"""Runs that a scheduler finds when it begins: whatever the last one was doing when it died."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, cast

import pytest

from runners.events import EventReader
from runners.protocol import Request, State
from runners.scheduler.executors.local import (
    LocalTrainer,
    start_trainer,
    trainer_command,
    trainer_environment,
)
from runners.scheduler.scheduler import Scheduler
from runners.scheduler.starting import NotNow, Starter
from storage.records import Evidence, RunRecord
from storage.store import Store
from tests.runners.scheduler.conftest import HURRY, STUBBORN, WAITS_FOR_GO, Bench, alive, until

COUNTS = "for step in range(400):\n    events.log(step, {'loss': step / 2})\n    time.sleep(0.005)\nend()\n"


class DeadScheduler:
    """What a scheduler did before it died at one point or another."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._trainers: list[LocalTrainer] = []

    def announce(self, run: RunRecord) -> None:
        """As far as to say that the run starts."""
        evidence = Evidence(started=run.created, assigned_device="cpu")
        self._bench.store.set_state(run.id, State.STARTING, "", evidence)

    def spawn(self, run: RunRecord) -> LocalTrainer:
        """As far as to start the process, but not to say which."""
        self.announce(run)
        folder = self._bench.folder(run)
        command = trainer_command(run.spec, folder, self._bench.home.datasets, "cpu", resume=False)
        trainer = start_trainer(command, trainer_environment(folder, "cpu", os.environ), folder)
        self._trainers.append(trainer)
        return trainer

    def start(self, run: RunRecord) -> LocalTrainer:
        """As far as to say which process it is."""
        trainer = self.spawn(run)
        evidence = Evidence(pid=trainer.pid, pid_created=trainer.created)
        self._bench.store.set_state(run.id, State.RUNNING, "", evidence)
        return trainer

    def reap(self) -> None:
        for trainer in self._trainers:
            until(lambda t=trainer: not t.lives(), trainer.kill)  # type: ignore[misc]


@pytest.fixture
def dead(bench: Bench) -> Iterator[DeadScheduler]:
    dead = DeadScheduler(bench)
    yield dead
    dead.reap()


def test_after_kill_9_the_next_scheduler_loses_and_doubles_no_point(bench: Bench) -> None:
    run = bench.queue(COUNTS)
    first = bench.start_process()
    until(lambda: bench.store.series(run.id, "loss").steps.size > 20)
    first.kill()
    first.wait()
    seen = bench.store.series(run.id, "loss").steps.size
    assert seen < 400
    ended = bench.ended(bench.scheduler(), run)
    series = bench.store.series(run.id, "loss")
    assert (ended.state, ended.exit_code) == (State.FINISHED, 0)
    assert series.steps.tolist() == list(range(400))
    assert series.values.tolist() == [step / 2 for step in range(400)]
    assert len(bench.starts(run)) == 1


def test_a_process_whose_pid_was_never_written_is_found(bench: Bench, dead: DeadScheduler) -> None:
    run = bench.queue(WAITS_FOR_GO)
    trainer = dead.spawn(run)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.store.run(run.id).pid == trainer.pid)
    bench.go(run)
    assert bench.ended(scheduler, run).state is State.FINISHED
    assert bench.starts(run) == [trainer.pid]


def test_a_run_that_was_announced_but_not_started_is_started_once(
    bench: Bench, dead: DeadScheduler
) -> None:
    run = bench.queue("end()\n")
    dead.announce(run)
    assert bench.ended(bench.scheduler(), run).state is State.FINISHED
    assert len(bench.starts(run)) == 1


def test_a_run_that_was_announced_and_asked_to_stop_is_not_started(
    bench: Bench, dead: DeadScheduler
) -> None:
    run = bench.queue("end()\n")
    dead.announce(run)
    bench.store.request([run.id], Request.STOP)
    assert bench.ended(bench.scheduler(), run).state is State.STOPPED
    assert bench.starts(run) == []


def test_a_run_that_ended_alone_has_its_own_outcome_and_all_points(
    bench: Bench, dead: DeadScheduler
) -> None:
    run = bench.queue(WAITS_FOR_GO)
    trainer = dead.start(run)
    bench.go(run)
    until(lambda: not trainer.lives())
    ended = bench.ended(bench.scheduler(), run)
    assert (ended.state, ended.exit_code) == (State.FINISHED, 0)
    assert bench.store.series(run.id, "loss").steps.tolist() == [0, 1]


def test_a_run_that_died_alone_is_lost_since_its_last_sign_of_life(
    bench: Bench, dead: DeadScheduler
) -> None:
    run = bench.queue(WAITS_FOR_GO)
    trainer = dead.start(run)
    until(lambda: bool(EventReader(bench.folder(run).events).read()))
    last_sign = bench.folder(run).events.stat().st_mtime_ns // 1000
    os.kill(trainer.pid, signal.SIGKILL)
    until(lambda: not trainer.lives())
    ended = bench.ended(bench.scheduler(), run)
    assert ended.state is State.LOST
    assert "left no outcome" in ended.reason
    assert ended.ended == last_sign
    assert bench.store.series(run.id, "loss").steps.tolist() == [0]


def test_a_foreign_process_with_the_pid_of_a_run_is_left_alone(
    bench: Bench, dead: DeadScheduler
) -> None:
    run, other = bench.queue("end()\n"), bench.queue(WAITS_FOR_GO)
    bystander = dead.spawn(other)
    evidence = Evidence(started=1, assigned_device="cpu", pid=bystander.pid, pid_created=1.0)
    bench.store.set_state(run.id, State.RUNNING, "", evidence)
    bench.store.request([run.id], Request.KILL)
    scheduler = bench.scheduler()
    bench.ended(scheduler, run)
    assert bystander.lives()
    bench.go(other)
    assert bench.ended(scheduler, other).state is State.FINISHED


def test_a_trainer_that_was_taken_over_can_be_stopped_and_killed(
    bench: Bench, dead: DeadScheduler
) -> None:
    run = bench.queue(STUBBORN)
    trainer = dead.start(run)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.store.series(run.id, "loss").steps.size == 1)
    bench.store.request([run.id], Request.STOP)
    ended = bench.ended(scheduler, run)
    assert (ended.state, ended.reason) == (
        State.KILLED,
        "killed by the user: it did not stop in time",
    )
    assert not alive(trainer.pid)


def test_a_run_that_was_taken_over_keeps_its_lane(bench: Bench, dead: DeadScheduler) -> None:
    first, second = bench.queue(WAITS_FOR_GO), bench.queue("end()\n")
    dead.start(first)
    scheduler = bench.scheduler()
    bench.drive(scheduler, lambda: bench.store.series(first.id, "loss").steps.size == 1)
    assert bench.starts(second) == []
    bench.go(first)
    done, after = bench.ended(scheduler, first), bench.ended(scheduler, second)
    assert done.ended is not None
    assert after.started is not None
    assert done.ended <= after.started


def test_a_run_whose_folder_is_gone_is_lost_and_the_others_are_not(
    bench: Bench, dead: DeadScheduler
) -> None:
    robbed, other = bench.queue("end()\n"), bench.queue(WAITS_FOR_GO)
    bench.store.set_state(robbed.id, State.RUNNING, "", Evidence(pid=1, pid_created=1.0))
    dead.start(other)
    shutil.rmtree(bench.folder(robbed).path)
    scheduler = bench.scheduler()
    ended = bench.ended(scheduler, robbed)
    assert ended.state is State.LOST
    assert "its folder was deleted" in ended.reason
    bench.go(other)
    assert bench.ended(scheduler, other).state is State.FINISHED


# -- a death at every moment ------------------------------------------------------------------------------
class Died(BaseException):
    """The end of a scheduler: nothing may catch it."""


class MortalStore:
    """A store that lets its user write so often, and then no more."""

    def __init__(self, store: Store, writes: int) -> None:
        self._store = store
        self._left = writes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        writes = ("set_", "take", "append", "add_", "note", "request", "beat")
        return self._mortal(found) if name.startswith(writes) else found

    def _mortal(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            result = write(*arguments, **named)
            self._left -= 1
            if self._left == 0:
                raise Died
            return result

        return call


GOES_ON = """\
assert not folder.outcome.exists() and not folder.environment.exists() and not folder.control.exists()
folder.heartbeat.touch()
if '--resume' in sys.argv:
    events.log(1, {'loss': 0.5})
    end()
events.log(0, {'loss': 1.0})
folder.environment.write_text('{}')
end(State.STOPPED, 'stopped by the user')
"""


def resumed(bench: Bench) -> RunRecord:
    run = bench.queue(GOES_ON)
    bench.ended(bench.scheduler(), run)
    bench.folder(run).control.write_text("stop")
    return bench.store.resume_run(run.id)


@pytest.mark.usefixtures("reaped")
@pytest.mark.parametrize("attempt", [1, 2])
def test_a_scheduler_may_die_after_each_write_and_the_run_is_started_once(
    bench: Bench, attempt: int
) -> None:
    for writes in count(1):
        run = bench.queue("folder.heartbeat.touch()\nend()\n") if attempt == 1 else resumed(bench)
        store = cast("Store", MortalStore(bench.store, writes))
        mortal = Scheduler(bench.home, store, bench.lock, patience=HURRY)
        try:
            bench.ended(mortal, run)
            died = False
        except Died:
            died = True
        ended = bench.ended(bench.scheduler(), run)
        assert (ended.state, ended.reason) == (State.FINISHED, "done")
        assert len(bench.starts(run)) == attempt
        if not died:
            assert writes > 4
            return


def test_a_run_goes_on_in_its_folder_and_its_last_outcome_is_put_aside(bench: Bench) -> None:
    run = resumed(bench)
    ended = bench.ended(bench.scheduler(), run)
    assert (ended.state, ended.attempt) == (State.FINISHED, 2)
    assert bench.store.series(run.id, "loss").steps.tolist() == [0, 1]
    assert "stopped" in (bench.folder(run).path / "outcome-1.json").read_text()


def test_a_resumed_run_that_was_announced_but_not_started_is_started(
    bench: Bench, dead: DeadScheduler
) -> None:
    run = resumed(bench)
    for path in (bench.folder(run).outcome, bench.folder(run).heartbeat):
        path.unlink()
    bench.folder(run).environment.unlink()
    bench.folder(run).control.unlink()
    dead.announce(run)
    assert bench.ended(bench.scheduler(), run).state is State.FINISHED
    assert len(bench.starts(run)) == 2


def test_a_resumed_run_waits_for_what_its_last_attempt_left_behind(bench: Bench) -> None:
    run = resumed(bench)
    variables = trainer_environment(bench.folder(run), "cpu", os.environ)
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    with subprocess.Popen(sleeper, env=variables, start_new_session=True) as left:
        starter = Starter(bench.home, bench.store, HURRY, lambda _: None)
        with pytest.raises(NotNow, match=f"left behind .process {left.pid}."):
            starter.start(run, "cpu")
        assert left.wait(60) == -signal.SIGKILL
    assert bench.state(run) is State.QUEUED
    assert bench.ended(bench.scheduler(), run).state is State.FINISHED


# -- what people ask while a run leaves the queue ------------------------------------------------------------
def hold(bench: Bench, run: RunRecord) -> None:
    bench.store.set_queue_options([run.id], held=True)


def trash(bench: Bench, run: RunRecord) -> None:
    bench.store.trash([run.id])


@pytest.mark.parametrize("act", [hold, trash])
def test_a_run_that_is_taken_back_while_it_leaves_the_queue_stays_there(
    bench: Bench, act: Callable[[Bench, RunRecord], None]
) -> None:
    run = bench.queue("end()\n")
    act(bench, run)
    starter = Starter(bench.home, bench.store, HURRY, lambda _: None)
    with pytest.raises(NotNow):
        starter.start(run, "cpu")
    assert bench.state(run) is State.QUEUED
    assert bench.starts(run) == []


def test_a_run_that_is_asked_to_stop_while_it_leaves_the_queue_is_not_started(bench: Bench) -> None:
    run = bench.queue("end()\n")
    bench.store.request([run.id], Request.STOP)
    assert Starter(bench.home, bench.store, HURRY, lambda _: None).start(run, "cpu") is None
    assert bench.state(run) is State.STOPPED
    assert bench.starts(run) == []
