from __future__ import annotations

import pytest

from storage.records import Experiment, RunFilter
from storage.store import Store
from tests.examples import SPEC
from tests.workbench.conftest import Call


@pytest.fixture
def two(store: Store) -> list[int]:
    return [store.create_run(SPEC, name=name, experiment="trial").id for name in ("one", "two")]


def test_a_note_is_written_printed_and_removed(call: Call, store: Store, two: list[int]) -> None:
    assert call("note", "one").out == ""
    assert call("note", "one", "It *works*\nwell").out == f"{two[0]} one has its note\n"
    assert call("note", "one").out == "It *works*\nwell\n"
    assert call("note", "one", "--json").json == {"note": "It *works*\nwell"}
    assert call("show", "one", "--json").json["note"] == "It *works*\nwell"
    assert call("note", "one", "").out == f"{two[0]} one has no note\n"
    assert store.run(two[0]).note == ""


def test_a_run_is_renamed(call: Call, store: Store, two: list[int]) -> None:
    assert call("rename", "one", "first").out == f"{two[0]} first was one\n"
    assert store.run(two[0]).name == "first"
    assert call("rename", "first", " ").code == 1


def test_runs_are_starred_and_archived_and_the_other_way_round(
    call: Call, store: Store, two: list[int]
) -> None:
    assert call("star", "one", "two").out == f"{two[0]} one is starred\n{two[1]} two is starred\n"
    assert [run["starred"] for run in call("unstar", "two", "--json").json] == [False]
    assert [run.starred for run in store.runs()] == [False, True]
    assert "is archived" in call("archive", "one").out
    assert store.run(two[0]).archived is not None
    assert "out of the archive" in call("unarchive", "one", "two").out
    assert store.run(two[0]).archived is None


def test_tags_are_added_and_removed(call: Call, store: Store, two: list[int]) -> None:
    told = call("tag", "one", "two", "--add", "final", "--add", "to check")
    assert told.out.splitlines()[1] == f"{two[1]} two has the tags final, to check"
    assert call("tag", "one", "--remove", "final", "--remove", "to check").out.endswith(
        "has no tags\n"
    )
    assert [run.tags for run in store.runs()] == [("final", "to check"), ()]
    nothing = call("tag", "one")
    assert (nothing.code, "--add or to --remove" in nothing.err) == (2, True)


def test_experiments_are_listed_with_their_runs(call: Call, store: Store, two: list[int]) -> None:
    store.create_run(SPEC, experiment="other")
    store.archive(two[:1])
    store.set_experiment_note("trial", "A first try\nof many")
    assert call("experiment", "--json").json == [
        {"name": "other", "runs": 1, "archived": 0, "note": ""},
        {"name": "trial", "runs": 1, "archived": 1, "note": "A first try\nof many"},
    ]
    rows = call("experiment").out.splitlines()
    assert rows[0].split() == ["experiment", "runs", "archived", "note"]
    assert rows[3].split() == ["trial", "1", "1", "A", "first", "try"]


def test_an_experiment_is_made_noted_and_renamed(call: Call, store: Store, two: list[int]) -> None:
    told = call("experiment", "fresh one", "--add", "one", "two", "--note", "Why\n*so*")
    assert told.out == "fresh one: 2 runs, and 0 in the archive\nWhy\n*so*\n"
    assert call("experiment", "fresh one", "--rename", " better ").out.startswith("better: 2 runs")
    assert store.experiment("better") == Experiment("better", "Why\n*so*")
    assert store.experiments() == ["better"]


def test_an_experiment_that_is_not_there_is_told(call: Call, store: Store, two: list[int]) -> None:
    for words in (["nowhere"], ["nowhere", "--note", "why"]):
        answer = call("experiment", *words)
        assert answer.code == 2
        assert 'no experiment "nowhere"' in answer.err
    assert call("experiment", "--note", "of what?").code == 2
    assert store.experiment("nowhere") == Experiment("nowhere")


def test_runs_in_the_trash_are_deleted_for_ever(call: Call, store: Store, two: list[int]) -> None:
    refused = call("delete", "one", "--forever")
    assert (refused.code, "is not in the trash" in refused.err) == (1, True)
    call("delete", "one", "two")
    assert call("delete", "one", "--forever").out == f"deleted for ever: {two[0]}\n"
    assert call("delete", "two", "--forever", "--json").json == [{"id": two[1]}]
    assert store.runs(RunFilter(trashed=True)) == []
