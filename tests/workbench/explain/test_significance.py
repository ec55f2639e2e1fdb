"""Against scipy, textbooks, and in words."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.explain.effect import hedges_g
from workbench.explain.significance import (
    Group,
    Sample,
    Significance,
    Verdict,
    against,
    significance,
)

# Student (1908): hours of sleep gained by ten patients with each of two drugs.
DEXTRO = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
LAEVO = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def group(name: str, values: list[float], first_seed: int | None = 0) -> Group:
    seeds = [None if first_seed is None else first_seed + at for at in range(len(values))]
    return Group(name, tuple(Sample(v, s) for v, s in zip(values, seeds, strict=True)))


def words(found: Significance) -> str:
    return " ".join((found.headline, *found.explanation))


def test_students_sleep_is_compared_by_pairs() -> None:
    found = significance(group("L", LAEVO), group("D", DEXTRO), "sleep")
    assert found.paired
    assert found.t is not None
    assert found.t.statistic == pytest.approx(4.0621, abs=1e-4)
    assert (found.t.df, found.t.p) == (9, pytest.approx(0.002833, abs=1e-6))
    assert found.difference == pytest.approx(1.58)
    assert found.interval == (pytest.approx(0.7001, abs=1e-4), pytest.approx(2.4599, abs=1e-4))
    assert found.effect == pytest.approx(1.58 / 1.22995, abs=1e-4)
    assert found.verdict is Verdict.DIFFERENT
    assert "L is better than D in sleep, by 1.58" in found.headline


def test_without_matching_seeds_the_same_figures_are_compared_by_welch() -> None:
    found = significance(group("L", LAEVO, 0), group("D", DEXTRO, 100), "sleep")
    assert not found.paired
    assert found.t is not None
    assert found.t.statistic == pytest.approx(1.8608, abs=1e-4)
    assert found.t.df == pytest.approx(17.776, abs=1e-3)
    assert found.t.p == pytest.approx(0.07939, abs=1e-5)
    assert found.verdict is Verdict.NOT_SHOWN
    assert "not a proof that they are equal" in words(found)


def test_hedges_g_is_that_of_the_formula_with_the_approximate_factor() -> None:
    a, b = np.array(LAEVO), np.array(DEXTRO)
    d = (a.mean() - b.mean()) / math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    assert hedges_g(a, b) == pytest.approx(d * (1 - 3 / (4 * 18 - 1)), rel=1e-3)


values = st.lists(st.floats(-100, 100).map(lambda x: round(x, 3)), min_size=3, max_size=12)


@settings(max_examples=25)
@given(values, values)
def test_figures_are_scipys_and_the_other_way_round_has_the_other_sign(
    one: list[float], two: list[float]
) -> None:
    found = significance(group("A", one, 0), group("B", two, 50), "m")
    back = significance(group("B", two, 50), group("A", one, 0), "m")
    assert back.difference == -found.difference
    assert back.verdict is found.verdict
    if found.t is None:
        assert np.ptp(one) == np.ptp(two) == 0
        return
    with warnings.catch_warnings(action="ignore"):  # of a group without scatter
        welch = stats.ttest_ind(one, two, equal_var=False)
    assert found.t.p == pytest.approx(welch.pvalue)
    assert found.ranks is not None
    assert found.ranks.p == pytest.approx(stats.mannwhitneyu(one, two).pvalue)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=3, max_size=12))
def test_pairs_are_matched_by_seed_whatever_their_order(rows: list[tuple[float, float]]) -> None:
    one, two = ([row[at] for row in rows] for at in (0, 1))
    straight = significance(group("A", one), group("B", two), "m")
    turned = Group("B", tuple(reversed(group("B", two).samples)))
    assert significance(group("A", one), turned, "m") == straight


def test_the_bootstrap_is_the_same_at_each_call_and_near_the_interval_of_t() -> None:
    first = significance(group("L", LAEVO), group("D", DEXTRO), "sleep")
    again = significance(group("L", LAEVO), group("D", DEXTRO), "sleep")
    assert first.bootstrap is not None
    assert first.bootstrap == again.bootstrap
    assert first.bootstrap == pytest.approx((1.06, 2.6), abs=0.1)


@pytest.mark.parametrize("counts", [(0, 0), (1, 5), (2, 2), (5, 1)])
def test_of_too_few_runs_nothing_is_said_but_how_to_get_there(counts: tuple[int, int]) -> None:
    one, two = ([0.1 * n for n in range(count)] for count in counts)
    found = significance(group("A", one), group("B", two, 10), "loss")
    assert found.verdict is Verdict.NOTHING
    assert found.t is found.interval is found.effect is None
    assert "at least 3, better 5 to 10, different seeds" in words(found)


def test_copies_of_one_run_are_not_taken_for_repetitions() -> None:
    found = significance(group("A", [0.9] * 5), group("B", [0.8] * 5), "accuracy")
    assert found.verdict is Verdict.NOTHING
    assert "hardly ever" in words(found)


def test_equal_results_are_called_the_same() -> None:
    found = significance(group("A", [0.9] * 4), group("B", [0.9] * 4, 9), "accuracy")
    assert found.verdict is Verdict.SAME


def test_a_difference_of_the_size_of_rounding_is_none_however_sure_it_is() -> None:
    one = [0.5, 0.52, 0.49, 0.51, 0.53, 0.5]
    two = [value * (1 - 1e-7 * (1 + at / 10)) for at, value in enumerate(one)]
    found = significance(group("A", one), group("B", two), "test/loss")
    assert found.t is not None
    assert found.t.p < 0.001
    assert found.verdict is Verdict.SAME
    assert found.headline == "A and B reached the same test/loss with each seed."
    assert "less than a millionth" in words(found)


def test_of_a_loss_the_lower_is_better() -> None:
    low, high = [0.1, 0.11, 0.12, 0.1, 0.11, 0.13], [0.5, 0.52, 0.51, 0.53, 0.5, 0.55]
    found = significance(group("A", high), group("B", low), "val/loss")
    assert found.headline.startswith("B is better than A in val/loss")


def test_a_single_winner_is_called_luck_where_the_mean_says_otherwise() -> None:
    found = significance(
        group("A", [0.80, 0.81, 0.82, 0.80, 0.81]),
        group("B", [0.70, 0.71, 0.95, 0.70, 0.69]),
        "acc",
    )
    assert "The best single run is one of B, though A is better on average" in words(found)


def test_several_comparisons_make_it_harder_to_be_different() -> None:
    base = group("base", DEXTRO)
    alone = significance(group("L", LAEVO), base, "sleep")
    many = against(base, [group(f"L{n}", LAEVO) for n in range(30)], "sleep")
    assert alone.verdict is Verdict.DIFFERENT
    assert {each.verdict for each in many} == {Verdict.NOT_SHOWN}
    assert alone.interval is not None
    assert many[0].interval is not None
    assert many[0].interval[0] < alone.interval[0]
    assert "30 comparisons at once" in words(many[0])


def test_runs_without_a_value_or_a_partner_are_left_out_and_counted() -> None:
    found = significance(
        group("A", [0.9, 0.8, 0.85, math.nan]), group("B", [0.5, 0.6, 0.55]), "acc"
    )
    assert found.paired
    assert (found.runs, found.left_out) == ((3, 3), 1)
    assert "1 run without a finite value or without a partner was left out" in words(found)


def test_five_pairs_cannot_satisfy_the_ranks_and_that_is_said() -> None:
    found = significance(
        group("A", [0.90, 0.91, 0.92, 0.90, 0.93]), group("B", [0.5, 0.52, 0.51, 0.5, 0.54]), "acc"
    )
    assert found.verdict is Verdict.DIFFERENT
    assert "cannot bring the test of ranks below 0.05" in words(found)
