"""How far a duel is, told from its runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from runners.protocol import DuelRole, Request, State
from storage.records import DuelRecord, RunRecord
from workbench.duel.match import Match
from workbench.duel.schedule import Part, newest, parts


@dataclass(frozen=True, slots=True)
class DuelState:
    """``state`` is ``queued``, ``held``, ``running``, ``stopping``, ``finished``, ``stopped`` (some of its runs are missing or were stopped:
    it can be resumed) or ``failed`` (no training finished). ``done`` of ``total`` runs have ended. ``remaining_s`` is told from those,
    None where it is not known. ``running`` are the runs that train, ``problems`` what went wrong, a sentence each.
    """

    record: DuelRecord
    match: Match
    state: str
    done: int
    total: int
    remaining_s: float | None
    running: tuple[int, ...]
    problems: tuple[str, ...]


def state_of(record: DuelRecord, runs: Iterable[RunRecord], now: int) -> DuelState:
    """``now`` is UTC in microseconds since 1970. Raises ValueError for a match that cannot be read."""
    match = Match.from_json(record.match)
    wanted = parts(record.id, match)
    counted = newest(match, runs)
    there = {part: counted[part] for part in wanted if part in counted}
    word = _word(wanted, there)
    goes_on = word in ("queued", "running")
    return DuelState(
        record=record,
        match=match,
        state=word,
        done=sum(run.state.final for run in there.values()),
        total=len(wanted),
        remaining_s=_remaining(wanted, there, now) if goes_on else None,
        running=tuple(run.id for run in there.values() if run.state.active),
        problems=tuple(_problems(match, there)),
    )


def _word(wanted: Sequence[Part], there: Mapping[Part, RunRecord]) -> str:
    going = [run for run in there.values() if not run.state.final]
    if going:
        return _going_word(going, begun=len(going) < len(there))
    trained = [run.state for part, run in there.items() if part.role is DuelRole.MATCH]
    if len(there) < len(wanted) or any(map(_was_stopped, there.values())):
        return "stopped"
    return "finished" if State.FINISHED in trained else "failed"


def _going_word(going: Sequence[RunRecord], *, begun: bool) -> str:
    if all(run.state is State.STOPPING or run.request in _ENDINGS for run in going):
        return "stopping"
    if all(run.options.held and run.state is State.QUEUED for run in going):
        return "held"
    return "running" if begun or any(run.state.active for run in going) else "queued"


_ENDINGS = (Request.STOP, Request.KILL)


def _was_stopped(run: RunRecord) -> bool:
    """By a person, or by the machine's end, and not by what it trains."""
    asked = run.state is State.KILLED and run.request in _ENDINGS
    return asked or run.state in (State.STOPPED, State.LOST)


def _problems(match: Match, there: Mapping[Part, RunRecord]) -> Iterable[str]:
    for part, run in there.items():
        if run.state.final and run.state is not State.FINISHED:
            reason = f": {run.reason}" if run.reason else ""
            yield f"{part.called(match)} {_VERBS[run.state]}{reason}"


_VERBS = {
    State.STOPPED: "was stopped",
    State.FAILED: "failed",
    State.KILLED: "was killed",
    State.LOST: "was lost",
}


# -- how long it will take ----------------------------------------------------------------------------
def _remaining(wanted: Sequence[Part], there: Mapping[Part, RunRecord], now: int) -> float | None:
    """The mean of what runs of the same contestant and role took, or else of all runs of the role, for each part that has not ended."""
    total = 0.0
    for part in wanted:
        run = there.get(part)
        if run is not None and run.state.final:
            continue
        usual = _usual(part, there, now)
        if run is not None and run.state.active and usual is None:
            usual = run.progress.remaining_s
            total += usual or 0.0
        elif usual is not None:
            elapsed = run.duration_s(now) if run is not None and run.state.active else 0.0
            total += max(0.0, usual - (elapsed or 0.0))
        if usual is None:
            return None
    return total


def _usual(part: Part, there: Mapping[Part, RunRecord], now: int) -> float | None:
    """Seconds that such a run takes."""
    ended = [
        (other, run.duration_s(now) or 0.0)
        for other, run in there.items()
        if other.role is part.role and run.state is State.FINISHED
    ]
    own = [seconds for other, seconds in ended if other.contestant == part.contestant]
    every = own or [seconds for _, seconds in ended]
    return fmean(every) if every else None
