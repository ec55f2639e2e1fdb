from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.protocol import DuelRole, Framework, Mode
from workbench.duel.match import Contestant, Match, Scaling
from workbench.duel.schedule import Part, order, parts

COUNTS = st.integers(1, 7)
IDS = st.text("0123456789abcdef", min_size=1)
MATCH = Match(
    "mlp",
    "digits",
    (Contestant(Framework.PYTORCH, Mode.EAGER), Contestant(Framework.TENSORFLOW, Mode.FIT)),
    (3, 1, 8),
)


@given(IDS, COUNTS)
def test_each_contestant_is_once_at_each_place_in_as_many_blocks_as_there_are(
    duel: str, count: int
) -> None:
    blocks = [order(duel, count, block) for block in range(count)]
    for place in range(count):
        assert {block[place] for block in blocks} == set(range(count))
    assert all(sorted(block) == list(range(count)) for block in blocks)


@given(IDS, st.integers(1, 4))
def test_an_even_number_of_contestants_follow_each_other_equally_often(
    duel: str, half: int
) -> None:
    count = 2 * half
    followed = Counter(p for block in range(count) for p in pairwise(order(duel, count, block)))
    assert len(followed) == count * (count - 1)
    assert set(followed.values()) == {1}


def test_the_order_is_another_in_another_duel_and_the_same_in_the_same() -> None:
    orders = {tuple(order(duel, 5, 0)) for duel in "abcdefgh"}
    assert len(orders) > 1
    assert order("a", 5, 3) == order("a", 5, 3)


def test_proofs_come_first_and_then_a_block_for_each_seed() -> None:
    found = parts("d", MATCH)
    assert [part.role for part in found] == [DuelRole.PROOF] * 2 + [DuelRole.MATCH] * 6
    assert [part.seed for part in found[2:]] == [3, 3, 1, 1, 8, 8]
    assert {part.contestant for part in found[:2]} == {0, 1}
    for block in range(3):
        assert {part.contestant for part in found[2 + 2 * block : 4 + 2 * block]} == {0, 1}


@pytest.mark.parametrize("more", [1, 2, 5])
def test_further_seeds_change_nothing_of_the_blocks_before(more: int) -> None:
    longer = replace(MATCH, seeds=(*MATCH.seeds, *range(20, 20 + more)))
    assert parts("d", longer)[:8] == parts("d", MATCH)


def test_a_part_is_called_by_its_contestant_and_what_it_does() -> None:
    assert Part(DuelRole.MATCH, 1, 8).called(MATCH) == "Keras fit, seed 8"
    assert Part(DuelRole.PROOF, 0, 3).called(MATCH) == "PyTorch, proof"


def test_what_is_scaled_comes_last_once_for_each_contestant_and_value() -> None:
    scaling = Scaling((16, 64), (1, 2, 4), largest_batch=True)
    found = parts("d", replace(MATCH, scaling=scaling))
    assert found[:8] == parts("d", MATCH)
    scaled, largest = found[8:-2], found[-2:]
    assert {(one.scaled, one.value, one.contestant) for one in scaled} == {
        (name, value, at) for name, values in scaling.values.items() for value in values for at in (0, 1)
    }  # fmt: skip
    assert len(scaled) == 10
    assert {(one.role, one.seed) for one in scaled} == {(DuelRole.SCALE, 3)}
    assert [one.role for one in largest] == [DuelRole.LARGEST] * 2
    assert scaled != sorted(scaled, key=lambda one: (one.scaled, one.value))


def test_a_part_that_scales_is_called_by_what_it_tries() -> None:
    assert Part(DuelRole.SCALE, 0, 3, "batch_size", 64).called(MATCH) == "PyTorch, batch size 64"
    assert Part(DuelRole.LARGEST, 0, 3).called(MATCH) == "PyTorch, largest batch"
