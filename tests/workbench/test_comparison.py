from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.protocol import Framework, State
from storage.records import MetricSummary, RunRecord
from tests.examples import SPEC
from tests.widgets.plots.conftest import RUN
from workbench.comparison import Ranking, duration_row, metric_rows, parameter_rows, winners


def run(metrics: Mapping[str, float] = {}, **changes: Any) -> RunRecord:
    summary = {
        name: MetricSummary(value, 1, value if math.isfinite(value) else None, value, value, 1)
        for name, value in metrics.items()
    }
    spec = replace(RUN.spec, **changes.pop("spec", {}))
    return replace(RUN, spec=spec, summary=summary, **changes)


def test_parameters_that_differ_are_told_from_those_that_do_not() -> None:
    shorter = {**SPEC.parameters, "epochs": 9}
    del shorter["learning_rate"]
    runs = [run(), run(spec={"framework": Framework.TENSORFLOW, "parameters": shorter})]
    rows = {row.name: row for row in parameter_rows(runs)}
    assert rows["framework"].values == ("pytorch", "tensorflow")
    assert rows["epochs"].values == (3, 9)
    assert rows["learning_rate"].values == (0.1, None)
    assert {name for name, row in rows.items() if row.differs} == {
        "framework", "epochs", "learning_rate",
    }  # fmt: skip


def test_lower_losses_and_higher_accuracies_are_best() -> None:
    runs = [run({"loss": 0.2, "val/accuracy": 0.8}), run({"loss": 0.1, "val/accuracy": 0.9})]
    rows = {row.name: row for row in metric_rows(runs)}
    assert rows["loss"].best == {1}
    assert rows["val/accuracy"].best == {1}
    assert rows["loss"].values == (0.2, 0.1)


def test_several_runs_can_be_best_together() -> None:
    assert winners("loss", [0.5, 0.1, 0.1]) == {1, 2}


def test_nobody_is_best_where_all_are_the_same_or_alone() -> None:
    assert winners("loss", [0.1, 0.1]) == frozenset()
    assert winners("loss", [0.1, None]) == frozenset()
    assert winners("loss", [0.1, 0.1 + 1e-12]) == frozenset()


@pytest.mark.parametrize("metric", ["lr", "system/cpu_percent"])
def test_what_cannot_be_better_is_not_judged(metric: str) -> None:
    assert winners(metric, [1.0, 2.0]) == frozenset()


def test_a_value_that_is_no_number_is_never_best() -> None:
    assert winners("loss", [math.nan, 1.0, 2.0]) == {1}


def test_another_value_of_the_summary_can_be_compared() -> None:
    runs = [run({"loss": 1.0}), run({"loss": 2.0})]
    rows = metric_rows(runs, lambda summary: summary.last * 2)
    assert rows[0].values == (2.0, 4.0)


def test_of_what_the_machine_was_asked_for_the_peak_is_compared() -> None:
    name = "system/memory_bytes"
    runs = [
        replace(RUN, summary={name: MetricSummary(2.0, 9, 1.0, 1.0, peak, 10)})
        for peak in (5.0, 7.0)
    ]
    (row,) = metric_rows(runs)
    assert row.values == (5.0, 7.0)


def test_the_main_metrics_come_first_and_the_machine_last() -> None:
    one = run({"system/x": 1, "a": 1, "train/loss": 1, "test/accuracy": 1})
    assert [row.name for row in metric_rows([one])] == [
        "test/accuracy",
        "train/loss",
        "a",
        "system/x",
    ]


def test_the_fastest_of_the_runs_that_finished_is_marked() -> None:
    def lasting(seconds: int, state: State) -> RunRecord:
        return run(state=state, started=0, ended=seconds * 1_000_000)

    row = duration_row(
        [lasting(1, State.FAILED), lasting(9, State.FINISHED), lasting(5, State.FINISHED)], now=0
    )
    assert row.values == (1.0, 9.0, 5.0)
    assert row.best == {2}


def test_what_is_only_called_like_the_learning_rate_is_judged() -> None:
    assert winners("lrelu_share", [1.0, 2.0]) == {1}


def test_of_durations_only_those_of_finished_runs_are_judged() -> None:
    finished = {"state": State.FINISHED, "started": 0}
    runs = [
        run(**finished, ended=9_000_000),
        run(**finished, ended=5_000_000),
        run(state=State.FAILED, started=0, ended=1_000_000),
    ]
    row = duration_row(runs, 99_000_000)
    assert (row.values, row.best) == ((9.0, 5.0, 1.0), {1})


values = st.lists(st.none() | st.floats(allow_nan=True), min_size=1, max_size=8)


@given(values, st.data())
def test_a_ranking_that_is_kept_up_is_that_of_all_values(
    before: list[float | None], data: st.DataObject
) -> None:
    ranking, now = Ranking("accuracy", before), list(before)
    for _ in range(3):
        place = data.draw(st.integers(0, len(now) - 1))
        now[place] = data.draw(st.none() | st.floats(allow_nan=True))
        was = ranking.best
        assert ranking.replace(place, now[place]) == was ^ ranking.best
        assert ranking.best == winners("accuracy", now)
