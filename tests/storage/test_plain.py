from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from storage.plain import clean, one_line, to_json


@given(st.text(st.characters(codec=None)))
def test_cleaned_text_holds_no_nul_and_can_be_encoded(text: str) -> None:
    assert b"\0" not in clean(text).encode("utf-8")
    assert clean(clean(text)) == clean(text)


def test_text_without_fault_is_kept_as_it_is() -> None:
    assert clean("größer\n 😀") == "größer\n 😀"


def test_a_line_has_single_spaces_only() -> None:
    assert one_line("  a \n\t b\0c  ") == "a bc"


@given(st.recursive(st.floats() | st.integers(), lambda inner: st.lists(inner) | st.tuples(inner)))
def test_json_never_holds_nan_or_infinity(value: object) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    json.loads(to_json({"value": value}), parse_constant=refuse)


def test_equal_values_have_one_json() -> None:
    assert to_json({"a": (1, 2), "b": 2}) == to_json({"b": 2, "a": [1, 2]})
