from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.filter_terms import clause_of, clauses, toggled, with_condition, with_values


def said(text: str) -> dict[str, tuple[str, ...]]:
    return {each.field: each.values for each in clauses(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("mlp adam", {}),
        ("state = failed", {"state": ("failed",)}),
        (
            "state in (failed, lost) and starred",
            {"state": ("failed", "lost"), "starred": ("true",)},
        ),
        ("lr < 1e-3 and tag = 'a b'", {"tags": ("a b",)}),
        ("(state = failed) mlp", {"state": ("failed",)}),
        ("created in last 7 days", {"created": ("last 7 days",)}),
        ("created > 2026-01-31", {"created": ()}),
        ("state = failed or starred", {}),
        ("not state = failed", {}),
        ("state = ", {}),
    ],
)
def test_it_reads_what_holds_for_all_listed_runs(
    text: str, expected: dict[str, tuple[str, ...]]
) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "field", "values", "expected"),
    [
        ("", "state", ["failed"], "state = failed"),
        ("mlp", "state", ["failed", "lost"], "mlp and state in (failed, lost)"),
        ("state = failed and lr < 1", "state", ["lost"], "state = lost and lr < 1"),
        ("lr < 1 and state in (a, b) and mlp", "state", [], "lr < 1 and mlp"),
        ("lr < 1 and state = a", "state", [], "lr < 1"),
        ("state = a", "state", [], ""),
        ("state = a mlp", "state", [], "mlp"),
        ("(state in (a, b)) and mlp", "state", ["c"], "state = c and mlp"),
        ("a or b", "state", ["failed"], "(a or b) and state = failed"),
        ("", "experiment", ["and so on"], 'experiment = "and so on"'),
        ("mlp", "state", [], "mlp"),
    ],
)
def test_it_writes_a_condition_in_its_place(
    text: str, field: str, values: list[str], expected: str
) -> None:
    assert with_values(text, field, values) == expected


def test_a_condition_of_another_form_takes_the_place_too() -> None:
    text = with_condition("mlp and created > 2026-01-31", "created", "created in last 7 days")
    assert text == "mlp and created in last 7 days"
    assert with_condition(text, "created", "") == "mlp"
    assert with_condition("mlp and starred", "starred", "") == "mlp"


def test_a_value_is_added_and_taken_away_again() -> None:
    text = toggled("mlp and state = failed", "state", "lost")
    assert text == "mlp and state in (failed, lost)"
    assert toggled(text, "state", "failed") == "mlp and state = lost"


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)


@given(st.lists(NAMES, min_size=1, max_size=4, unique=True))
def test_any_value_is_read_as_it_was_written(values: list[str]) -> None:
    text = with_values("mlp or adam", "experiment", values)
    there = clause_of(text, "experiment")
    assert there is not None
    assert list(there.values) == values
    assert with_values(text, "experiment", []) == "(mlp or adam)"
