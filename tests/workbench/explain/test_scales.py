from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.explain.scales import ColumnScale, telling
from workbench.ticks import Scale

_NUMBERS = st.lists(st.floats(-1e9, 1e9) | st.none(), min_size=1, max_size=30)


@given(_NUMBERS)
def test_numbers_stand_on_the_axis_in_their_order_and_what_is_missing_has_no_place(
    cells: list[float | None],
) -> None:
    if all(cell is None for cell in cells):
        return
    places = ColumnScale.of("lr", cells).places(cells)
    assert [math.isnan(place) for place in places] == [cell is None for cell in cells]
    known = [(cell, place) for cell, place in zip(cells, places, strict=True) if cell is not None]
    assert all(0 <= place <= 1 for _, place in known)
    ordered = [place for _, place in sorted(known)]
    assert ordered == sorted(ordered)


def test_positive_numbers_over_decades_are_logarithmic_unless_one_says_otherwise() -> None:
    cells = [1e-5, 1e-3, 1e-1]
    scale = ColumnScale.of("lr", cells)
    assert scale.logarithmic
    assert scale.places(cells)[1] == pytest.approx(0.5)
    linear = scale.with_log(False, cells)
    assert not linear.logarithmic
    assert linear.places(cells)[1] < 0.1


def test_numbers_that_are_not_all_positive_cannot_be_logarithmic() -> None:
    scale = ColumnScale.of("weight_decay", [0.0, 1e-5, 1.0], logarithmic=True)
    assert not scale.logarithmic
    assert not scale.can_be_logarithmic


def test_texts_and_flags_are_kinds_in_order_and_numbers_among_them_come_first() -> None:
    cells = ["sgd", "adam", None, 3, "sgd"]
    scale = ColumnScale.of("optimizer", cells)
    assert scale.kinds == ("3", "adam", "sgd")
    places = scale.places(cells)
    assert places[0] == places[4] > places[1] > places[3]
    assert math.isnan(places[2])
    assert ColumnScale.of("residual", [True, False]).kinds == ("false", "true")


def test_moments_have_dates_and_durations_clocks_on_their_axes() -> None:
    moments = [1_767_225_600_000_000, 1_767_312_000_000_000]
    scale = ColumnScale.of("created", moments)
    assert scale.numbers is Scale.DATE
    assert np.all((scale.places(moments) >= 0) & (scale.places(moments) <= 1))
    assert scale.ticks(4)
    assert ColumnScale.of("duration", [60.0, 3600.0]).text(90.0) == "1:30"


def test_a_column_without_values_has_an_axis_and_no_places() -> None:
    scale = ColumnScale.of("lr", [None, None])
    assert np.isnan(scale.places([None, None])).all()


def test_many_kinds_have_as_many_labels_as_there_is_room_for() -> None:
    cells = [f"run {at}" for at in range(1000)]
    assert len(ColumnScale.of("name", cells).ticks(10)) == 10


def test_the_columns_that_tell_most_are_found_also_where_the_best_is_in_the_middle() -> None:
    chance = np.random.default_rng(1)
    lr, noise = chance.uniform(-5, -1, 400), chance.normal(size=400)
    optimizer = chance.choice(["sgd", "adam"], 400).tolist()
    metric = -abs(lr + 3) + 0.5 * np.array([each == "adam" for each in optimizer])
    columns = {"a": noise.tolist(), "lr": lr.tolist(), "optimizer": optimizer, "same": [1] * 400, "m": metric.tolist()}  # fmt: skip
    names = ["a", "lr", "optimizer", "same"]
    assert telling(columns, "m", names, 1) == ["lr"]
    assert telling(columns, "m", names, 2) == ["lr", "optimizer"]
    assert telling(columns, "m", names, 9) == ["a", "lr", "optimizer"]
