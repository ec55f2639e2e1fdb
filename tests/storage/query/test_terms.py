from __future__ import annotations

import math
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from storage.errors import QueryError
from storage.query import kind_of, split_columns, term_of, value_of
from storage.query.literals import read_duration, read_moment, read_number
from storage.records import Kind
from storage.store import Store
from tests.storage.examples import series, spec


def test_the_language_needs_none_of_the_databases_packages() -> None:
    """The window knows its words before it loads these."""
    program = (
        "import sys; from storage.query import complete, check, value_of; from storage.records import Fields;"
        "check('lr < 1', Fields()); complete('l', 1, Fields());"
        "print([name for name in ('sqlalchemy', 'alembic', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_name_is_a_field_before_a_parameter_before_a_metric(store: Store) -> None:
    run = store.create_run(spec(parameters={"state": "odd", "val/loss": 3}))
    store.append(
        run.id, {name: series([1.0, 2.0]) for name in ("state", "val/loss", "val/accuracy")}
    )
    run = store.run(run.id)
    assert [value_of(run, name) for name in ("state", "val/loss", "val/accuracy")] == [
        "queued",
        3,
        2.0,
    ]
    assert [value_of(run, f"{what}(state)") for what in ("param", "best", "count")] == [
        "odd",
        2.0,
        2,
    ]
    assert [value_of(run, f"{what}(val/loss)") for what in ("best", "last", "min", "max")] == [
        1.0,
        2.0,
        1.0,
        2.0,
    ]
    assert value_of(run, "nothing") is None


def test_a_reading_of_the_machine_is_its_largest(store: Store) -> None:
    run = store.create_run(spec())
    store.append(run.id, {"system/step_seconds": series([1.0, 3.0, 2.0])})
    run = store.run(run.id)
    assert (value_of(run, "system/step_seconds"), value_of(run, "best(system/step_seconds)")) == (
        3.0,
        1.0,
    )


def test_a_last_value_that_is_nan_is_no_value_and_an_infinite_one_is(store: Store) -> None:
    run = store.create_run(spec())
    store.append(run.id, {"a": series([1.0, math.nan]), "b": series([1.0, math.inf])})
    run = store.run(run.id)
    assert [value_of(run, column) for column in ("last(a)", "a", "last(b)", "max(b)")] == [
        None,
        1.0,
        math.inf,
        1.0,
    ]


def test_lists_are_texts_and_tags_one_text(store: Store) -> None:
    run = store.create_run(spec(parameters={"kernel": (3, 3)}), tags=["x", "y"])
    assert (value_of(run, "kernel"), value_of(run, "tags"), value_of(run, "tag")) == (
        "[3, 3]",
        "x, y",
        "x, y",
    )


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("duration", Kind.DURATION),
        ("created", Kind.MOMENT),
        ("best(x)", Kind.NUMBER),
        ("x", None),
        ("starred", Kind.FLAG),
    ],
)
def test_a_column_has_a_kind(column: str, kind: Kind | None) -> None:
    assert kind_of(column) is kind


@pytest.mark.parametrize("column", ["", "two words", "a = b", "best(", "best()", "mean(x)", "a,b"])
def test_what_is_no_column_is_refused(column: str) -> None:
    with pytest.raises(QueryError):
        term_of(column)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("-2.5", -2.5),
        (".5", 0.5),
        ("2k", 2000),
        ("1.5M", 1.5e6),
        ("50%", 0.5),
        ("1_000", 1000),
        ("-inf", -math.inf),
    ],
)
def test_numbers(text: str, value: float) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize("text", ["", "nan", "1e", "one", "0x10", "١", "1m", "--1", "1 2"])
def test_what_is_no_number(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("2h30m", 9000),
        ("2h 30m", 9000),
        ("1.5h", 5400),
        ("1d", 86400),
        ("250ms", 0.25),
        ("3min", 180),
        ("10", 10),
        ("1w", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert read_duration(text) == seconds


def test_moments_are_in_local_time() -> None:
    now = datetime(2026, 3, 5, 15, 30)
    time = int(now.timestamp() * 1e6)

    def interval(text: str) -> tuple[datetime, datetime]:
        found = read_moment(text, time)
        assert found is not None
        return datetime.fromtimestamp(found[0] / 1e6), datetime.fromtimestamp(found[1] / 1e6)

    assert interval("today") == (datetime(2026, 3, 5), datetime(2026, 3, 6))
    assert interval("Yesterday") == (datetime(2026, 3, 4), datetime(2026, 3, 5))
    assert interval("2024-02-29") == (datetime(2024, 2, 29), datetime(2024, 3, 1))
    assert interval("2024-02-29 23:59") == (datetime(2024, 2, 29, 23, 59), datetime(2024, 3, 1))
    assert interval("2024-02-29T00:00:59")[1] == datetime(2024, 2, 29, 0, 1)
    week = timedelta(days=7).total_seconds() * 1e6
    assert (
        read_moment("last 7 days", time)
        == (time - week, math.inf)
        == read_moment("last 1 week", time)
    )


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "0000-01-01",
        "9999-12-31",
        "2026",
        "soon",
        "last 7 moons",
        "last days",
        "last 1e9 days",
    ],
)
def test_what_is_no_moment(text: str) -> None:
    assert read_moment(text, 0) is None or text == "9999-12-31"


def test_a_list_of_columns_is_parted_at_commas_outside_of_quotes() -> None:
    text = """lr, best("val/a, b") ,'c, d', e"""
    assert split_columns(text) == ["lr", 'best("val/a, b")', "'c, d'", "e"]
    assert split_columns(" , ") == []
    assert split_columns('lr, "open') == ["lr", '"open']
