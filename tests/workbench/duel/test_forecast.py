from __future__ import annotations

from dataclasses import replace

import pytest

from runners.protocol import DuelPart, DuelRole, Progress, RunSpec, State
from runners.templates import get_template
from storage.records import MetricSummary, RunRecord
from tests.examples import SPEC
from tests.workbench.duel import made
from workbench.duel.forecast import forecast
from workbench.duel.match import Match, Scaling

MLP = get_template("mlp")
DEFAULTS = {each.name: each.default for each in MLP.declared}
MATCH = Match("mlp", "digits", (made.TORCH,), (0, 1, 2), {"epochs": 10})
EPOCH = {"epoch_s": MetricSummary(2.0, 1, 2.0, 2.0, 2.0, 5)}


def run(number: int, state: State = State.FINISHED, **changes: object) -> RunRecord:
    """A run of five epochs of 2 s and 3 s beside them."""
    spec: RunSpec = replace(SPEC, parameters={**DEFAULTS, "epochs": 5}, **changes)  # type: ignore[arg-type]
    return RunRecord(
        id=number, revision=0, name="", experiment="", state=state, reason="", spec=spec, created=0,
        started=0, ended=13_000_000, folder="", pid=None, pid_created=None, exit_code=0,
        assigned_device="cpu", request=None, position=0.0, color=0, trashed=None,
        progress=Progress("", epoch=5, epochs=5), heartbeat=None, summary=EPOCH,
    )  # fmt: skip


def test_the_length_follows_from_an_earlier_run_of_another_length() -> None:
    trainings, proof = 3 * (3.0 + 10 * 2.0), 2 * 3.0
    assert forecast(MATCH, MLP, [run(1)]) == pytest.approx(trainings + proof)


def test_a_time_limit_bounds_it() -> None:
    limited = replace(MATCH, parameters={"epochs": 10, "time_limit": 8.0})
    assert forecast(limited, MLP, [run(1)]) == pytest.approx(3 * (3.0 + 8.0) + 6.0)


@pytest.mark.parametrize(
    "other",
    [
        run(1, State.STOPPED),
        run(1, dataset="iris"),
        run(1, framework=made.FIT.framework),
        run(1, duel=DuelPart("a", 0, DuelRole.PROOF)),
    ],
)
def test_what_never_trained_the_like_is_not_known(other: RunRecord) -> None:
    assert forecast(MATCH, MLP, [other]) is None


def test_a_contestant_with_parameters_of_its_own_needs_a_run_with_them() -> None:
    wide = replace(made.TORCH, parameters={"hidden_widths": (512,)})
    both = replace(MATCH, contestants=(made.TORCH, wide))
    assert forecast(both, MLP, [run(1)]) is None


def test_runs_that_scale_take_a_start_and_some_seconds_each() -> None:
    scaled = replace(MATCH, scaling=Scaling((16, 64), (1, 2)))
    without, more = (forecast(one, MLP, [run(1)]) for one in (MATCH, scaled))
    assert without is not None
    assert more == pytest.approx(without + 4 * (3.0 + 10.0))
