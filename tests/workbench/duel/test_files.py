"""A duel's files hold every digit, and the JSON is read back as what it was."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from runners.protocol import State
from tests.workbench.duel.made import FIT, TORCH, failed, results, scaled
from workbench.duel.files import from_json, to_csv, to_json
from workbench.duel.match import Target
from workbench.duel.results import Results


def full() -> Results:
    """With one of everything that may be there or not."""
    found = results(TORCH, replace(FIT, parameters={"hidden_widths": (8, 8), "dropout": 0.25}))
    wrong = replace(found.proofs[0], output_difference={"float32": math.nan}, shape_change_s=None)
    match = replace(found.match, target=Target("val/accuracy", 0.9))
    return failed(replace(found, proofs=(wrong, found.proofs[1]), match=match), 1, State.FAILED, "x")  # fmt: skip


@pytest.mark.parametrize("found", [results(), results(TORCH, FIT, seeds=(3,))])
def test_results_come_back_equal_in_every_bit(found: Results) -> None:
    assert from_json(to_json(found)) == found


def test_what_is_not_a_number_comes_back_too() -> None:
    back = from_json(to_json(full()))
    assert math.isnan(back.proofs[0].output_difference["float32"])
    assert to_json(back) == to_json(full())


def test_the_json_holds_the_verdict_for_other_programs() -> None:
    verdict = json.loads(to_json(results()))["verdict"]
    speed = next(one for one in verdict["rows"] if one["row"] == "speed")
    assert speed["winner"] == "PyTorch"
    assert len(speed["comparisons"]) == 10


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw.pop("results"),
        lambda raw: raw.update(version=99),
        lambda raw: raw["results"].update(surprise=1),
        lambda raw: raw["results"].pop("measured"),
        lambda raw: raw["results"]["measured"][0].update(contestant=99),
        lambda raw: raw["results"]["measured"][0].update(state="happy"),
        lambda raw: raw["results"]["measured"][0]["figures"].update(step_s="quick"),
        lambda raw: raw["results"]["measured"][0]["curves"].update(loss=[[1, 2]]),
        lambda raw: raw["results"]["proofs"][0].update(reference=-1),
        lambda raw: raw["results"]["match"].pop("seeds"),
        lambda raw: raw["results"].update(name=7),
    ],
)
def test_a_damaged_file_is_refused_in_words(damage: Callable[[dict[str, Any]], object]) -> None:
    raw = json.loads(to_json(results(TORCH, FIT)))
    damage(raw)
    with pytest.raises(ValueError, match=r"\w+"):
        from_json(json.dumps(raw))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "7"])
def test_what_is_no_duel_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the file of a duel"):
        from_json(text)


def test_the_csv_has_a_row_for_each_contestant_seed_and_figure() -> None:
    found = results(TORCH, FIT, seeds=(1, 2))
    rows = list(csv.DictReader(io.StringIO(to_csv(found))))
    assert len(rows) == sum(len(one.figures) for one in found.measured)
    first = rows[0]
    assert (first["contestant"], first["seed"], first["figure"], first["unit"]) == ("PyTorch", "1", "samples_per_s", "samples/s")  # fmt: skip
    assert float(first["value"]) == found.measured[0].figures["samples_per_s"]


def test_a_run_without_figures_has_a_row_that_says_its_state() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(failed(results(TORCH, FIT, seeds=(1,)), 1, State.LOST, "")))))  # fmt: skip
    assert [row["state"] for row in rows if row["contestant"] == "Keras fit"] == ["lost"]


def test_what_was_scaled_comes_back_and_stands_in_the_csv() -> None:
    found = scaled(results(TORCH, FIT))
    assert from_json(to_json(found)) == found
    rows = [row for row in csv.DictReader(io.StringIO(to_csv(found))) if row["scaled"]]
    assert {(row["scaled"], row["scaled_to"]) for row in rows} == {
        ("batch_size", "16"), ("batch_size", "64"), ("batch_size", "256"), ("threads", "1"), ("threads", "2"), ("largest_batch", ""),
    }  # fmt: skip
    (largest,) = (row for row in rows if row["figure"] == "largest_batch")
    assert (largest["value"], largest["unit"]) == ("12000.0", "samples")


def test_a_file_from_before_anything_was_scaled_is_read() -> None:
    found = results(TORCH, FIT)
    raw = json.loads(to_json(found))
    del raw["results"]["scaled"]
    assert "scaling" not in raw["results"]["match"]
    assert from_json(json.dumps(raw)) == found
