from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.held_duel import held
from runners.protocol import DuelRole, Framework, Mode, State
from workbench.bench import Workbench
from workbench.duel.match import Contestant, Match

WHO = (Contestant(Framework.PYTORCH, Mode.EAGER), Contestant(Framework.TENSORFLOW, Mode.GRAPH))
MATCH = Match("mlp", "digits", WHO, (0, 1), {"epochs": 1}, "cpu", name="mlp on digits")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """Where the next run that may start has ended whenever a scheduler is asked for."""
    with Workbench.open(tmp_path) as opened:

        def start(_home: object) -> None:
            waiting = [run for run in opened.store.queue() if not run.options.held]
            for run in waiting[:1]:
                state = State.KILLED if run.request else State.FINISHED
                opened.store.set_state(run.id, state, "so it was")

        monkeypatch.setattr("runners.scheduler.launch.start_scheduler", start)
        monkeypatch.setattr("benchmarks.held_duel._LOOK_S", 0.0)
        yield opened


def test_what_a_home_has_finished_is_not_trained_again(bench: Workbench) -> None:
    first, runs = held(bench, MATCH), len(bench.store.runs())
    again = held(bench, replace(MATCH, name="under another name", seeds=(0,)))
    assert (again.duel, len(bench.store.runs())) == (first.duel, runs)


def test_another_match_is_another_duel(bench: Workbench) -> None:
    first = held(bench, MATCH)
    assert held(bench, replace(MATCH, parameters={"epochs": 2})).duel != first.duel


def test_a_duel_that_was_stopped_goes_on(bench: Workbench) -> None:
    duel = bench.duels.start(MATCH).id
    bench.duels.stop(duel)
    assert bench.duels.state(duel).state == "stopping"
    assert held(bench, MATCH).duel == duel
    assert bench.duels.state(duel).state == "finished"


def test_more_seeds_extend_the_duel_that_there_is(bench: Workbench) -> None:
    first = held(bench, MATCH)
    more = held(bench, replace(MATCH, seeds=(0, 1, 2, 3)))
    assert (more.duel, more.match.seeds) == (first.duel, (0, 1, 2, 3))


def test_only_the_proofs_are_made_until_the_trainings_are_asked_for(bench: Workbench) -> None:
    duel = held(bench, MATCH, only_proofs=True).duel
    ended = {run.spec.duel.role for run in bench.store.duels.runs(duel) if run.state.final and run.spec.duel}  # fmt: skip
    assert ended == {DuelRole.PROOF}
    held(bench, MATCH)
    assert bench.duels.state(duel).state == "finished"


def test_proofs_of_a_finished_duel_are_taken_as_they_are(bench: Workbench) -> None:
    duel = held(bench, MATCH).duel
    assert held(bench, MATCH, only_proofs=True).duel == duel
    assert bench.duels.state(duel).state == "finished"


def test_an_interrupted_call_holds_what_has_not_begun(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("benchmarks.held_duel.time.sleep", interrupt)
        with pytest.raises(KeyboardInterrupt):
            held(bench, MATCH)
    (state,) = bench.duels.list()
    assert all(run.options.held for run in bench.store.queue() if run.spec.duel and run.spec.duel.role is DuelRole.MATCH)  # fmt: skip
    assert state.state != "finished"
    assert held(bench, MATCH).duel == state.record.id
    assert bench.duels.state(state.record.id).state == "finished"
