"""What is said of a duel and its figures in few words."""

from __future__ import annotations

from widgets.text import duration, moment, plural
from workbench.duel.match import Match
from workbench.duel.queueing import DuelState

_TINTS = {"running": "accent", "finished": "success", "stopping": "warning", "stopped": "warning", "failed": "error"}  # fmt: skip
_GOES_ON = ("queued", "held", "running", "stopping")


def goes_on(state: DuelState) -> bool:
    return state.state in _GOES_ON


def can_stop(state: DuelState) -> bool:
    return state.state in ("queued", "held", "running")


def can_resume(state: DuelState) -> bool:
    """Whether something of it is held, or did not finish."""
    return state.state in ("held", "stopped", "failed") or (state.state == "finished" and bool(state.problems))  # fmt: skip


def tint(state: DuelState) -> str:
    """The name of the colour of its state."""
    if state.problems and state.state == "finished":
        return "warning"
    return _TINTS.get(state.state, "dim")


def state(state: DuelState) -> str:
    """``running, 3 of 8, 2:10 left`` or ``finished``."""
    parts = [state.state]
    if state.done < state.total:
        parts.append(f"{state.done:,} of {state.total:,}")
    if goes_on(state) and state.remaining_s is not None:
        parts.append(f"{duration(state.remaining_s)} left")
    if state.state == "finished" and state.problems:
        parts.append(f"{plural(len(state.problems), 'run')} did not")
    return ", ".join(parts)


def about(match: Match) -> str:
    """``cnn on digits · PyTorch, tf.function · 3 seeds``."""
    names = ", ".join(each.name for each in match.contestants)
    return f"{match.template} on {match.dataset} · {names} · {plural(len(match.seeds), 'seed')}"


def made(state: DuelState) -> str:
    return moment(state.record.created)
