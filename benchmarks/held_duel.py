"""A duel that a home holds once: what it has of it is read, what is missing is trained."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection
from dataclasses import replace

from runners.protocol import DuelRole, State
from workbench.bench import Workbench
from workbench.commands.duel import GOING
from workbench.duel.match import Match
from workbench.duel.queueing import DuelState
from workbench.duel.results import Results

_LOOK_S = 2.0


def held(bench: Workbench, match: Match, *, only_proofs: bool = False) -> Results:
    """The results, as soon as all runs have ended.

    A duel of that match that was stopped, failed as a whole or has fewer seeds goes on where it ended; one that has
    more is taken as it is. With ``only_proofs``, or where it is interrupted, its trainings are held back until a call without. Raises what `Duels.start` does.
    """
    duel = _there(bench, match) or bench.duels.start(match).id
    _wait(bench, duel, {"stopping"})
    if only_proofs:
        _hold_trainings(bench, duel)
    else:
        _complete(bench, duel, len(match.seeds))
    try:
        _wait(bench, duel, {*GOING} - ({"held"} if only_proofs else set()))
    except KeyboardInterrupt:
        _hold_trainings(bench, duel)  # or the scheduler would go on with them
        raise
    return bench.duels.results(duel)


def _there(bench: Workbench, match: Match) -> str:
    """The id of the newest duel of that match, whatever its name and its seeds; "" if there is none."""

    def plain(one: Match) -> Match:
        return replace(one, name="", seeds=())

    same = (one.record.id for one in bench.duels.list() if plain(one.match) == plain(match))
    return next(same, "")


def _complete(bench: Workbench, duel: str, seeds: int) -> None:
    state = bench.duels.state(duel)
    if state.state in ("stopped", "failed", "held"):
        bench.duels.resume(duel)
    if (missing := seeds - len(state.match.seeds)) > 0:
        bench.duels.extend(duel, missing)


def _hold_trainings(bench: Workbench, duel: str) -> None:
    bench.hold(
        [
            run.id
            for run in bench.store.duels.runs(duel)
            if run.state is State.QUEUED and run.spec.duel and run.spec.duel.role is DuelRole.MATCH
        ],
        True,
    )


def _wait(bench: Workbench, duel: str, going: Collection[str]) -> None:
    """While it is in one of these states: tell how far it is, and see to it that it goes on."""
    told = ""
    while (state := bench.duels.state(duel)).state in going:
        bench.start_scheduler()
        if (now := _words(state)) != told:
            print(told := now, file=sys.stderr, flush=True)
        time.sleep(_LOOK_S)
    if told:
        print(_words(state), file=sys.stderr, flush=True)


def _words(state: DuelState) -> str:
    return f"{state.record.name}: {state.done} of {state.total} runs, {state.state}"
