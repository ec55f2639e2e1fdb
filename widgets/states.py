"""What a run's state means at this moment, in words: what goes on, for how long, and what one can do.

The words of a run that is stalled or stopping change with the clock; `changes_with_time` tells of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from runners.protocol import Request, State
from storage.records import RunRecord, can_resume
from widgets import text

BAD = (State.FAILED, State.KILLED, State.LOST)
_RESUMABLE = "Resume goes on from its last checkpoint, Retry trains the same again as a new run."
_RUN_AGAIN = "Retry runs the script again from its start, as a new run."
_ADVICE = {
    State.PAUSED: "It keeps its memory and its device. Resume goes on at once.",
    State.STOPPING: "Kill ends it at once, without a last checkpoint.",
    State.STOPPED: _RESUMABLE,
    State.FAILED: _RESUMABLE,
    State.KILLED: _RESUMABLE,
    State.LOST: _RESUMABLE,
}
_STALLED = (
    "Its process lives, but shows no sign of life: it may be suspended, or busy with one long operation. "
    "Wait for it, let the system continue it, or stop it."
)


def is_stalled(run: RunRecord) -> bool:
    return run.stalled is not None and run.state.active


def can_pause(run: RunRecord) -> bool:
    return run.state in (State.STARTING, State.RUNNING) and run.request is None


def can_go_on(run: RunRecord) -> bool:
    """Whether it is paused, or about to be, or ended before it was finished."""
    if run.state.active and run.request in (Request.STOP, Request.KILL):
        return False
    return can_resume(run) or run.request is Request.PAUSE


def changes_with_time(run: RunRecord) -> bool:
    """Whether the words for it are others a second later."""
    return is_stalled(run) or (run.state is State.STOPPING and run.deadline is not None)


def word(run: RunRecord) -> str:
    """Its state; a queued run can be held, a living one stalled."""
    if is_stalled(run):
        return "stalled"
    return "held" if run.state is State.QUEUED and run.options.held else run.state.value


def title(run: RunRecord) -> str:
    """``Running``, or ``Running · stalled``: that no sign of life comes changes no state."""
    shown = run.state.value.capitalize()
    return shown if word(run) == run.state.value else f"{shown} · {word(run)}"


def detail(run: RunRecord, now: int) -> str:
    """What there is to say beside the state: how long without a sign of life, when it is terminated, why it waits."""
    if is_stalled(run) and run.stalled is not None:
        parts = [f"no sign of life for {text.duration((now - run.stalled) / 1e6)}"]
        return " · ".join([*parts, *_next_step(run, now)])
    if run.state is State.STOPPING:
        return " · ".join(each for each in (run.reason, *_next_step(run, now)) if each)
    if run.request is Request.PAUSE and run.state is State.RUNNING:
        return "pauses after this step"
    return run.reason or ("waits for the scheduler" if run.state is State.QUEUED else "")


def advice(run: RunRecord) -> str:
    """What a person can do about it, or "" where nothing is called for."""
    if is_stalled(run):
        return _STALLED
    if run.state is State.QUEUED and run.options.held:
        return "It starts in its turn once it is released."
    if run.spec.script is not None and run.state in (State.STOPPED, *BAD):
        return _RUN_AGAIN
    return _ADVICE.get(run.state, "")


def activity(runs: Iterable[RunRecord]) -> list[str]:
    """``2 running``, ``1 paused``, ``1 stalled``, ``10 queued``, of each what there is."""
    counts: Counter[str] = Counter()
    for run in runs:
        if is_stalled(run) or run.state in (State.PAUSED, State.QUEUED):
            counts["stalled" if is_stalled(run) else run.state.value] += 1
        elif run.state.active:
            counts["running"] += 1
    words = ("running", "paused", "stalled", "queued")
    return [f"{counts[each]:,} {each}" for each in words if counts[each]]


def attempt(run: RunRecord) -> str:
    """``attempt 2``; nothing for a run that was never resumed."""
    return f"attempt {run.attempt}" if run.attempt > 1 else ""


def _next_step(run: RunRecord, now: int) -> list[str]:
    """A trainer that was asked is terminated next; one that was terminated is killed."""
    if run.state is not State.STOPPING or run.deadline is None:
        return []
    seconds = max(0, math.ceil((run.deadline - now) / 1e6))
    what = "killed" if "terminated" in run.reason else "terminated"
    return [f"will be {what} in {seconds} s" if seconds else f"is about to be {what}"]
