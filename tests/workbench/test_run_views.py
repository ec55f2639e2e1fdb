from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import RunQuery, Scope, SortBy
from workbench.run_views import COLUMNS, Shown, View

NAMES = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=4).map(tuple)
VIEWS = st.builds(
    View,
    columns=st.lists(st.text(min_size=1, max_size=8), unique=True, min_size=1).map(tuple),
    widths=st.dictionaries(st.text(max_size=8), st.integers(1, 2000), max_size=4),
    pinned=NAMES,
    sort=st.lists(st.builds(SortBy, st.text(), st.booleans()), max_size=3).map(tuple),
    group=NAMES,
    scales=NAMES,
    aggregates=st.dictionaries(st.text(max_size=8), st.sampled_from(list(Shown)), max_size=3),
    filter=st.text(),
    scope=st.sampled_from(list(Scope)),
)


@given(VIEWS)
def test_a_view_comes_back_from_json_as_it_was(view: View) -> None:
    assert View.from_json(json.loads(json.dumps(view.to_json()))) == view


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.sampled_from(list(View().to_json())), ANYTHING) | ANYTHING)
def test_whatever_stands_in_a_file_makes_a_view(data: Any) -> None:
    view = View.from_json(data)
    assert view.columns
    assert isinstance(view.query, RunQuery)


def test_pinned_columns_stand_first_in_their_order() -> None:
    view = View(columns=("a", "b", "c", "d"), pinned=("c", "b"))
    assert view.ordered == ("b", "c", "a", "d")
    assert view.pin("d", True).pin("b", False).ordered == ("c", "d", "a", "b")


def test_sorting_again_by_a_column_turns_it_around() -> None:
    view = View().sorted_by("lr")
    assert view.sort == (SortBy("lr"),)
    assert view.sorted_by("lr").sort == (SortBy("lr", True),)
    assert view.sorted_by("lr", descending=False).sort == (SortBy("lr"),)


def test_a_column_is_added_to_the_sort_and_turned_in_its_place() -> None:
    view = View().sorted_by("lr").sorted_by("seed", add=True)
    assert view.sort == (SortBy("lr"), SortBy("seed"))
    assert view.sorted_by("lr", add=True).sort == (SortBy("lr", True), SortBy("seed"))
    assert view.sorted_by("name").sort == (SortBy("name"),)


def test_the_last_column_cannot_be_hidden() -> None:
    assert View(columns=("a", "b")).without("a").columns == ("b",)
    assert View(columns=("a",)).without("a").columns == ("a",)


@pytest.mark.parametrize("on", [True, False])
def test_groups_and_scales_are_switched_on_and_off(on: bool) -> None:
    view = View().grouped_by("lr", True).scaled("lr", True)
    assert (view.grouped_by("lr", on).group == ("lr",)) is on
    assert (view.scaled("lr", on).scales == ("lr",)) is on


def test_a_new_view_shows_what_everybody_has() -> None:
    assert View().columns == COLUMNS
    assert View().query == RunQuery()
