"""From evidence to the final state."""

from __future__ import annotations

import signal
import sys

import pytest

from runners.protocol import Outcome, Request, State
from runners.scheduler.verdict import Ending, verdict

DAY = 86_400_000_000
HELD = "its processes held 3.0 GB"


def outcome(state: State, reason: str = "", exit_code: int = 0, error_type: str = "") -> Outcome:
    return Outcome(state, reason, exit_code, ended=1, error_type=error_type)


@pytest.mark.parametrize(
    ("ending", "state", "words"),
    [
        (Ending(0, outcome(State.FINISHED)), State.FINISHED, ""),
        (Ending(0, outcome(State.STOPPED, "asked to")), State.STOPPED, "asked to"),
        (Ending(1, outcome(State.FAILED, "no memory", 1)), State.FAILED, "no memory"),
        (Ending(None, outcome(State.FINISHED)), State.FINISHED, ""),
        (Ending(3, None, log_tail="boom"), State.FAILED, "exit code 3 and without an outcome. Last lines of its log: boom"),
        (Ending(0, None), State.FAILED, "exit code 0 and without an outcome"),
        (Ending(None, None), State.LOST, "left no outcome"),
        (Ending(None, None, log_tail="epoch 1 | epoch 2"), State.LOST, "(it never gave a sign of life). Last line of its log: epoch 2"),
        (Ending(None, None, log_tail="x" * 101), State.LOST, f" of its log: {'x' * 99}…"),
        (Ending(None, None, last_sign=1_000_000), State.LOST, "1970-01-01 00:00:01 UTC"),
        (Ending(None, None, Request.STOP), State.LOST, "left no outcome"),
        (Ending(None, None, Request.KILL), State.KILLED, "killed by the user"),
        (Ending(1, None, Request.STOP, forced=True), State.KILLED, "killed by the user: it did not stop in time"),
        (Ending(1, None, Request.KILL, forced=True), State.KILLED, "killed by the user"),
        (Ending(0, outcome(State.RUNNING)), State.FAILED, "its outcome says running"),
        (Ending(1, outcome(State.FAILED, "no such axis", 1, "IndexError")), State.FAILED, "IndexError: no such axis"),
        (Ending(1, outcome(State.FAILED, "IndexError: no such axis", 1, "IndexError")), State.FAILED, "IndexError: no such axis"),
        (Ending(1, outcome(State.FAILED, "a worker was killed", 1), memory_kill=HELD), State.FAILED, "a worker was killed (shortly before, the kernel killed a process for want of memory)"),
        (Ending(137, outcome(State.KILLED, "by signal 9", 137), memory_kill=HELD), State.FAILED, f"out of memory: the kernel killed it; {HELD}"),
        (Ending(-9, None, memory_kill=HELD), State.FAILED, f"out of memory: the kernel killed it; {HELD}"),
        (Ending(None, None, memory_kill=HELD), State.FAILED, f"out of memory: the kernel killed it; {HELD}"),
        (Ending(-9, None, Request.KILL, forced=True, memory_kill=HELD), State.KILLED, "killed by the user"),
        (Ending(1, None, memory_kill=HELD), State.FAILED, "exit code 1 and without an outcome"),
        (Ending(None, None, last_sign=DAY, watched=True), State.LOST, "the scheduler that started it, and could see its exit code, is gone, too (last sign of life 1970-01-02 00:00:00 UTC)"),
        (Ending(None, None, last_sign=DAY, watched=False), State.LOST, "no scheduler saw how it ended (last sign of life 1970-01-02 00:00:00 UTC)"),
        (Ending(None, None, watched=False), State.LOST, "it never gave a sign of life"),
        (Ending(None, None, last_sign=DAY, booted=2 * DAY, watched=False), State.LOST, "the machine was started anew at 1970-01-03 00:00:00 UTC while it ran"),
        (Ending(0, None, folder_gone=True), State.FAILED, "without an outcome; its folder was deleted"),
    ],
)  # fmt: skip
def test_a_state_follows_from_the_evidence(ending: Ending, state: State, words: str) -> None:
    found, reason = verdict(ending)
    assert found is state
    assert words in reason


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_signal_from_outside_is_told_from_a_crash() -> None:
    assert verdict(Ending(-signal.SIGKILL, None)) == (
        State.KILLED,
        "killed by signal 9 (SIGKILL) from outside",
    )
    state, reason = verdict(Ending(-signal.SIGSEGV, None, log_tail="Fatal error"))
    assert state is State.FAILED
    assert reason == "crashed: signal 11 (SIGSEGV). Last lines of its log: Fatal error"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_stop_that_was_asked_does_not_hide_a_kill_from_outside() -> None:
    state, reason = verdict(Ending(-signal.SIGKILL, None, Request.STOP, forced=False))
    assert (state, reason) == (State.KILLED, "killed by signal 9 (SIGKILL) from outside")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_finished_training_stays_finished_and_tells_of_the_crash_behind_it() -> None:
    state, reason = verdict(Ending(-signal.SIGSEGV, outcome(State.FINISHED, "all done")))
    assert state is State.FINISHED
    assert reason == "all done (afterwards its process ended by signal 11 (SIGSEGV))"
