"""Runs under the real scheduler whose trainers do what they should not: each is ended, and told truthfully."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator

import psutil
import pytest

from runners.protocol import Request, State
from runners.scheduler.executors.local import LocalTrainer, start_trainer, trainer_environment
from runners.scheduler.scheduler import Scheduler
from runners.scheduler.stop_ladder import Patience, Rung
from storage.records import Evidence, RunRecord
from tests.runners.scheduler.conftest import HURRY, STUBBORN, Bench, alive, until

NEVER = Patience(asked_s=1e6, terminated_s=1e6)

LISTENS = """\
folder.heartbeat.touch()
events.log(0, {'loss': 1.0})
was = None
while (asked := folder.read_request()) is not Request.STOP:
    if asked is not was:
        events.progress(Progress('paused' if asked else 'training'))
        was = asked
    time.sleep(0.01)
end(State.STOPPED, 'stopped by the user')
"""
IMPORTS = """\
signal.signal(signal.SIGTERM, lambda *_: None)
import importlib.util
(folder.path / 'slow.py').write_text("import time\\nopen('importing', 'w').close()\\ntime.sleep(600)\\n")
importlib.util.spec_from_file_location('slow', folder.path / 'slow.py').loader.load_module()
"""
COMPILES = """\
signal.signal(signal.SIGTERM, lambda *_: None)
events.log(0, {'loss': 1.0})
import ctypes
(folder.path / 'compiling').touch()
while True:
    ctypes.PyDLL(None).sleep(600)  # C code that keeps the interpreter's lock
"""
PROGENY = """\
import textwrap
grandchild = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
child = textwrap.dedent(f'''
    import signal, subprocess, sys, time
    signal.signal(15, signal.SIG_IGN)
    for own_session in (False, True):
        print(subprocess.Popen([sys.executable, '-c', {grandchild!r}], start_new_session=own_session).pid, flush=True)
    time.sleep(600)
''')
workers = subprocess.Popen([sys.executable, '-c', child], stdout=subprocess.PIPE, text=True)
pids = [str(workers.pid), workers.stdout.readline().strip(), workers.stdout.readline().strip()]
(folder.path / 'progeny.new').write_text(' '.join(pids))
(folder.path / 'progeny.new').rename(folder.path / 'progeny')
"""


def begun(bench: Bench, run: RunRecord, patience: Patience = HURRY) -> Scheduler:
    """A scheduler that has brought the run as far as to train."""
    scheduler = bench.scheduler(patience=patience)
    bench.drive(scheduler, lambda: bench.state(run) is State.RUNNING)
    return scheduler


def notes(bench: Bench, run: RunRecord) -> list[str]:
    return [entry.text for entry in bench.store.journal(run.id) if entry.kind == "note"]


# -- pausing ------------------------------------------------------------------------------------------
def test_a_pause_shows_when_the_trainer_says_so_and_can_be_taken_back(bench: Bench) -> None:
    run = bench.queue(LISTENS)
    scheduler = begun(bench, run)
    for asked, state in ((Request.PAUSE, State.PAUSED), (None, State.RUNNING)) * 2:
        bench.store.request([run.id], asked)
        bench.drive(scheduler, lambda state=state: bench.state(run) is state)  # type: ignore[misc]
    bench.store.request([run.id], Request.STOP)
    assert bench.ended(scheduler, run).state is State.STOPPED


def test_a_paused_run_can_be_stopped(bench: Bench) -> None:
    run = bench.queue(LISTENS)
    scheduler = begun(bench, run, NEVER)
    bench.store.request([run.id], Request.PAUSE)
    bench.drive(scheduler, lambda: bench.state(run) is State.PAUSED)
    bench.store.request([run.id], Request.STOP)
    ended = bench.ended(scheduler, run)
    assert (ended.state, ended.reason) == (State.STOPPED, "stopped by the user")
    assert notes(bench, run)[-1] == "checked after its end: no process is left"


def test_a_later_scheduler_finds_a_paused_run_paused_and_lets_it_go_on(bench: Bench) -> None:
    run = bench.queue(LISTENS)
    first = begun(bench, run)
    bench.store.request([run.id], Request.PAUSE)
    bench.drive(first, lambda: bench.state(run) is State.PAUSED)
    second = bench.scheduler()
    for _ in range(3):
        second.tick()
    assert bench.state(run) is State.PAUSED
    bench.store.request([run.id], None)
    bench.drive(second, lambda: bench.state(run) is State.RUNNING)
    bench.store.request([run.id], Request.KILL)
    bench.ended(second, run)
    first.tick()  # so that it does not leave a child unawaited


# -- stopping -----------------------------------------------------------------------------------------
def test_each_rung_of_a_stop_shows_with_the_moment_of_the_next(bench: Bench) -> None:
    run = bench.queue(STUBBORN)
    scheduler = begun(bench, run, Patience(asked_s=0.5, terminated_s=0.5))
    bench.store.request([run.id], Request.STOP)
    seen: dict[str, bool] = {}

    def look() -> bool:
        now = bench.store.run(run.id)
        if now.state is State.STOPPING:
            seen[now.reason] = now.deadline is not None
        return now.state.final

    bench.drive(scheduler, look)
    assert seen == {Rung.ASKED: True, Rung.TERMINATED: True, Rung.KILLED: False}
    assert bench.state(run) is State.KILLED


@pytest.mark.parametrize("asked", [Request.STOP, Request.KILL])
@pytest.mark.parametrize(
    ("body", "sign"),
    [(IMPORTS, "importing"), (COMPILES, "compiling"), (PROGENY + STUBBORN, "progeny")],
    ids=["imports its framework", "compiles", "ignores signals and has workers"],
)
def test_a_trainer_that_cannot_listen_is_ended_with_all_it_started(
    bench: Bench, body: str, sign: str, asked: Request
) -> None:
    run = bench.queue(body)
    scheduler = bench.scheduler()
    made = bench.folder(run).path / sign
    bench.drive(scheduler, made.exists)
    bench.store.request([run.id], asked)
    ended = bench.ended(scheduler, run)
    assert (ended.state, ended.exit_code) == (State.KILLED, -signal.SIGKILL)
    workers = [int(word) for word in made.read_text().split()] if sign == "progeny" else []
    assert not [pid for pid in (*bench.starts(run), *workers) if alive(pid)]
    assert notes(bench, run)[-1] == "checked after its end: no process is left"


def test_a_suspended_trainer_that_is_asked_to_stop_is_woken_and_stops_by_itself(
    bench: Bench,
) -> None:
    run = bench.queue(LISTENS)
    scheduler = begun(bench, run, NEVER)
    os.kill(bench.starts(run)[0], signal.SIGSTOP)
    bench.store.request([run.id], Request.STOP)
    assert bench.ended(scheduler, run).state is State.STOPPED


def test_a_trainer_that_is_suspended_again_after_it_was_asked_is_woken_by_the_next_rung(
    bench: Bench,
) -> None:
    run = bench.queue("events.log(0, {'loss': 1.0})\nwait_for('go')\n")
    scheduler = begun(bench, run, Patience(asked_s=1.0, terminated_s=1e6))
    bench.store.request([run.id], Request.STOP)
    bench.drive(scheduler, lambda: bench.state(run) is State.STOPPING)
    os.kill(bench.starts(run)[0], signal.SIGSTOP)
    ended = bench.ended(scheduler, run)
    assert (ended.state, ended.exit_code) == (State.KILLED, -signal.SIGTERM)


def test_a_suspended_trainer_can_be_killed(bench: Bench) -> None:
    run = bench.queue(STUBBORN)
    scheduler = begun(bench, run, NEVER)
    os.kill(bench.starts(run)[0], signal.SIGSTOP)
    bench.store.request([run.id], Request.KILL)
    assert bench.ended(scheduler, run).state is State.KILLED


def test_stopping_twice_does_not_start_the_countdown_anew(bench: Bench) -> None:
    run = bench.queue(STUBBORN)
    scheduler = begun(bench, run, NEVER)
    bench.store.request([run.id], Request.STOP)
    bench.drive(scheduler, lambda: bench.state(run) is State.STOPPING)
    deadline = bench.store.run(run.id).deadline
    bench.store.request([run.id], Request.STOP)
    for _ in range(5):
        scheduler.tick()
    assert bench.store.run(run.id).deadline == deadline
    bench.store.request([run.id], Request.KILL)
    bench.ended(scheduler, run)


def test_a_trainer_that_hangs_after_its_outcome_is_ended_and_keeps_the_outcome(
    bench: Bench,
) -> None:
    run = bench.queue(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "events.log(0, {'loss': 1.0})\n"
        "folder.write_outcome(Outcome(State.FINISHED, 'done', 0, time.time_ns() // 1000))\n"
        "time.sleep(600)\n"
    )
    patience = Patience(asked_s=1e6, terminated_s=0.2, ended_s=0.2)
    ended = bench.ended(bench.scheduler(patience=patience), run)
    assert ended.state is State.FINISHED
    assert ended.reason == "done (afterwards its process ended by signal 9 (SIGKILL))"
    assert not alive(bench.starts(run)[0])


# -- a scheduler that dies in the middle ------------------------------------------------------------------
@pytest.fixture
def orphan(bench: Bench) -> Iterator[tuple[RunRecord, LocalTrainer]]:
    """A stubborn trainer whose scheduler died."""
    run = bench.queue(STUBBORN)
    folder = bench.folder(run)
    evidence = Evidence(started=run.created, assigned_device="cpu")
    bench.store.set_state(run.id, State.STARTING, "", evidence)
    command = [run.spec.interpreter, "-m", "runners.train", str(folder.path)]
    trainer = start_trainer(command, trainer_environment(folder, "cpu", os.environ), folder)
    bench.store.set_state(
        run.id, State.RUNNING, "", Evidence(pid=trainer.pid, pid_created=trainer.created)
    )
    bench.store.request([run.id], Request.STOP)
    yield run, trainer
    until(lambda: not trainer.lives(), trainer.kill)


@pytest.mark.parametrize(("rung", "left_s"), [(Rung.ASKED, -1.0), (Rung.TERMINATED, -1.0)])
def test_the_next_scheduler_goes_on_from_the_rung_whose_time_is_over(
    bench: Bench, orphan: tuple[RunRecord, LocalTrainer], rung: Rung, left_s: float
) -> None:
    run, _ = orphan
    deadline = run.created + round(left_s * 1e6)
    bench.store.set_state(run.id, State.STOPPING, rung, Evidence(deadline=deadline))
    scheduler = bench.scheduler(patience=Patience(asked_s=1e6, terminated_s=0.2))
    ended = bench.ended(scheduler, run)  # it did not wait for the patience of the first rung again
    assert (ended.state, ended.reason) == (
        State.KILLED,
        "killed by the user: it did not stop in time",
    )


def test_a_trainer_that_died_of_a_dead_schedulers_signal_was_killed_by_the_user(
    bench: Bench, orphan: tuple[RunRecord, LocalTrainer]
) -> None:
    run, trainer = orphan
    bench.store.set_state(run.id, State.STOPPING, Rung.TERMINATED, Evidence(deadline=run.created))
    until(lambda: not trainer.lives(), trainer.kill)
    ended = bench.ended(bench.scheduler(), run)
    assert (ended.state, ended.reason) == (
        State.KILLED,
        "killed by the user: it did not stop in time",
    )
    assert ended.exit_code is None


def test_the_check_after_the_end_is_recorded_once(
    bench: Bench, orphan: tuple[RunRecord, LocalTrainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, trainer = orphan
    bench.store.set_state(run.id, State.STOPPING, Rung.KILLED)
    until(lambda: not trainer.lives(), trainer.kill)
    set_state = bench.store.set_state
    monkeypatch.setattr(bench.store, "set_state", lambda *_: (_ for _ in ()).throw(OSError("no")))
    first = bench.scheduler()
    bench.drive(first, lambda: len(notes(bench, run)) == 2)  # it could not write the final state
    monkeypatch.setattr(bench.store, "set_state", set_state)
    assert bench.ended(bench.scheduler(), run).state is State.KILLED
    assert [text for text in notes(bench, run) if text.startswith("checked")] == [
        "checked after its end: no process is left"
    ]


def test_a_trainer_that_a_later_scheduler_sees_die_is_lost_with_all_that_is_known(
    bench: Bench,
) -> None:
    run = bench.queue(LISTENS)
    first = begun(bench, run)
    second = bench.scheduler()
    for _ in range(3):
        second.tick()
    os.kill(bench.starts(run)[0], signal.SIGKILL)
    os.waitpid(bench.starts(run)[0], 0)  # so that nobody sees how it ended
    ended = bench.ended(second, run)
    assert ended.state is State.LOST
    assert "its process is gone and left no outcome" in ended.reason
    assert "last sign of life" in ended.reason
    first.tick()


# -- signs of life, and folders ------------------------------------------------------------------------
def test_a_suspended_trainer_is_stalled_and_not_dead_until_it_beats_again(bench: Bench) -> None:
    run = bench.queue(
        "while True:\n"
        "    folder.heartbeat.touch()\n"
        "    events.log(0, {'loss': 1.0})\n"
        "    time.sleep(0.2)\n"
    )
    scheduler = begun(bench, run)
    process = psutil.Process(bench.starts(run)[0])
    process.suspend()
    bench.drive(scheduler, lambda: bench.store.run(run.id).stalled is not None)
    stalled = bench.store.run(run.id)
    assert (stalled.state, stalled.stalled) == (State.RUNNING, stalled.heartbeat)
    assert notes(bench, run) == ["shows no sign of life; it was suspended from outside"]
    process.resume()
    bench.drive(scheduler, lambda: bench.store.run(run.id).stalled is None)
    bench.store.request([run.id], Request.KILL)
    bench.ended(scheduler, run)


def test_a_run_whose_folder_never_came_back_ends_and_says_so(bench: Bench) -> None:
    run = bench.queue(
        "events.log(0, {'loss': 1.0})\nwhile folder.path.exists(): time.sleep(0.01)\n"
    )
    scheduler = begun(bench, run)
    shutil.rmtree(bench.folder(run).path)
    ended = bench.ended(scheduler, run)
    assert ended.state is State.FAILED
    assert "its folder was deleted" in ended.reason
