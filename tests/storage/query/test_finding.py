"""The database's answer is the one that follows from the records, run by run."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from storage.errors import QueryError
from storage.home import Home
from storage.query import finding, parse, quoted, value_of
from storage.query.check import checked
from storage.query.fields import CHOICES, FIELDS
from storage.records import (
    Aggregate,
    Cell,
    Fields,
    Kind,
    RunList,
    RunQuery,
    RunRecord,
    Scope,
    SortBy,
    State,
)
from storage.store import Store
from tests.storage.examples import SPEC, series, spec
from tests.storage.query.histories import DAY, METRICS, NUMBERS, PARAMETERS, TEXTS, fill
from tests.storage.query.reference import found

NOW = 1_790_000_000_000_000
Known = tuple[Store, list[RunRecord]]


@pytest.fixture(scope="module", params=[1, 2])
def known(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Known]:
    store = Store.open(Home(tmp_path_factory.mktemp("home")))
    yield store, fill(store, 45, request.param, NOW)
    store.close()


def find(store: Store, query: RunQuery, now: int = NOW) -> RunList:
    with store._database.read() as connection:
        return finding.find(connection, query, now)


names = st.sampled_from([*METRICS, *PARAMETERS]).map(quoted)
functions = st.sampled_from(["last", "best", "min", "max", "count"])
columns = st.one_of(
    st.sampled_from([field.name for field in FIELDS]),
    names,
    st.builds("{}({})".format, functions, st.sampled_from(METRICS).map(quoted)),
    st.builds("param({})".format, st.sampled_from(PARAMETERS).map(quoted)),
)
numbers = st.sampled_from([*map(str, NUMBERS), "inf", "1k", "50%"])
texts = st.sampled_from([*TEXTS, "ALPHA", "a", "true"]).map(quoted)
orders = st.sampled_from(["<", "<=", ">", ">="])
equals = st.sampled_from(["=", "!="])
lists = st.sampled_from(["in", "not in"])


def several(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=3).map(lambda all: f"({', '.join(all)})")


def of_kind(kind: Kind) -> st.SearchStrategy[str]:
    return st.sampled_from([field.name for field in FIELDS if field.kind is kind])


choices = st.sampled_from(sorted(CHOICES)).flatmap(
    lambda name: st.builds("{} {} {}".format, st.just(name), equals, st.sampled_from(CHOICES[name]))
)
moments = st.sampled_from(["2026-09-20", "today", "yesterday", '"2026-09-21 12:00"'])
conditions = st.one_of(
    choices,
    st.builds("{} {} {}".format, of_kind(Kind.TEXT), equals | st.just("~"), texts),
    st.builds("{} {} {}".format, of_kind(Kind.TEXT), lists, several(texts)),
    st.builds("{} {} {}".format, of_kind(Kind.NUMBER), orders | equals, numbers),
    st.builds(
        "{} {} {}".format, of_kind(Kind.DURATION), orders, st.sampled_from(["1h", "0s", "1d"])
    ),
    st.builds("{} {} {}".format, of_kind(Kind.MOMENT), orders | equals, moments),
    st.builds("{} in last {} days".format, of_kind(Kind.MOMENT), st.integers(1, 4)),
    of_kind(Kind.FLAG),
    st.builds("{} = {}".format, of_kind(Kind.FLAG), st.sampled_from(["true", "no"])),
    st.builds(
        "{}({}) {} {}".format,
        functions,
        st.sampled_from(METRICS).map(quoted),
        orders | equals,
        numbers,
    ),
    st.builds(
        "param({}) {} {}".format,
        st.sampled_from(PARAMETERS).map(quoted),
        equals | st.just("~"),
        texts,
    ),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(PARAMETERS).map(quoted).filter(lambda name: name != "state"),
        orders | equals,
        numbers,
    ),
    st.builds(
        "{} {} {}".format, st.sampled_from(["lr", "both", "flag"]), lists, several(numbers | texts)
    ),
    st.builds("{} {}".format, columns, st.sampled_from(["exists", "is missing"])),
    texts,
    st.sampled_from(["mlp", "pytorch", "held", "stalled", "#1", "eager", "(3, 3)"]).map(quoted),
)
filters = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("{} {}".format, inner, inner),
    ),
    max_leaves=5,
)
queries = st.builds(
    RunQuery,
    filters | st.just(""),
    st.lists(
        st.builds(SortBy, columns, st.booleans()), max_size=3, unique_by=lambda by: by.column
    ).map(tuple),
    st.lists(columns, max_size=2, unique=True).map(tuple),
    st.sampled_from(Scope),
)


@settings(max_examples=120, deadline=None)
@given(query=queries)
def test_the_database_finds_what_the_records_say_in_their_order(
    known: Known, query: RunQuery
) -> None:
    store, runs = known
    got = find(store, query)
    wanted = found(runs, query, store.fields(), NOW)
    assert list(got.ids) == [run.id for run in wanted]
    if query.group:
        assert [
            run_id for group in got.groups for run_id in got.ids[group.start : group.stop]
        ] == list(got.ids)
        by_id = {run.id: run for run in runs}
        for group in got.groups:
            for run_id in got.ids[group.start : group.stop]:
                assert group.values == tuple(
                    value_of(by_id[run_id], one, NOW) for one in query.group
                )
        assert len({group.values for group in got.groups}) == len(got.groups)


@settings(max_examples=40, deadline=None)
@given(chosen=st.lists(columns, min_size=1, max_size=4, unique=True), query=queries)
def test_a_table_holds_what_the_records_say_but_nothing_infinite(
    known: Known, chosen: list[str], query: RunQuery
) -> None:
    store, runs = known
    with store._database.read() as connection:
        got = finding.table(connection, query, chosen, NOW)
    by_id = {run.id: run for run in runs}
    assert got["id"] == list(find(store, query).ids)
    for column in chosen:
        wanted = [finite(value_of(by_id[int(str(run_id))], column, NOW)) for run_id in got["id"]]
        assert [(type(cell), cell) for cell in map(plain, got[column])] == [
            (type(cell), cell) for cell in map(plain, wanted)
        ]


def finite(cell: Cell) -> Cell:
    return None if isinstance(cell, float) and cell in (float("inf"), float("-inf")) else cell


def plain(cell: Cell) -> Cell:
    """Whole numbers of parameters may come as integers."""
    return float(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell


@settings(max_examples=40, deadline=None)
@given(inner=filters)
def test_a_negation_finds_all_others(known: Known, inner: str) -> None:
    store, runs = known
    scope = Scope.TRASHED
    one = set(find(store, RunQuery(inner, scope=scope)).ids)
    other = set(find(store, RunQuery(f"not ({inner})", scope=scope)).ids)
    assert one | other == {run.id for run in runs if run.trashed is not None}
    assert not one & other


def test_a_filter_that_names_what_no_run_has_points_at_it(store: Store) -> None:
    store.create_run(SPEC)
    with pytest.raises(QueryError, match='Did you mean "optimizer"') as caught:
        store.find(RunQuery("state = queued and optimiser = adam"))
    assert (caught.value.start, caught.value.stop) == (19, 28)


def test_a_column_that_no_run_has_is_empty(store: Store) -> None:
    run = store.create_run(SPEC)
    assert store.find(RunQuery(sort=(SortBy("nothing"),), group=("nothing",))).ids == (run.id,)
    assert store.table([run.id], ["nothing"]) == {"id": [run.id], "nothing": [None]}


def test_lr_is_the_learning_rate_unless_there_is_a_parameter_of_that_name(store: Store) -> None:
    long = store.create_run(spec(parameters={"learning_rate": 0.1}))
    short = store.create_run(spec(parameters={"learning_rate": 0.1, "lr": 0.5}))
    assert store.find(RunQuery("lr = 0.1")).ids == (long.id,)
    assert store.find(RunQuery("lr = 0.5")).ids == (short.id,)


def test_the_duration_of_a_run_that_goes_on_reaches_to_now(store: Store) -> None:
    run = store.create_run(SPEC)
    store.set_state(run.id, State.RUNNING)
    with store._database.write() as connection:
        connection.exec_driver_sql(f"UPDATE runs SET started = {NOW - 7_200_000_000}")
    assert find(store, RunQuery("duration >= 2h")).ids == (run.id,)
    assert find(store, RunQuery("duration >= 2h"), NOW - 1).ids == ()


def test_archived_runs_are_found_when_the_filter_speaks_of_them(store: Store) -> None:
    kept, away = (store.create_run(SPEC).id for _ in range(2))
    store.archive([away])
    assert store.find(RunQuery()).ids == (kept,)
    assert store.find(RunQuery("archived")).ids == (away,)
    assert store.find(RunQuery("archived or not archived")).ids == (away, kept)
    assert store.find(RunQuery(scope=Scope.ARCHIVED)).ids == (away,)


def test_groups_come_in_the_order_of_their_values_or_the_other_way_round_if_sorted_so(
    store: Store,
) -> None:
    for experiment in ("b", "a", "b"):
        store.create_run(SPEC, experiment=experiment)
    up = store.find(RunQuery(group=("experiment",)))
    assert [(group.values, up.ids[group.start : group.stop]) for group in up.groups] == [
        (("a",), (2,)),
        (("b",), (3, 1)),
    ]
    down = store.find(RunQuery(group=("experiment",), sort=(SortBy("experiment", True),)))
    assert [group.values for group in down.groups] == [("b",), ("a",)]


def test_aggregates_are_over_the_finite_numbers_of_each_group(store: Store) -> None:
    for experiment, values in (("a", [1.0]), ("a", [3.0]), ("a", [float("nan")]), ("b", [])):
        run = store.create_run(SPEC, experiment=experiment)
        if values:
            store.append(run.id, {"loss": series(values)})
    nothing = Aggregate(0, None, None, None)
    whole = store.aggregates(RunQuery(), ["last(loss)", "name"])
    assert whole == [{"last(loss)": Aggregate(2, 2.0, 1.0, 3.0), "name": nothing}]
    grouped = store.aggregates(RunQuery(group=("experiment",)), ["last(loss)"])
    assert grouped == [{"last(loss)": Aggregate(2, 2.0, 1.0, 3.0)}, {"last(loss)": nothing}]


def test_a_table_of_ids_keeps_their_order_and_leaves_out_what_is_not_there(store: Store) -> None:
    ids = [store.create_run(SPEC, name=name).id for name in "abc"]
    store.trash([ids[1]])
    table = store.table([ids[2], 99, ids[1]], ["name"])
    assert table == {"id": [ids[2], ids[1]], "name": ["c", "b"]}
    assert [run.id for run in store.runs_by_id([ids[2], 99, ids[1]])] == [ids[2], ids[1]]


def test_a_table_of_more_ids_than_one_statement_takes_is_whole(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_IDS", 2)
    ids = [store.create_run(spec(seed=seed)).id for seed in range(5)]
    assert store.table(ids, ["seed", "optimizer"]) == {
        "id": ids, "seed": [0, 1, 2, 3, 4], "optimizer": ["adam"] * 5
    }  # fmt: skip
    assert [run.id for run in store.runs_by_id(ids)] == ids


def test_fields_list_what_can_stand_in_a_filter(store: Store) -> None:
    run = store.create_run(SPEC, experiment="night", tags=["x", "a"])
    store.append(run.id, {"val/loss": series([1.0])})
    fields = store.fields()
    assert fields.metrics == ("val/loss",)
    assert fields.parameters == tuple(sorted(SPEC.parameters))
    assert fields.values["tags"] == ("a", "x")
    assert fields.values["experiment"] == ("night",)
    assert fields.values["optimizer"] == ("adam",)


def test_a_search_finds_words_of_the_note_and_of_parameters(store: Store) -> None:
    run = store.create_run(SPEC)
    store.create_run(spec(parameters={}))
    store.set_note(run.id, "It **Overfits** badly")
    assert store.find(RunQuery("overfits")).ids == (run.id,)
    assert store.find(RunQuery("mlp adam")).ids == (run.id,)


@pytest.mark.parametrize(
    ("query", "tables"),
    [
        (RunQuery("state = failed and starred and duration > 1h"), {"runs"}),
        (RunQuery("optimizer = adam"), {"runs", "parameters"}),
        (RunQuery("best(val/loss) < 1", (SortBy("last(val/loss)"),)), {"runs", "metrics"}),
        (RunQuery(group=("experiment", "optimizer")), {"runs", "parameters"}),
    ],
)
def test_what_is_asked_most_often_is_read_from_indexes_alone(
    query: RunQuery, tables: set[str], store: Store
) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"val/loss": series([1.0])})
    plan = [
        line
        for line in plans(store, query)
        if re.match("(SCAN|SEARCH) (runs|parameters|metrics)", line)
    ]
    assert {line.split()[1] for line in plan} == {"runs", "parameters", "metrics"} & (
        tables | NAMED
    )
    assert all("COVERING INDEX" in line or "sqlite_autoindex" in line for line in plan), plan


NAMED = {"parameters", "metrics"}
"""Read for the names that there are."""


def plans(store: Store, query: RunQuery) -> list[str]:
    """How the database goes about a query."""
    asked: list[tuple[str, object]] = []

    def seen(
        _connection: object, _cursor: object, statement: str, values: object, *_: object
    ) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.append((statement, values))

    event.listen(Engine, "before_cursor_execute", seen)
    try:
        store.find(query)
    finally:
        event.remove(Engine, "before_cursor_execute", seen)
    with store._database.read() as connection:
        explain = connection.exec_driver_sql
        return [
            str(row[3])
            for text, values in asked
            for row in explain(f"EXPLAIN QUERY PLAN {text}", values)  # type: ignore[arg-type]
        ]


def test_a_day_is_a_day_of_local_time() -> None:
    node = checked(parse("created = today"), Fields(), NOW)
    start, stop = (part.numbers[0] for part in node.parts[0].parts)  # type: ignore[union-attr]
    assert start <= NOW < stop
    assert stop - start in (DAY, DAY - DAY / 24, DAY + DAY / 24)
