from __future__ import annotations

import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.commands.parser import UsageError, assignment, build_parser

RUN = ["run", "--template", "mlp", "--framework", "pytorch", "--dataset", "digits"]
NAMES = st.text(
    st.characters(exclude_characters="=", exclude_categories=["Cs"]), min_size=1
).filter(lambda text: text.strip() != "")


@given(NAMES, st.text())
def test_an_assignment_is_split_at_its_first_equals_sign(name: str, value: str) -> None:
    assert assignment(f"{name}={value}") == (name.strip(), value)


@given(st.text().filter(lambda text: not text.partition("=")[0].strip() or "=" not in text))
def test_what_has_no_name_or_no_equals_sign_is_no_assignment(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="NAME=VALUE"):
        assignment(text)


@given(st.lists(st.tuples(NAMES.filter(lambda name: not name.startswith("-")), st.text())))
def test_every_set_reaches_the_request_in_its_order(pairs: list[tuple[str, str]]) -> None:
    words = [word for name, value in pairs for word in ("--set", f"{name}={value}")]
    args = build_parser().parse_args([*RUN, *words])
    assert args.parameters == [(name.strip(), value) for name, value in pairs]


@given(st.lists(st.text(), max_size=5))
def test_no_words_bring_the_parser_down(words: list[str]) -> None:
    try:
        args = build_parser().parse_args(words)
    except (UsageError, SystemExit):
        return
    assert args.handler
