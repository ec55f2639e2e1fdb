from __future__ import annotations

from collections.abc import Callable
from itertools import count

import numpy as np
import pytest
from scipy import stats

from storage.records import Cell
from workbench.explain.correlation import correlations
from workbench.explain.importance import (
    FEWEST_RUNS,
    MOST_RUNS,
    Cancelled,
    TooLittle,
    importances,
)

Table = dict[str, list[Cell]]


@pytest.fixture
def table() -> Table:
    """The metric follows lr, a little the optimizer, and not at all the noise."""
    rng = np.random.default_rng(3)
    lr, noise = rng.uniform(-5, -1, 120), rng.normal(size=120)
    optimizer = [["adam", "sgd", "rmsprop"][at % 3] for at in range(120)]
    metric = -((lr + 3) ** 2) + 0.8 * np.array([one == "adam" for one in optimizer])
    return {
        "metric": list((metric + 0.05 * rng.normal(size=120)).tolist()),
        "lr": list((10.0**lr).tolist()),
        "optimizer": list(optimizer),
        "noise": list(noise.tolist()),
        "constant": [3] * 120,
        "empty": [None] * 120,
        "name": [f"run {at}" for at in range(120)],
    }


def test_what_the_metric_follows_comes_first_and_noise_counts_for_nothing(table: Table) -> None:
    found = importances(table, "metric", ["noise", "optimizer", "lr"])
    assert [row.name for row in found.rows] == ["lr", "optimizer", "noise"]
    assert found.score > 0.8
    assert found.trustworthy
    lr, optimizer, noise = (row.mean for row in found.rows)
    assert lr > 3 * optimizer > 10 * abs(noise)
    assert "depends most on lr and optimizer" in found.words[0]


def test_it_is_the_same_at_each_call(table: Table) -> None:
    names = ["lr", "optimizer", "noise"]
    assert importances(table, "metric", names) == importances(table, "metric", names)


def test_a_model_that_explains_nothing_says_so(table: Table) -> None:
    found = importances(table, "noise", ["lr", "optimizer"])
    assert found.score < 0.2
    assert not found.trustworthy
    assert "next to nothing" in found.words[0]


def test_constants_and_texts_without_end_are_left_out_with_the_reason(table: Table) -> None:
    found = importances(table, "metric", ["lr", "constant", "empty", "name"])
    assert [row.name for row in found.rows] == ["lr"]
    assert found.left_out["constant"] == "is the same in all runs"
    assert found.left_out["empty"] == "has no values"
    assert "120 different texts" in found.left_out["name"]


def test_a_missing_value_is_a_kind_of_its_own(table: Table) -> None:
    """Where a parameter is missing the metric is another one, which the forest can see."""
    missing = [at % 2 == 0 for at in range(120)]
    table["beta"] = [None if gone else 0.5 + 0.001 * at for at, gone in enumerate(missing)]
    table["target"] = [1.0 * gone + 0.001 * at % 7 for at, gone in enumerate(missing)]
    found = importances(table, "target", ["beta", "noise"])
    assert found.rows[0].name == "beta"
    assert found.score > 0.9


@pytest.mark.parametrize("known", [0, 1, FEWEST_RUNS - 1])
def test_few_runs_are_refused_with_words(table: Table, known: int) -> None:
    table["metric"] = [*table["metric"][:known], *[None] * (120 - known)]
    with pytest.raises(TooLittle, match=rf"{known} runs? .* at least {FEWEST_RUNS}"):
        importances(table, "metric", ["lr"])


def test_a_constant_metric_and_columns_that_do_not_vary_are_refused(table: Table) -> None:
    with pytest.raises(TooLittle, match="the same in all 120 runs"):
        importances(table, "constant", ["lr"])
    with pytest.raises(TooLittle, match="constant is the same in all runs"):
        importances(table, "metric", ["constant"])


def cancelled_after(calls: int) -> Callable[[], bool]:
    asked = count()
    return lambda: next(asked) >= calls


@pytest.mark.parametrize("calls", [0, 3, 12])
def test_it_can_be_cancelled_while_it_learns_and_while_it_deals(table: Table, calls: int) -> None:
    with pytest.raises(Cancelled):
        importances(table, "metric", ["lr", "noise"], cancelled_after(calls))


def test_of_very_many_runs_some_are_drawn_and_that_is_said() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(size=MOST_RUNS + 500)
    found = importances({"x": x.tolist(), "y": (3 * x).tolist()}, "y", ["x"])
    assert found.runs == MOST_RUNS
    assert "2,000 of 2,500 runs" in found.words[-1]


def test_correlations_are_scipys_over_the_rows_that_have_both(table: Table) -> None:
    table["lr"] = [*table["lr"][:60], *[None] * 60]
    by_name = {each.name: each for each in correlations(table, "metric", ["noise", "lr"])}
    x, y = table["lr"][:60], table["metric"][:60]
    assert by_name["lr"].n == 60
    assert by_name["lr"].pearson == pytest.approx(stats.pearsonr(x, y).statistic)
    assert by_name["lr"].spearman == pytest.approx(stats.spearmanr(x, y).statistic)
    assert by_name["lr"].spearman_p == pytest.approx(stats.spearmanr(x, y).pvalue)


def test_p_is_corrected_for_the_number_of_columns(table: Table) -> None:
    alone = correlations(table, "metric", ["noise"])[0]
    assert alone.adjusted == pytest.approx(alone.spearman_p)
    table |= {f"noise {at}": table["noise"] for at in range(5)}
    for each in correlations(table, "metric", ["lr", *(f"noise {at}" for at in range(5))]):
        assert each.adjusted is not None
        assert each.spearman_p is not None
        assert each.adjusted >= each.spearman_p


def test_the_closest_comes_first_and_what_cannot_be_computed_last_with_the_reason(
    table: Table,
) -> None:
    table["closest"] = [2 * float(value) for value in table["metric"] if value is not None]
    names = ["constant", "noise", "closest", "optimizer", "metric"]
    found = correlations(table, "metric", names)
    assert [each.name for each in found][:2] == ["closest", "noise"]
    assert found[0].spearman == pytest.approx(1)
    remarks = {each.name: each.remark for each in found}
    assert remarks["constant"] == "one of the two does not vary"
    assert remarks["optimizer"] == "only 0 runs have a number in both columns"


def test_correlations_can_be_cancelled(table: Table) -> None:
    with pytest.raises(Cancelled):
        correlations(table, "metric", ["lr", "noise"], cancelled_after(1))
