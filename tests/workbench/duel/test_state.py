from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from runners.protocol import DuelPart, DuelRole, Framework, Mode, Progress, Request, State
from storage.home import Home
from storage.records import DuelRecord, RunRecord
from storage.store import Store
from tests.examples import SPEC
from workbench.duel.match import Contestant, Match
from workbench.duel.schedule import parts
from workbench.duel.state import DuelState, state_of

DUEL = "d" * 32
MATCH = Match(
    "mlp",
    "digits",
    (Contestant(Framework.PYTORCH, Mode.EAGER), Contestant(Framework.TENSORFLOW, Mode.FIT)),
    (0, 1),
    name="it",
)
RECORD = DuelRecord(DUEL, "it", 1, MATCH.to_json())
SECOND = 1_000_000
NOW = 1000 * SECOND


@pytest.fixture(scope="module")
def queued(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RunRecord]]:
    """The runs of the duel as they are queued: two proofs, then two blocks of two."""
    store = Store.open(Home(tmp_path_factory.mktemp("home")))
    for part in parts(DUEL, MATCH):
        role = DuelPart(DUEL, part.contestant, part.role)
        store.create_run(replace(SPEC, seed=part.seed, duel=role))
    yield sorted(store.runs(), key=lambda run: run.id)
    store.close()


def ended(run: RunRecord, seconds: float = 10, state: State = State.FINISHED) -> RunRecord:
    began = NOW - 100 * SECOND
    return replace(run, state=state, started=began, ended=began + int(seconds * SECOND), reason="")


def training(run: RunRecord, seconds: float = 4) -> RunRecord:
    return replace(run, state=State.RUNNING, started=NOW - int(seconds * SECOND))


def told(runs: list[RunRecord]) -> DuelState:
    return state_of(RECORD, runs, NOW)


def test_a_duel_that_has_not_begun_is_queued_and_nobody_knows_how_long_it_takes(
    queued: list[RunRecord],
) -> None:
    state = told(queued)
    assert (state.state, state.done, state.total) == ("queued", 0, 6)
    assert (state.remaining_s, state.running, state.problems) == (None, (), ())


def test_a_duel_is_running_between_two_of_its_runs_too(queued: list[RunRecord]) -> None:
    state = told([ended(queued[0]), *queued[1:]])
    assert (state.state, state.done) == ("running", 1)
    state = told([ended(queued[0]), training(queued[1]), *queued[2:]])
    assert (state.state, state.running) == ("running", (queued[1].id,))


def test_the_time_left_is_told_by_what_runs_of_the_contestant_took(
    queued: list[RunRecord],
) -> None:
    first, second = queued[2:4]
    runs = [ended(run) for run in queued[:2]] + [ended(first, 10), ended(second, 30)]
    others = queued[4:]
    at = {run.spec.duel.contestant: run for run in others if run.spec.duel}
    slow = second.spec.duel.contestant if second.spec.duel else -1
    assert told([*runs, *others]).remaining_s == pytest.approx(40)
    assert told([*runs, training(at[slow], 4), at[1 - slow]]).remaining_s == pytest.approx(36)
    assert told([*runs, training(at[slow], 99), at[1 - slow]]).remaining_s == pytest.approx(10)


def test_the_first_training_tells_its_own_time_left_and_of_others_nothing_is_known(
    queued: list[RunRecord],
) -> None:
    proofs = [ended(run) for run in queued[:2]]
    first = replace(training(queued[2]), progress=Progress("training", remaining_s=7.0))
    assert told([*proofs, first, *queued[3:]]).remaining_s is None
    done = [ended(run) for run in queued[2:5]]
    last = replace(training(queued[5]), progress=Progress("training", remaining_s=7.0))
    assert told([*proofs, *done, last]).remaining_s == pytest.approx(6)


def test_a_duel_is_finished_when_all_have_ended_and_tells_what_failed(
    queued: list[RunRecord],
) -> None:
    runs = [ended(run) for run in queued]
    assert (told(runs).state, told(runs).problems) == ("finished", ())
    failed = replace(ended(runs[5], state=State.FAILED), reason="no memory")
    state = told([*runs[:5], failed])
    assert (state.state, state.done, state.remaining_s) == ("finished", 6, None)
    (problem,) = state.problems
    assert problem.endswith("seed 1 failed: no memory")


def test_a_duel_of_which_no_training_finished_has_failed(queued: list[RunRecord]) -> None:
    failed = [ended(run, state=State.FAILED) for run in queued[2:]]
    assert told([*map(ended, queued[:2]), *failed]).state == "failed"


@pytest.mark.parametrize("state", [State.STOPPED, State.LOST])
def test_a_duel_with_a_run_that_a_person_or_the_machine_ended_is_stopped(
    queued: list[RunRecord], state: State
) -> None:
    assert told([*map(ended, queued[:5]), ended(queued[5], state=state)]).state == "stopped"
    assert told([*map(ended, queued[:5])]).state == "stopped"


def test_a_killed_run_stops_a_duel_only_if_a_person_killed_it(queued: list[RunRecord]) -> None:
    killed = ended(queued[5], state=State.KILLED)
    assert told([*map(ended, queued[:5]), killed]).state == "finished"
    asked = replace(killed, request=Request.KILL)
    assert told([*map(ended, queued[:5]), asked]).state == "stopped"


def test_a_duel_is_stopping_or_held_when_all_that_is_left_is(queued: list[RunRecord]) -> None:
    asked = [replace(run, request=Request.STOP) for run in queued]
    assert told(asked).state == "stopping"
    held = [replace(run, options=replace(run.options, held=True)) for run in queued]
    assert told(held).state == "held"
    assert told([*held[:5], queued[5]]).state == "queued"


def test_of_several_runs_for_the_same_part_the_newest_counts(queued: list[RunRecord]) -> None:
    runs = [*map(ended, queued[:5]), ended(queued[5], state=State.FAILED)]
    again = replace(ended(queued[5]), id=99)
    assert told([again, *runs]).problems == ()
    proof = replace(training(queued[0]), id=100, spec=replace(queued[0].spec, seed=77))
    assert told([*runs, again, proof]).running == (100,)


def test_a_match_that_cannot_be_read_is_told(queued: list[RunRecord]) -> None:
    with pytest.raises(ValueError, match="newer version"):
        state_of(replace(RECORD, match='{"version": 2}'), queued, NOW)


def test_the_role_of_a_proof_is_apart_from_that_of_a_training(queued: list[RunRecord]) -> None:
    roles = [run.spec.duel.role for run in queued if run.spec.duel]
    assert roles == [DuelRole.PROOF] * 2 + [DuelRole.MATCH] * 4
