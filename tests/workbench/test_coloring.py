from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import Cell, RunRecord
from tests.widgets.plots.conftest import RUN
from workbench.coloring import Coloring, coloring


def colored(values: list[Cell]) -> Coloring:
    runs = [replace(RUN, id=number) for number in range(len(values))]

    def value_of(run: RunRecord, column: str) -> Cell:
        assert column == "lr"
        return values[run.id]

    return coloring(runs, "lr", value_of)


def test_few_values_are_kinds_in_their_order() -> None:
    made = colored(["b", "a", None, "b"])
    assert made.kinds == ("a", "b")
    assert [made.kind(number) for number in range(4)] == [1, 0, None, 1]
    assert colored([10.0, 2, 0.5]).kinds == ("0.5", "2", "10")
    assert colored([True, False]).kinds == ("false", "true")


@given(st.lists(st.floats(0.1, 1e3), min_size=7, max_size=40, unique=True))
def test_many_numbers_are_placed_on_a_scale_in_their_order(values: list[float]) -> None:
    made = colored(list(values))
    places = [made.place(number) for number in range(len(values))]
    assert all(place is not None and -1e-9 <= place <= 1 + 1e-9 for place in places)
    by_value = [place for _, place in sorted(zip(values, places, strict=True))]
    assert by_value == sorted(by_value, key=lambda place: place or 0.0)
    assert made.kinds == ()


def test_numbers_over_decades_are_placed_by_their_logarithm() -> None:
    made = colored([10.0**power for power in range(-4, 5)])
    assert made.place(4) == pytest.approx(0.5)
    assert made.kind(4) is None
