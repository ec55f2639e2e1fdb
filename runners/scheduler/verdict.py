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


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known of a trainer that is no more.

    ``exit_code`` is negative for a signal and None where nobody saw it. ``request`` is what the user
    asked, ``forced`` whether the scheduler sent a signal. ``last_sign`` is when the trainer last
    wrote anything, UTC microseconds since 1970. ``log_tail`` holds the last lines of its log.
    """

    exit_code: int | None
    outcome: Outcome | None
    request: Request | None = None
    forced: bool = False
    last_sign: int | None = None
    log_tail: str = ""


def verdict(ending: Ending) -> tuple[State, str]:
    """The final state and its reason."""
    if ending.outcome is not None:
        return _by_outcome(ending.outcome, ending.exit_code)
    unseen_kill = ending.exit_code is None and ending.request is Request.KILL
    if ending.forced or unseen_kill:
        return State.KILLED, _forced_reason(ending.request)
    if ending.exit_code is None:
        return State.LOST, _lost_reason(ending)
    if ending.exit_code < 0:
        return _by_signal(-ending.exit_code, ending.log_tail)
    how = f"ended with exit code {ending.exit_code} and without an outcome"
    return State.FAILED, _with_tail(how, ending.log_tail)


def _by_outcome(outcome: Outcome, exit_code: int | None) -> tuple[State, str]:
    if not outcome.state.final:
        return State.FAILED, f"its outcome says {outcome.state.value}, which is no end"
    if exit_code in (None, outcome.exit_code):
        return outcome.state, outcome.reason
    return outcome.state, f"{outcome.reason} (afterwards its process {_exit(exit_code)})".lstrip()


def _forced_reason(request: Request | None) -> str:
    if request is Request.STOP:
        return "killed by the user: it did not stop in time"
    return "killed by the user"


def _lost_reason(ending: Ending) -> str:
    reason = "its process is gone and left no outcome; no scheduler saw how it ended"
    if ending.last_sign is not None:
        when = datetime.fromtimestamp(ending.last_sign / 1e6, UTC)
        reason += f" (last sign of life {when:%Y-%m-%d %H:%M:%S} UTC)"
    return _with_tail(reason, ending.log_tail)


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
