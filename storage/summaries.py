"""The summaries of a run's metrics as one text in the run's row, so that a list of runs reads one row a run.

JSON: per metric, in the order of appearance, last, last step, minimum, maximum, count. JSON has neither
NaN nor infinities, so a last value that is NaN is null, and an infinite one a text, "inf" or "-inf".
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

from storage.records import MetricSummary, better


def pack(rows: Iterable[Mapping[str, Any]]) -> str:
    """The text for the rows of the table of metrics."""
    packed = {
        row["name"]: (
            row["last"] if row["last"] is None or math.isfinite(row["last"]) else str(row["last"]),
            row["last_step"],
            row["minimum"],
            row["maximum"],
            row["count"],
        )
        for row in rows
    }
    return json.dumps(packed, allow_nan=False, separators=(",", ":"))


class Summaries(Mapping[str, MetricSummary]):
    """Reads the text when it is first asked: of thousands of runs in a list, few are looked at."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __getitem__(self, name: str) -> MetricSummary:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __repr__(self) -> str:
        return repr(self._all)

    @cached_property
    def _all(self) -> dict[str, MetricSummary]:
        return {name: _summary(name, *values) for name, values in json.loads(self._text).items()}


def _summary(
    name: str,
    last: float | str | None,
    last_step: int,
    minimum: float | None,
    maximum: float | None,
    count: int,
) -> MetricSummary:
    value = math.nan if last is None else float(last)
    best = minimum if _lower_is_better(name) else maximum
    return MetricSummary(value, last_step, best, minimum, maximum, count)


@lru_cache(maxsize=1024)
def _lower_is_better(name: str) -> bool:
    return better(name) == "lower"
