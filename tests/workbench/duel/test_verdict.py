"""What a duel says in the end, and when it says nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runners.protocol import Framework, State
from tests.workbench.duel.made import COMPILED, EAGER, FIT, FUNCTION, TORCH, failed, results
from workbench.duel.figures import Row
from workbench.duel.results import Results
from workbench.duel.verdict import RowVerdict, Ruling, judge
from workbench.duel.weights import PROFILES

RESEARCH = PROFILES["research"]


def row(found: Results, which: Row) -> RowVerdict:
    return judge(found, RESEARCH).row(which)


def test_the_faster_framework_wins_with_size_and_uncertainty() -> None:
    speed = row(results(TORCH, FIT, steps_s={0: 0.04, 1: 0.05}), Row.SPEED)
    assert (speed.ruling, speed.winner, speed.framework) == (Ruling.WINNER, "PyTorch", Framework.PYTORCH)  # fmt: skip
    assert "% higher than Keras fit's" in speed.size
    assert "95 % interval" in speed.uncertainty
    assert "5 seeds" in speed.uncertainty


def test_a_framework_wins_where_its_contestants_share_the_row() -> None:
    found = results(TORCH, COMPILED, FIT, steps_s={0: 0.04, 1: 0.04, 2: 0.08})
    speed = row(found, Row.SPEED)
    assert speed.winner == "PyTorch"
    assert speed.holders == ("PyTorch", "torch.compile")


def test_a_row_shared_by_both_frameworks_has_no_winner() -> None:
    found = results(TORCH, EAGER, FIT, steps_s={0: 0.04, 1: 0.08, 2: 0.04}, scatter=0.002)
    speed = row(found, Row.SPEED)
    assert (speed.ruling, speed.winner) == (Ruling.EQUAL, "")
    assert speed.holders == ("PyTorch", "Keras fit")


def test_within_one_framework_a_contestant_wins() -> None:
    worse = replace(TORCH, parameters={"learning_rate": 0.5})
    found = judge(results(TORCH, worse, accuracy={0: 0.9, 1: 0.8}), RESEARCH)
    assert found.row(Row.LEARNING).winner == "PyTorch"
    assert found.totals == ()


def test_with_two_seeds_only_what_is_counted_is_decided() -> None:
    found = judge(results(TORCH, FIT, seeds=(1, 2), steps_s={0: 0.04, 1: 0.09}), RESEARCH)
    assert found.row(Row.SPEED).ruling is Ruling.UNDECIDED
    assert "2 seeds" in found.row(Row.SPEED).sentence
    assert found.row(Row.EASE).ruling is Ruling.WINNER


def test_nothing_is_won_where_equality_is_not_proved() -> None:
    found = results(TORCH, FIT, steps_s={0: 0.04, 1: 0.09})
    proofs = (found.proofs[0], replace(found.proofs[1], output_difference={"float32": 1.0, "float64": 1.0}))  # fmt: skip
    verdict = judge(replace(found, proofs=proofs), RESEARCH)
    assert {one.ruling for one in verdict.rows} == {Ruling.UNPROVED, Ruling.UNMEASURED}
    assert not any(one.winner for one in verdict.rows)
    assert verdict.totals == ()
    assert verdict.sentences == (verdict.fairness.sentence,)
    assert verdict.row(Row.SPEED).judged is not None


def shaken(found: Results, by: float) -> Results:
    """The same on a machine that makes every other part of a training so much slower, and the rest faster."""
    return replace(found, measured=tuple(replace(one, blocks=_shaken(one.figures["step_s"], by)) for one in found.measured))  # fmt: skip


def _shaken(step_s: float, by: float) -> tuple[float, ...]:
    return tuple(step_s * (1 + by * sign) for sign in (-1, 1) * 10)


def test_speed_is_not_judged_where_a_difference_can_be_noise() -> None:
    found = shaken(results(TORCH, FIT, steps_s={0: 0.04, 1: 0.05}), 0.12)
    verdict = judge(found, RESEARCH)
    assert verdict.row(Row.SPEED).ruling is Ruling.NOISY
    assert "coefficient of variation" in verdict.row(Row.SPEED).sentence
    assert verdict.row(Row.MEMORY).ruling is Ruling.WINNER


def test_speed_is_judged_where_noise_is_far_less_than_the_difference() -> None:
    found = shaken(results(TORCH, FIT, steps_s={0: 0.04, 1: 0.09}), 0.12)
    speed = row(found, Row.SPEED)
    assert speed.winner == "PyTorch"
    assert "in 100 % of the pairs of parts" in speed.sentence
    assert "on a noisy machine" in speed.uncertainty
    three = shaken(results(TORCH, EAGER, FIT, steps_s={0: 0.04, 1: 0.09, 2: 0.05}), 0.12)
    assert row(three, Row.SPEED).ruling is Ruling.NOISY


def test_noise_names_no_winner_of_equals() -> None:
    found = shaken(results(TORCH, FIT, steps_s={0: 0.04, 1: 0.04}), 0.12)
    assert row(found, Row.SPEED).ruling is Ruling.NOISY


@pytest.mark.parametrize(("graph_s", "winner"), [(0.1, "PyTorch"), (0.016, "")])
def test_a_price_of_eager_mode_is_judged_where_noise_is_far_less_than_the_difference(
    graph_s: float, winner: str
) -> None:
    """TensorFlow's price is 2/3, PyTorch's 1/10 or 5/8."""
    steps = {0: 0.01, 1: graph_s, 2: 0.2, 3: 0.3}
    found = row(shaken(results(TORCH, COMPILED, EAGER, FUNCTION, steps_s=steps), 0.12), Row.FLEXIBILITY)  # fmt: skip
    assert found.winner == winner
    assert found.ruling is (Ruling.WINNER if winner else Ruling.NOISY)
    assert ("in 100 % of the pairs of parts" in found.sentence) == bool(winner)


def test_speed_is_not_judged_beside_busy_programs() -> None:
    found = results(TORCH, FIT, steps_s={0: 0.04, 1: 0.09})
    first, *rest = found.measured
    busy = replace(first, figures={**first.figures, "other_cpu_share": 0.35})
    speed = row(replace(found, measured=(busy, *rest)), Row.SPEED)
    assert speed.ruling is Ruling.NOISY
    assert "35 % of the processor" in speed.sentence


def test_one_that_fails_is_told_and_the_rest_is_judged() -> None:
    found = results(TORCH, COMPILED, FIT, steps_s={0: 0.04, 1: 0.04, 2: 0.09})
    verdict = judge(failed(found, 1, State.FAILED, "out of memory"), RESEARCH)
    assert verdict.row(Row.SPEED).winner == "PyTorch"
    assert verdict.out == ("torch.compile did not finish with seeds 1, 2, 3, 4 and 5: out of memory. The others are judged without it.",)  # fmt: skip


def test_one_left_alone_wins_nothing() -> None:
    found = failed(results(TORCH, FIT), 1, State.KILLED, "killed for want of memory")
    speed = row(found, Row.SPEED)
    assert speed.ruling is Ruling.UNMEASURED
    assert "only of PyTorch" in speed.sentence


def test_a_duel_that_has_not_begun_says_so() -> None:
    found = replace(results(TORCH, FIT), measured=(), proofs=())
    assert judge(found, RESEARCH).sentences == ("No run of this duel has finished yet.",)


def test_the_memory_of_the_gpu_decides_where_all_ran_on_one() -> None:
    found = results(TORCH, FIT)
    on_gpu = tuple(
        replace(one, figures={**one.figures, "device_memory_peak": 1e9 * (1 + one.contestant) + one.seed})
        for one in found.measured
    )  # fmt: skip
    assert row(replace(found, measured=on_gpu), Row.MEMORY).figure == row(replace(found, measured=on_gpu), Row.MEMORY).judged.figure  # type: ignore[union-attr]  # fmt: skip
    assert row(replace(found, measured=on_gpu), Row.MEMORY).figure.name == "device_memory_peak"  # type: ignore[union-attr]
    assert row(replace(found, measured=on_gpu[:-1] + found.measured[-1:]), Row.MEMORY).figure is not None  # fmt: skip


def test_the_price_of_eager_mode_needs_both_ways_of_both_frameworks() -> None:
    assert row(results(TORCH, COMPILED, EAGER, FIT), Row.FLEXIBILITY).ruling is Ruling.UNMEASURED
    steps = {0: 0.04, 1: 0.04, 2: 0.08, 3: 0.04}
    found = row(results(TORCH, COMPILED, EAGER, FUNCTION, steps_s=steps), Row.FLEXIBILITY)
    assert found.winner == "PyTorch"


@pytest.mark.parametrize("which", [Row.DEPLOYMENT, Row.MOBILE, Row.VISUALISATION])
def test_what_cannot_be_measured_says_why(which: Row) -> None:
    found = row(results(), which)
    assert found.ruling is Ruling.UNMEASURED
    assert "nothing was measured" in found.sentence
