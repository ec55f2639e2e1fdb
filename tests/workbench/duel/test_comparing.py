"""Who is better in one figure, and how often chance is taken for a difference."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from runners.protocol import Framework
from workbench.duel.comparing import Entry, Finding, judged, mean_interval
from workbench.duel.figures import CODE, figure_of

SPEED = figure_of("samples_per_s")
MEMORY = figure_of("memory_peak")
ACCURACY = figure_of("test/accuracy")


def entry(name: str, *values: float) -> Entry:
    return Entry(name, Framework.PYTORCH, dict(enumerate(values, 1)))


def test_a_clear_difference_beyond_chance_beats() -> None:
    found = judged(SPEED, [entry("a", 110, 112, 111), entry("b", 100, 101, 101)])
    assert found.comparisons[0].finding is Finding.BETTER
    assert found.unbeaten == (0,)


def test_lower_is_better_for_memory() -> None:
    found = judged(MEMORY, [entry("a", 110, 112, 111), entry("b", 100, 101, 101)])
    assert found.comparisons[0].finding is Finding.WORSE
    assert found.unbeaten == (1,)


def test_a_difference_too_small_to_choose_by_beats_nobody_however_sure_it_is() -> None:
    found = judged(SPEED, [entry("a", 1010.0, 1010.1, 1010.2), entry("b", 1000.0, 1000.2, 1000.1)])
    assert found.comparisons[0].low > 0
    assert found.comparisons[0].finding is Finding.EQUAL
    assert found.equal


def test_what_scatters_too_much_is_not_decided() -> None:
    found = judged(SPEED, [entry("a", 120, 80, 110), entry("b", 100, 101, 99)])
    assert found.comparisons[0].finding is Finding.UNDECIDED
    assert not found.equal
    assert found.unbeaten == (0, 1)


def test_two_seeds_decide_nothing() -> None:
    found = judged(SPEED, [entry("a", 200, 201), entry("b", 100, 101)])
    assert found.comparisons[0].finding is Finding.UNDECIDED
    assert found.comparisons[0].low == -math.inf


def test_what_does_not_scatter_is_decided_by_itself() -> None:
    found = judged(CODE[0], [entry("a", 80), entry("b", 100)])
    assert found.unbeaten == (0,)


def test_the_same_values_with_every_seed_are_equal() -> None:
    found = judged(ACCURACY, [entry("a", 0.9, 0.91, 0.92), entry("b", 0.9, 0.91, 0.92)])
    assert found.comparisons[0].finding is Finding.EQUAL
    assert found.comparisons[0].advantage == 0


def test_scores_that_all_differ_by_the_same_are_no_proof() -> None:
    found = judged(ACCURACY, [entry("a", 0.90, 0.91, 0.92), entry("b", 0.88, 0.89, 0.90)])
    assert found.comparisons[0].finding is Finding.UNDECIDED


def test_contestants_that_never_scatter_and_differ_are_told_apart() -> None:
    found = judged(MEMORY, [entry("a", 100.0, 100.0, 100.0), entry("b", 150.0, 150.0, 150.0)])
    assert found.unbeaten == (0,)


def test_only_seeds_that_both_have_are_compared() -> None:
    one = Entry("a", Framework.PYTORCH, {1: 110.0, 2: 112.0, 3: 111.0, 4: 1.0})
    other = Entry("b", Framework.PYTORCH, {1: 100.0, 2: 101.0, 3: 101.0, 5: 1e9})
    assert judged(SPEED, [one, other]).comparisons[0].seeds == 3


@pytest.mark.parametrize("bad", [math.nan, math.inf, 0.0, -1.0])
def test_values_that_no_ratio_can_be_made_of_are_left_out(bad: float) -> None:
    found = judged(SPEED, [entry("a", 110, 112, 111, bad), entry("b", 100, 101, 101, 100)])
    assert found.comparisons[0].seeds == 3


values = st.lists(st.floats(1.0, 1e3), min_size=4, max_size=4)


@settings(max_examples=60, deadline=None)
@given(values, values)
def test_two_contestants_are_judged_as_the_paired_t_test_judges_their_logarithms(
    a: list[float], b: list[float]
) -> None:
    (found,) = judged(SPEED, [entry("a", *a), entry("b", *b)]).comparisons
    difference = np.log(a) - np.log(b)
    if np.ptp(difference) < 1e-6 or np.ptp(np.log(a)) < 1e-6 or np.ptp(np.log(b)) < 1e-6:
        return
    known = stats.ttest_1samp(difference, 0)
    assert found.p == pytest.approx(known.pvalue, rel=1e-6)
    assert (found.low, found.high) == pytest.approx(
        tuple(known.confidence_interval(0.95)), abs=1e-9
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(values, min_size=2, max_size=5), st.randoms())
def test_the_order_of_the_contestants_changes_nothing(
    given_values: list[list[float]], random: object
) -> None:
    entries = [entry(str(at), *each) for at, each in enumerate(given_values)]
    turned = list(reversed(entries))
    one, other = judged(SPEED, entries), judged(SPEED, turned)
    assert {one.entries[at].name for at in one.unbeaten} == {
        other.entries[at].name for at in other.unbeaten
    }
    assert one.unbeaten


@settings(max_examples=60, deadline=None)
@given(st.lists(values, min_size=2, max_size=5))
def test_an_interval_leaves_zero_out_exactly_where_holm_rejects(
    given_values: list[list[float]],
) -> None:
    found = judged(SPEED, [entry(str(at), *each) for at, each in enumerate(given_values)])
    ordered = sorted(c.p for c in found.comparisons)
    rejected: set[float] = set()
    for rank, p in enumerate(ordered):
        if p > 0.05 / (len(ordered) - rank):
            break
        rejected.add(p)
    for each in found.comparisons:
        if math.isfinite(each.low) and abs(each.advantage) > 1e-9:
            assert (each.low > 0 or each.high < 0) == (each.p in rejected)


@pytest.mark.parametrize("contestants", [2, 4])
def test_equal_contestants_are_seldom_told_apart(contestants: int) -> None:
    """Normal scatter on logarithms, no difference: of 1,000 duels at most 5 % name a winner, but for chance."""
    generator = np.random.default_rng(3)
    named = 0
    for _ in range(1000):
        drawn = np.exp(generator.normal(0, 0.2, (contestants, 3)))
        found = judged(SPEED, [entry(str(at), *each) for at, each in enumerate(drawn)])
        named += len(found.unbeaten) < contestants
    assert named <= 70  # the 99.8 % point of the binomial distribution with 5 %


def test_a_mean_and_its_interval_are_those_of_student() -> None:
    mean, low, high = mean_interval(ACCURACY, [0.90, 0.92, 0.94])
    reach = stats.t.ppf(0.975, 2) * 0.02 / math.sqrt(3)
    assert (mean, low, high) == pytest.approx((0.92, 0.92 - reach, 0.92 + reach))


def test_a_single_run_has_no_interval() -> None:
    mean, low, high = mean_interval(SPEED, [100.0])
    assert mean == pytest.approx(100)
    assert math.isnan(low)
    assert math.isnan(high)
