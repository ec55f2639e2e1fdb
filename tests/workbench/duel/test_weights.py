"""What rows come to, and which of them would tip it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.protocol import FRAMEWORKS, Framework
from workbench.duel.figures import Row
from workbench.duel.weights import PROFILES, profile_of, total

TORCH, TENSORFLOW = Framework.PYTORCH, Framework.TENSORFLOW


def test_a_row_gives_its_weight_to_the_winner_and_halves_where_nobody_won() -> None:
    shares = {Row.SPEED: {TORCH: 1.0}, Row.LEARNING: {TORCH: 0.5, TENSORFLOW: 0.5}}
    found = total("own", {Row.SPEED: 2, Row.LEARNING: 1, Row.MEMORY: 1}, shares)
    assert found.shares == {TORCH: pytest.approx(0.625), TENSORFLOW: pytest.approx(0.125)}
    assert found.open == pytest.approx(0.25)
    assert found.leader is TORCH
    assert found.settled


def test_a_row_tips_it_where_the_other_would_lead_with_it() -> None:
    shares = {Row.SPEED: {TORCH: 1.0}, Row.MEMORY: {TENSORFLOW: 1.0}}
    found = total("own", {Row.SPEED: 3, Row.MEMORY: 2, Row.EASE: 0.5}, shares)
    assert found.tipping == (Row.SPEED,)


def test_what_is_open_may_tip_it() -> None:
    found = total("own", {Row.SPEED: 1, Row.DEPLOYMENT: 4}, {Row.SPEED: {TORCH: 1.0}})
    assert found.tipping == (Row.SPEED, Row.DEPLOYMENT)
    assert not found.settled


@pytest.mark.parametrize("weights", [{}, {Row.SPEED: 0.0}, {Row.SPEED: 2.0, Row.EASE: -1.0}])
def test_weights_that_are_none_are_refused(weights: dict[Row, float]) -> None:
    with pytest.raises(ValueError, match="the weights"):
        total("own", weights, {})


def test_the_profiles_know_their_own_names() -> None:
    assert {name: profile_of(weights) for name, weights in PROFILES.items()} == {name: name for name in PROFILES}  # fmt: skip
    assert profile_of({Row.SPEED: 1}) == "own"


winners = st.dictionaries(st.sampled_from(Row), st.sampled_from(FRAMEWORKS))
all_weights = st.dictionaries(st.sampled_from(Row), st.floats(0.1, 10), min_size=1)


@given(winners, all_weights, st.floats(0.1, 10))
def test_parts_add_up_and_only_proportions_matter(
    won: dict[Row, Framework], weights: dict[Row, float], factor: float
) -> None:
    shares = {row: {framework: 1.0} for row, framework in won.items()}
    found = total("own", weights, shares)
    assert sum(found.shares.values()) + found.open == pytest.approx(1)
    again = total("own", {row: weight * factor for row, weight in weights.items()}, shares)
    assert again.shares == pytest.approx(found.shares)
