from __future__ import annotations

import json
import math
from typing import Any

import pytest

from storage.records import MetricSummary
from storage.summaries import Summaries, pack


def row(
    name: str, last: float | None, minimum: float | None, maximum: float | None
) -> dict[str, Any]:
    return {
        "name": name,
        "last": last,
        "last_step": 7,
        "minimum": minimum,
        "maximum": maximum,
        "count": 3,
    }


@pytest.mark.parametrize("last", [0.1, math.inf, -math.inf, 5e-324])
def test_a_last_value_reads_back_as_it_was_packed(last: float) -> None:
    read = Summaries(pack([row("train/loss", last, 0.1, 0.2)]))
    assert dict(read) == {"train/loss": MetricSummary(last, 7, 0.1, 0.1, 0.2, 3)}


def test_a_missing_last_value_is_nan() -> None:
    assert math.isnan(Summaries(pack([row("loss", None, None, None)]))["loss"].last)


def test_the_text_is_json_that_every_reader_takes() -> None:
    text = pack([row("loss", math.inf, None, None), row("error", None, 1.0, 1.0)])
    json.loads(text, parse_constant=pytest.fail)


def test_the_best_is_the_smallest_loss_and_the_largest_accuracy() -> None:
    read = Summaries(pack([row("val/loss", 0.0, 1.0, 2.0), row("val/accuracy", 0.0, 1.0, 2.0)]))
    assert (read["val/loss"].best, read["val/accuracy"].best) == (1.0, 2.0)
