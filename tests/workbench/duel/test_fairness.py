"""A duel whose contestants do not train the same model is told so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from runners.protocol import State
from tests.workbench.duel.made import FIT, TORCH, failed, proofs, results
from workbench.duel.fairness import Standing, prove
from workbench.duel.results import Proof, Results


def changed(found: Results, contestant: int, change: Callable[[Proof], Proof]) -> Results:
    new = (change(p) if p.contestant == contestant else p for p in found.proofs)
    return replace(found, proofs=tuple(new))


def in_float32(proof: Proof, difference: float) -> Proof:
    """As on a device that knows no float64."""
    return replace(
        proof,
        output_difference={"float32": 1e-7},
        loss_differences={"float32": (0.0, difference)},
    )


def test_equal_models_are_proved_with_figures_and_a_sentence() -> None:
    found = prove(results(TORCH, FIT))
    assert found.proved
    assert "9.0e-16 in float64 and 4.0e-07 in float32" in found.sentence
    assert "first 20 steps" in found.sentence
    assert [one.standing for one in found.contestants] == [Standing.PROVED, Standing.PROVED]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: replace(p, output_difference={"float32": 2e-4, "float64": 1e-16}), "outputs in float32: 2.0e-04"),
        (lambda p: replace(p, output_difference={"float32": 1e-7, "float64": 1e-7}), "outputs in float64: 1.0e-07"),
        (lambda p: replace(p, output_difference={"float32": 1e-7}), "outputs in float64: not computed"),
        (lambda p: in_float32(p, 0.01), "losses in float32: 1.0e-02"),
        (lambda p: replace(p, loss_differences={**p.loss_differences, "float64": (0.0, float("nan"))}), "losses in float64: not computed"),
        (lambda p: replace(p, loss_differences={}), "losses in float64: not computed"),
        (lambda p: replace(p, parameter_count=7), "7 parameters against 101,770"),
        (lambda p: replace(p, state=State.FAILED, reason="no such operator"), "has no proof (no such operator)"),
        (lambda p: replace(p, state=State.QUEUED, reason=""), "has no proof (its proof is queued)"),
    ],
)  # fmt: skip
def test_a_difference_beyond_a_limit_is_told(change: Callable[[Proof], Proof], said: str) -> None:
    found = prove(changed(results(TORCH, FIT), 1, change))
    assert not found.proved
    assert "no verdict" in found.sentence
    assert "Keras fit" in found.sentence
    assert said in found.sentence


def test_rounding_that_grows_in_float32_is_no_failure_where_float64_agrees() -> None:
    found = prove(
        changed(
            results(TORCH, FIT),
            1,
            lambda p: replace(p, loss_differences={**p.loss_differences, "float32": (0.0, 0.01)}),
        )
    )
    assert found.proved
    assert "1.0e-02 in float32" in found.sentence


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ((0.0, 1e-15, 1e-10, 1e-3), "equal for the first 3 steps"),
        ((0.0, 1e-3, 1e-2, 1e-1), ""),
    ],
)
def test_losses_that_part_late_are_told_as_what_an_unstable_training_does(
    losses: tuple[float, ...], said: str
) -> None:
    found = prove(
        changed(
            results(TORCH, FIT),
            1,
            lambda p: replace(p, loss_differences={**p.loss_differences, "float64": losses}),
        )
    )
    assert not found.proved
    assert said in found.sentence
    assert ("a smaller learning rate" in found.sentence) == bool(said)


def test_a_device_without_float64_is_proved_in_float32() -> None:
    found = prove(changed(results(TORCH, FIT), 1, lambda p: in_float32(p, 1e-6)))
    assert found.proved
    assert "float64" not in found.sentence


def test_without_any_proof_nothing_is_proved() -> None:
    assert not prove(replace(results(TORCH, FIT), proofs=())).proved


def test_a_contestant_that_never_finished_needs_no_proof() -> None:
    found = prove(failed(results(TORCH, FIT), 1, State.FAILED, "Keras is not installed"))
    assert found.proved


def test_contestants_that_differ_by_design_are_listed_and_proved_among_themselves() -> None:
    slow, slow_fit = replace(TORCH, parameters={"batch_size": 8}), replace(FIT, parameters={"batch_size": 8})  # fmt: skip
    found = prove(results(TORCH, FIT, slow, slow_fit))
    assert found.proved
    assert [one.reference for one in found.contestants] == ["", "PyTorch", "", slow.name]
    assert any(f"{slow.name} differs by design: batch_size = 8; it is proved against {slow_fit.name}" in one for one in found.unequal)  # fmt: skip


def test_one_without_a_partner_says_so() -> None:
    found = prove(results(TORCH, replace(FIT, parameters={"learning_rate": 0.5})))
    assert found.proved
    assert found.contestants[1].standing is Standing.ALONE
    assert "No two contestants have the same parameters" in found.sentence


def test_proofs_that_are_not_of_this_duel_make_no_difference() -> None:
    found = results(TORCH, FIT)
    assert prove(replace(found, proofs=proofs(found.match.contestants))) == prove(found)
