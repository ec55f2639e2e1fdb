"""How a run ended: from evidence to its final state and the reason in words. Pure functions."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from datetime import UTC, datetime

from runners.protocol import Outcome, Request, State

CRASH_SIGNALS = frozenset(
    number
    for name in ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSYS", "SIGTRAP")
    if (number := getattr(signal, name, None)) is not None
)
"""Signals that a process brings on itself; every other one comes from somebody else."""
_SIGKILL = 9
_SHOWN = 100
"""Characters of the log's last line in the reason of a lost run."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known of a trainer that is no more.

    ``exit_code`` is negative for a signal and None where nobody saw it. ``request`` is what the user
    asked, ``forced`` whether the scheduler sent a signal. ``last_sign`` is when the trainer last
    wrote anything, UTC microseconds since 1970. ``log_tail`` holds the last lines of its log,
    with ``" | "`` between them.

    ``watched`` is whether a scheduler saw the moment at which it ended, ``booted`` when the machine was started, UTC
    microseconds since 1970. ``memory_kill`` says what memory it had if the kernel just killed for want of memory, else it
    is "". ``folder_gone`` is whether the run's folder was deleted.
    """

    exit_code: int | None
    outcome: Outcome | None
    request: Request | None = None
    forced: bool = False
    last_sign: int | None = None
    log_tail: str = ""
    watched: bool = True
    booted: int | None = None
    memory_kill: str = ""
    folder_gone: bool = False


def verdict(ending: Ending) -> tuple[State, str]:
    """The final state and its reason."""
    state, reason = _verdict(ending)
    if ending.folder_gone:
        reason = f"{reason}; its folder was deleted, and what had not been read from it is lost"
    return state, reason


def _verdict(ending: Ending) -> tuple[State, str]:
    if ending.outcome is not None:
        return _by_outcome(ending.outcome, ending)
    unseen_kill = ending.exit_code is None and ending.request is Request.KILL
    if ending.forced or unseen_kill:
        return State.KILLED, _forced_reason(ending.request)
    if ending.memory_kill and ending.exit_code in (None, -_SIGKILL):
        return State.FAILED, f"out of memory: the kernel killed it; {ending.memory_kill}"
    if ending.exit_code is None:
        return State.LOST, _with_last_line(_lost_reason(ending), ending.log_tail)
    if ending.exit_code < 0:
        return _by_signal(-ending.exit_code, ending.log_tail)
    how = f"ended with exit code {ending.exit_code} and without an outcome"
    return State.FAILED, _with_tail(how, ending.log_tail)


def _by_outcome(outcome: Outcome, ending: Ending) -> tuple[State, str]:
    if not outcome.state.final:
        return State.FAILED, f"its outcome says {outcome.state.value}, which is no end"
    if (
        outcome.state is State.KILLED and ending.memory_kill
    ):  # a script, whose keeper was left alone
        return State.FAILED, f"out of memory: the kernel killed it; {ending.memory_kill}"
    reason = outcome.reason
    if outcome.error_type and outcome.error_type not in reason:
        reason = f"{outcome.error_type}: {reason}"
    if outcome.state is State.FAILED and ending.memory_kill:
        reason = f"{reason} (shortly before, the kernel killed a process for want of memory)"
    if ending.exit_code in (None, outcome.exit_code):
        return outcome.state, reason
    return outcome.state, f"{reason} (afterwards its process {_exit(ending.exit_code)})".lstrip()


def _forced_reason(request: Request | None) -> str:
    if request is Request.STOP:
        return "killed by the user: it did not stop in time"
    return "killed by the user"


def _lost_reason(ending: Ending) -> str:
    last, booted = ending.last_sign, ending.booted
    sign = "it never gave a sign of life"
    if last is not None:
        sign = f"last sign of life {_time(last)}"
    if last is not None and booted is not None and booted > last:
        return f"the machine was started anew at {_time(booted)} while it ran ({sign})"
    how = "its process is gone and left no outcome"
    if ending.watched:
        return f"{how}; the scheduler that started it, and could see its exit code, is gone, too ({sign})"
    return f"{how}; no scheduler saw how it ended ({sign})"


def _time(time: int) -> str:
    return f"{datetime.fromtimestamp(time / 1e6, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _by_signal(number: int, log_tail: str) -> tuple[State, str]:
    if number in CRASH_SIGNALS:
        return State.FAILED, _with_tail(f"crashed: {_signal(number)}", log_tail)
    return State.KILLED, f"killed by {_signal(number)} from outside"


def _exit(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"ended by {_signal(-exit_code)}"
    return f"ended with exit code {exit_code}"


def _signal(number: int) -> str:
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"signal {number}"


def _with_tail(reason: str, log_tail: str) -> str:
    return f"{reason}. Last lines of its log: {log_tail}" if log_tail else reason


def _with_last_line(reason: str, log_tail: str) -> str:
    """A log that breaks off says where it was, seldom why: a line of it is enough."""
    line = log_tail.rsplit(" | ", 1)[-1]
    shown = line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
    return f"{reason}. Last line of its log: {shown}" if shown else reason
