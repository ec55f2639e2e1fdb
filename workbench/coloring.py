"""Runs told apart by a column: a kind each for few values, a place on a scale for many numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from storage.records import Cell, RunRecord
from workbench.replicates import words

MOST_NUMBERS = 6
"""More different numbers than these are placed on a scale."""
_DECADES = 2
"""From so many powers of ten on a scale of positive numbers is logarithmic."""


@dataclass(frozen=True, slots=True)
class NumberScale:
    low: float
    high: float

    @property
    def logarithmic(self) -> bool:
        return self.low > 0 and self.high / self.low >= 10**_DECADES

    def place(self, value: float) -> float:
        """From 0 to 1."""
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return (value - low) / (high - low)


@dataclass(frozen=True, slots=True)
class Coloring:
    """Either ``kinds``, in their order, or a ``scale``. A run without a value has neither."""

    column: str
    kinds: tuple[str, ...]
    scale: NumberScale | None
    values: dict[int, Cell]

    def kind(self, run_id: int) -> int | None:
        value = self.values.get(run_id)
        return None if value is None or self.scale else self.kinds.index(words(value))

    def place(self, run_id: int) -> float | None:
        value = self.values.get(run_id)
        if self.scale is None or not isinstance(value, int | float):
            return None
        return self.scale.place(float(value))


def coloring(
    runs: Sequence[RunRecord], column: str, value_of: Callable[[RunRecord, str], Cell]
) -> Coloring:
    """How to tell the runs apart by a column; ``value_of`` reads it of a run."""
    values = {run.id: value_of(run, column) for run in runs}
    known = {value for value in values.values() if value is not None}
    numbers = [float(each) for each in known if isinstance(each, int | float) and not isinstance(each, bool)]  # fmt: skip
    if len(numbers) == len(known) > MOST_NUMBERS:
        return Coloring(column, (), NumberScale(min(numbers), max(numbers)), values)
    ordered = sorted(known, key=_order)
    return Coloring(column, tuple(dict.fromkeys(map(words, ordered))), None, values)


def _order(value: Cell) -> tuple[bool, float, str]:
    """Numbers by size, then texts."""
    if isinstance(value, str):
        return True, 0.0, value
    return False, float(value or 0), ""
