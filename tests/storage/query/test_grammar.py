from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import QueryError
from storage.query import check, parse, quoted
from storage.query.grammar import DEEPEST, LONGEST
from storage.query.terms import KEYWORDS, term_of
from storage.query.tree import Comparison, Node
from storage.records import Fields

PLAIN = Fields(parameters=("lr", "kernel-size"), metrics=("val/accuracy", "system/gpu_memory"))


def shape(node: Node) -> str:
    """Which condition belongs to which, without the places."""
    match type(node).__name__:
        case "And" | "Or":
            parts = f" {type(node).__name__.lower()} ".join(map(shape, node.parts))  # type: ignore[union-attr]
            return f"({parts})"
        case "Not":
            return f"not {shape(node.part)}"  # type: ignore[union-attr]
        case "Search":
            return " ".join(node.words)  # type: ignore[union-attr]
        case "Comparison":
            values = ",".join(value.text for value in node.values)  # type: ignore[union-attr]
            return f"{node.term.source}:{node.term.name}{node.operator}{values}"  # type: ignore[union-attr]
    return f"{node.term.name}?"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a or b and not c d", "(a or (b and not c and d))"),
        ("(a or b) c", "((a or b) and c)"),
        ("mlp Adam", "(mlp and adam)"),
        ("android order notes inside", "(android and order and notes and inside)"),
        ("LR<1e-3", "name:LR<1e-3"),
        ("val/accuracy>0.9", "name:val/accuracy>0.9"),
        ("kernel-size = 3", "name:kernel-size=3"),
        ("tag in(a, 'b c')", "field:tags=a,b c"),
        ("state NOT IN (a)", "field:state!=a"),
        ("created in last 7 days x", "(field:created=last 7 days and x)"),
        ("created > 2026-01-31 14:30", "field:created>2026-01-31 14:30"),
        ("duration > 2h 30m", "field:duration>2h 30m"),
        ("lr is missing", "not lr?"),
        ("lr is not missing or lr exists", "(lr? or lr?)"),
        ("starred", "starred?"),
        ("'starred'", "starred"),
        ('best( "my metric" )==1', "best:my metric=1"),
        ('"my parameter" = "say \\"hi\\""', 'name:my parameter=say "hi"'),
        ("#12 fashion-mnist 50% it's", "(#12 and fashion-mnist and 50% and it's)"),
        ("last 7 layers", "last 7 layers"),
        ("not(mlp)", "not mlp"),
        ("param(state) = x", "param:state=x"),
    ],
)
def test_a_filter_is_read_as_it_is_meant(text: str, wanted: str) -> None:
    assert shape(parse(text)) == wanted


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("lr <", (4, 4), "ends where a value should follow"),
        ("lr < 1 and ", (10, 10), "ends where a condition"),
        ("(a", (2, 2), "ends where a closing bracket"),
        ("a)", (1, 2), r"\"\)\" cannot stand here"),
        ("tag in ()", (8, 9), "A value should"),
        ('a "open', (2, 7), "quote is not closed"),
        ("a, b", (1, 2), r"\",\" cannot stand here"),
        ("mean(x) > 3", (0, 4), "no function mean; there are"),
        ("best(val/accuracy > 1", (21, 21), "closing bracket"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(text: str, place: tuple[int, int], message: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        parse(text)
    assert (caught.value.start, caught.value.stop) == place


@pytest.mark.parametrize(
    ("text", "wrong", "message"),
    [
        ("lr < abc", "abc", "is no number"),
        ("last(val/accuracy) = nan", "nan", "is missing"),
        ("duration > long", "long", "is no duration, such as 90s"),
        ("created > soon", "soon", "is no moment, such as 2026-01-31"),
        ("created > last 7 days", "created > last 7 days", 'Write "in last 7 days"'),
        ("created in last 7 moons", "last 7 moons", "is no moment"),
        ("created = 2026-02-30", "2026-02-30", "is no moment"),
        ("name < b", "name < b", "is a text"),
        ("val/accuracy ~ 3", "val/accuracy ~ 3", "is a number"),
        ("created ~ 2026", "tags ~ 2026", "is a moment"),
        ("starred > 0", "starred > 0", "is true or false"),
        ("starred = maybe", "maybe", "neither true nor false"),
        ("state = finshed", "finshed", 'Did you mean "finished"'),
        ("framework in (pytorch, jax)", "jax", "There are pytorch, tensorflow"),
        ("val/acuracy > 1", "val/acuracy", 'Did you mean "val/accuracy"'),
        ("LR < 1", "LR", 'Did you mean "lr"'),
        ("best(gpu_memory) > 1", "best(gpu_memory)", 'Did you mean "system/gpu_memory"'),
        ("param(val/accuracy) = 1", "param(val/accuracy)", "No run has a parameter"),
        ("0.1 < lr", "0.1", "No run has"),
        ("a or best(val/accuracy)", "best(val/accuracy)", "not true or false by itself"),
    ],
)
def test_what_makes_no_sense_is_pointed_at(text: str, wrong: str, message: str) -> None:
    error = check(text, PLAIN)
    assert error is not None
    assert message in str(error)
    assert len(text[error.start : error.stop]) > 0
    if wrong in text:
        assert text[error.start : error.stop] == wrong


def test_what_makes_sense_has_no_error() -> None:
    for text in (
        "",
        "  ",
        "state = FAILED",
        "lr = adam",
        "lr in (1, x)",
        "created in today",
        "progress > 50%",
    ):
        assert check(text, PLAIN) is None


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_an_error_with_its_place(text: str) -> None:
    error = check(text, PLAIN)
    assert error is None or 0 <= error.start <= error.stop <= len(text)


pieces = st.sampled_from(
    [
        *KEYWORDS,
        "(",
        ")",
        ",",
        "=",
        "<",
        "~",
        "lr",
        "best(",
        "last 7 days",
        '"',
        "'",
        "created",
        "2h",
        "is missing",
    ]
)


@given(st.lists(pieces, max_size=12).map(" ".join))
def test_any_order_of_its_words_is_a_filter_or_an_error_with_its_place(text: str) -> None:
    error = check(text, PLAIN)
    assert error is None or 0 <= error.start <= error.stop <= len(text)


@given(st.text(max_size=20))
def test_any_text_can_be_quoted(text: str) -> None:
    compared = parse(f"name = {quoted(text)}")
    assert isinstance(compared, Comparison)
    assert compared.values[0].text == text
    assert term_of(f"best({quoted(text)})").name == text


@pytest.mark.parametrize(
    "text", ["(" * 5000 + "a" + ")" * 5000, "not " * 2000 + "a", "a " * 2000, "x" * (LONGEST + 1)]
)
def test_a_filter_that_is_too_long_or_too_deep_is_refused_with_a_reason(text: str) -> None:
    error = check(text, PLAIN)
    assert error is not None
    assert "at most" in str(error) or "more than" in str(error)


def test_brackets_go_as_deep_as_promised() -> None:
    assert check("(" * DEEPEST + "a" + ")" * DEEPEST, PLAIN) is None
