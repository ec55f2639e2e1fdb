from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.query import complete
from storage.query.fields import CHOICES, FIELDS
from storage.records import Fields

KNOWN = Fields(
    FIELDS,
    ("learning_rate", "my parameter", "optimizer", "state"),
    ("system/gpu_memory", "val/accuracy", "val/loss"),
    {
        **CHOICES,
        "experiment": ("one", "two words"),
        "tags": ("baseline", "final"),
        "optimizer": ("adam", "sgd"),
    },
)


def offered(text: str) -> list[str]:
    """What is offered where the bar stands."""
    return [one.text for one in complete(text.replace("|", ""), text.index("|"), KNOWN)]


def completed(text: str, choice: str) -> str:
    """The text once a completion is taken."""
    plain = text.replace("|", "")
    (one,) = [one for one in complete(plain, text.index("|"), KNOWN) if one.text == choice]
    return plain[: one.start] + one.text + plain[one.stop :]


def test_an_empty_filter_offers_fields_parameters_and_metrics() -> None:
    found = offered("|")
    for text in ("state", "learning_rate", '"my parameter"', "best(val/loss)", "not", "last("):
        assert text in found


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("fram|", "framework"),
        ("rate|", "learning_rate"),
        ("accu|", "best(val/accuracy)"),
        ("state = fin|", "finished"),
        ("state in (failed, ki|", "killed"),
        ("tag = b|", "baseline"),
        ("optimizer = |", "adam"),
        ("best(val/|", "val/accuracy)"),
        ("state = failed an|", "and"),
        ("(mlp or not frame|", "framework"),
        ("created in last|", "last 24 hours"),
        ("created |", "in last 7 days"),
        ("learning_rate i|", "in ("),
        ("note |", "="),
    ],
)
def test_the_likeliest_comes_first(text: str, first: str) -> None:
    assert offered(text)[0] == first


@pytest.mark.parametrize(
    ("text", "choice", "wanted"),
    [
        ("mlp fram| = x", "framework", "mlp framework = x"),
        ("fra|m = x", "framework", "framework = x"),
        ("best(val/lo|", "val/loss)", "best(val/loss)"),
        ("best(val/lo|) > 1", "val/loss)", "best(val/loss) > 1"),
        ('experiment = "two|', '"two words"', 'experiment = "two words"'),
        ("para| > 1", '"my parameter"', '"my parameter" > 1'),
    ],
)
def test_a_completion_takes_the_place_of_the_word_that_the_cursor_is_in(
    text: str, choice: str, wanted: str
) -> None:
    assert completed(text, choice) == wanted


def test_operators_are_those_that_the_field_has() -> None:
    assert "~" not in offered("duration |")
    assert "<" not in offered("note |")
    assert {"and", "or"} <= set(offered("note |"))
    assert offered("state = failed |") == ["and", "or"]


def test_a_name_that_stands_in_quotes_is_offered_in_quotes() -> None:
    assert '"two words"' in offered("experiment = |")
    assert '"my parameter")' in offered("param(|")


@given(st.text(max_size=30), st.integers(0, 30))
def test_whatever_stands_there_completions_take_the_place_of_what_was_written(
    text: str, cursor: int
) -> None:
    cursor = min(cursor, len(text))
    for one in complete(text, cursor, KNOWN):
        assert 0 <= one.start <= cursor <= one.stop <= len(text)
