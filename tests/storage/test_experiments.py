from __future__ import annotations

import pytest

from storage.records import Experiment
from storage.store import Store, StoreError
from tests.storage.examples import SPEC

LAYOUT = {"panels": [{"metric": "val/loss", "log": True}], "columns": 2}


def test_an_experiment_keeps_its_note_and_its_layout(store: Store) -> None:
    assert store.experiment("mine") == Experiment("mine")
    store.set_layout("mine", LAYOUT)
    store.set_experiment_note("mine", "What *matters*\n")
    assert store.experiment("mine") == Experiment("mine", "What *matters*", LAYOUT)
    store.set_layout("mine", None)
    store.set_experiment_note("mine", "")
    assert store.experiment("mine") == Experiment("mine")


def test_a_layout_that_json_cannot_hold_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="cannot be kept"):
        store.set_layout("mine", {"widget": object()})
    assert store.experiment("mine").layout is None


def test_a_renamed_experiment_takes_all_its_runs_and_what_is_known_of_it_along(
    store: Store,
) -> None:
    run, trashed = (store.create_run(SPEC, experiment="old").id for _ in range(2))
    other = store.create_run(SPEC, experiment="other").id
    store.trash([trashed])
    store.set_experiment_note("old", "a note")
    store.set_layout("old", LAYOUT)
    assert store.rename_experiment("old", " new\n") == {run: "old", trashed: "old"}
    assert store.experiments() == ["new", "other"]
    assert store.run(trashed).experiment == "new"
    assert store.run(other).experiment == "other"
    assert store.experiment("new") == Experiment("new", "a note", LAYOUT)
    assert store.experiment("old") == Experiment("old")


def test_an_experiment_that_others_join_keeps_its_own_note_and_layout(store: Store) -> None:
    joins = store.create_run(SPEC, experiment="joins").id
    store.create_run(SPEC, experiment="stays")
    store.set_experiment_note("joins", "of the joining one")
    store.set_layout("joins", LAYOUT)
    store.set_experiment_note("stays", "its own")
    assert store.rename_experiment("joins", "stays") == {joins: "joins"}
    assert store.experiment("stays") == Experiment("stays", "its own", LAYOUT)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [("mine", " ", "needs a name"), ("nowhere", "new", 'There is no experiment "nowhere"')],
)
def test_an_experiment_without_runs_or_a_new_name_is_not_renamed(
    old: str, new: str, words: str, store: Store
) -> None:
    store.create_run(SPEC, experiment="mine")
    with pytest.raises(StoreError, match=words):
        store.rename_experiment(old, new)
    assert store.experiments() == ["mine"]


def test_renaming_an_experiment_to_its_own_name_changes_nothing(store: Store) -> None:
    run = store.create_run(SPEC, experiment="mine")
    store.set_layout("mine", LAYOUT)
    assert store.rename_experiment("mine", "mine") == {}
    assert store.run(run.id) == run
    assert store.experiment("mine").layout == LAYOUT
