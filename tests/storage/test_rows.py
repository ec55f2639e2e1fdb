from __future__ import annotations

import math

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from runners.protocol import Framework, State
from storage.records import RunFilter
from storage.store import Store, StoreError
from tests.storage.examples import SPEC, ids, series, spec


def test_runs_are_listed_newest_first_up_to_the_limit(store: Store) -> None:
    made = [store.create_run(SPEC).id for _ in range(3)]
    assert ids(store.runs()) == made[::-1]
    assert ids(store.runs(RunFilter(limit=2))) == made[:0:-1]


def test_runs_are_filtered_by_experiment_and_state(store: Store) -> None:
    first = store.create_run(SPEC, experiment="one")
    second = store.create_run(SPEC, experiment="two")
    store.set_state(second.id, State.RUNNING)
    assert ids(store.runs(RunFilter(experiment="one"))) == [first.id]
    assert ids(store.runs(RunFilter(state=State.RUNNING))) == [second.id]
    assert store.experiments() == ["one", "two"]


@pytest.mark.parametrize(
    "text",
    [
        "BIG",
        "tägli",
        "TÄGLICH",
        "night",
        "Mlp",
        "DIGITS",
        "tensorflow",
        "queue",
        "big night mlp",
        "100%_",
    ],
)
def test_text_is_looked_for_everywhere_in_any_case(text: str, store: Store) -> None:
    wanted = store.create_run(
        spec(framework=Framework.TENSORFLOW),
        name="Big one 100%_",
        experiment="Night",
        tags=["Täglich"],
    )
    other = store.create_run(spec(template="cnn", dataset="fashion"), name="small 100xy")
    store.set_state(other.id, State.RUNNING)
    assert ids(store.runs(RunFilter(text=text))) == [wanted.id]


def test_text_follows_a_new_name_and_new_tags(store: Store) -> None:
    run = store.create_run(SPEC, name="before", tags=["red"])
    store.rename_run(run.id, "  after\nall ")
    store.set_tags(run.id, ["green"])
    assert store.run(run.id).name == "after all"
    assert store.run(run.id).tags == ("green",)
    assert [ids(store.runs(RunFilter(text=word))) for word in ("before", "red")] == [[], []]
    assert [ids(store.runs(RunFilter(text=word))) for word in ("after", "green")] == [[1], [1]]


def test_a_run_keeps_its_name_when_the_new_one_is_empty(store: Store) -> None:
    run = store.create_run(SPEC, name="mine")
    with pytest.raises(StoreError, match="needs a name"):
        store.rename_run(run.id, " \n")
    assert store.run(run.id).name == "mine"


def test_a_list_takes_as_many_queries_for_many_runs_as_for_one(store: Store) -> None:
    statements: list[str] = []

    def seen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    def queries() -> int:
        statements.clear()
        event.listen(Engine, "before_cursor_execute", seen)
        try:
            store.runs()
        finally:
            event.remove(Engine, "before_cursor_execute", seen)
        return len(statements)

    def add() -> None:
        run = store.create_run(SPEC, tags=["a", "b"])
        store.append(run.id, {"loss": series([1.0]), "accuracy": series([1.0])})

    add()
    one = queries()
    for _ in range(5):
        add()
    assert queries() == one > 0


def test_runs_with_equal_environments_share_one_row(store: Store) -> None:
    runs = [store.create_run(SPEC).id for _ in range(2)]
    for run in runs:
        store.set_environment(run, {"packages": {"torch": "2.13"}, "load": math.nan, "at": (1, 2)})
    expected = {"packages": {"torch": "2.13"}, "load": None, "at": [1, 2]}
    assert [run.environment for run in store.runs()] == [expected, expected]
