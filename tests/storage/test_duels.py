from __future__ import annotations

import json
from pathlib import Path

import pytest

from runners.protocol import DuelPart, DuelRole, RunSpec, State
from storage.check import check
from storage.home import Home
from storage.rebuild import rebuild
from storage.records import NewRun, QueueOptions, can_extend, can_resume
from storage.store import Store, StoreError
from tests.storage.examples import ids, spec

DUEL = "d" * 32
OTHER = "e" * 32
MATCH = '{"version": 1, "template": "mlp"}'
ALONE = QueueOptions(alone=True)


def part(seed: int, duel: str = DUEL, role: DuelRole = DuelRole.MATCH) -> RunSpec:
    return spec(seed=seed, duel=DuelPart(duel, 0, role))


def runs_of(duel: str, count: int, name: str = "the duel") -> list[NewRun]:
    return [
        NewRun(part(seed, duel), f"{name}: seed {seed}", name, options=ALONE)
        for seed in range(count)
    ]


def begin(store: Store, duel: str = DUEL, count: int = 2) -> None:
    store.create_duel(duel, "the duel", MATCH, runs_of(duel, count))


def test_a_duel_is_kept_with_all_its_runs_in_their_order(store: Store, home: Home) -> None:
    made = store.create_duel(DUEL, " the\nduel ", MATCH, runs_of(DUEL, 3))
    assert (made.id, made.name, json.loads(made.match)) == (DUEL, "the duel", json.loads(MATCH))
    assert store.duels() == [made]
    runs = store.duel_runs(DUEL)
    assert [run.spec.seed for run in runs] == [0, 1, 2]
    assert [run.spec.duel for run in runs] == [DuelPart(DUEL, 0, DuelRole.MATCH)] * 3
    assert ids(store.queue()) == ids(runs)
    assert all(run.options.alone and run.experiment == "the duel" for run in runs)
    assert all(home.run_folder(run.id).read_spec() == run.spec for run in runs)


def test_runs_of_other_duels_and_of_none_are_not_among_those_of_a_duel(store: Store) -> None:
    store.create_run(spec())
    begin(store, OTHER, 1)
    begin(store, DUEL, 1)
    assert ids(store.duel_runs(DUEL)) == [3]


def test_a_duel_that_cannot_be_kept_leaves_nothing_behind(store: Store, home: Home) -> None:
    home.duels.write_text("in the way")
    with pytest.raises(StoreError, match="duels"):
        begin(store)
    assert (store.duels(), store.runs(), home.run_folders()) == ([], [], {})
    home.duels.unlink()
    with pytest.raises(StoreError, match="needs a name"):
        store.create_duel(DUEL, " ", MATCH, runs_of(DUEL, 1))
    assert (store.runs(), home.run_folders()) == ([], {})


def test_what_is_asked_of_a_duel_that_is_not_there_is_refused_in_words(store: Store) -> None:
    for ask in (store.duel, store.duel_runs, store.trash_duel, store.restore_duel):
        with pytest.raises(StoreError, match="There is no duel"):
            ask(DUEL)
    with pytest.raises(StoreError, match="There is no duel"):
        store.add_to_duel(DUEL, MATCH, runs_of(DUEL, 1))
    assert store.runs() == []


def test_further_runs_are_added_together_with_the_new_match(store: Store) -> None:
    begin(store, count=1)
    store.add_to_duel(DUEL, '{"seeds": 2}', [NewRun(part(5))])
    assert [run.spec.seed for run in store.duel_runs(DUEL)] == [0, 5]
    assert json.loads(store.duel(DUEL).match) == {"seeds": 2}


def test_renaming_a_duel_renames_its_experiment_and_the_runs_that_are_called_after_it(
    store: Store,
) -> None:
    begin(store)
    store.rename_run(2, "mine")
    store.rename_duel(DUEL, "better")
    assert store.duel(DUEL).name == "better"
    assert [run.name for run in store.duel_runs(DUEL)] == ["better: seed 0", "mine"]
    assert store.experiments() == ["better"]
    with pytest.raises(StoreError, match="needs a name"):
        store.rename_duel(DUEL, "")


def test_a_duel_goes_to_the_trash_and_comes_back_with_its_runs(store: Store) -> None:
    begin(store)
    store.trash_duel(DUEL)
    assert (store.duels(), store.runs(), store.queue()) == ([], [], [])
    assert [duel.id for duel in store.duels(trashed=True)] == [DUEL]
    assert len(store.duel_runs(DUEL)) == 2
    store.restore_duel(DUEL)
    assert [duel.id for duel in store.duels()] == [DUEL]
    assert len(store.queue()) == 2


def test_a_duel_in_the_trash_is_deleted_for_ever_with_its_runs_and_all_files(
    store: Store, home: Home
) -> None:
    begin(store)
    with pytest.raises(StoreError, match="is not in the trash"):
        store.delete_duel(DUEL)
    store.trash_duel(DUEL)
    store.delete_duel(DUEL)
    assert store.duels(trashed=True) == []
    assert not home.duel_file(DUEL).exists()
    assert home.run_folders() == {}


def test_a_trashed_duel_goes_with_the_last_of_its_runs(store: Store, home: Home) -> None:
    begin(store)
    store.trash_duel(DUEL)
    first, second = (run.id for run in store.duel_runs(DUEL))
    store.delete_forever([first])
    assert [duel.id for duel in store.duels(trashed=True)] == [DUEL]
    store.delete_forever([second])
    assert store.duels(trashed=True) == []
    assert not home.duel_file(DUEL).exists()


def test_a_duel_with_an_active_run_does_not_go_to_the_trash(store: Store) -> None:
    begin(store)
    store.set_state(2, State.RUNNING)
    with pytest.raises(StoreError, match="Stop it first"):
        store.trash_duel(DUEL)
    assert len(store.duels()) == 1
    assert len(store.duel_runs(DUEL)) == 2


def test_a_run_that_was_deleted_is_none_of_the_duel(store: Store) -> None:
    begin(store)
    store.trash([1])
    assert ids(store.duel_runs(DUEL)) == [2]


def test_a_run_of_a_duel_goes_on_from_no_checkpoint(store: Store) -> None:
    begin(store, count=1)
    store.set_state(1, State.STOPPED)
    run = store.run(1)
    assert not can_resume(run)
    assert not can_extend(run)


@pytest.mark.parametrize("damaged", [False, True])
def test_a_rebuilt_history_has_the_duels_and_their_runs(home: Home, damaged: bool) -> None:
    store = Store.open(home)
    begin(store)
    begin(store, OTHER, 1)
    store.add_to_duel(DUEL, '{"seeds": 9}', [])
    store.rename_duel(OTHER, "other")
    store.trash_duel(OTHER)
    before = store.duels(), store.duels(trashed=True), ids(store.duel_runs(DUEL))
    store.close()
    if damaged:
        for path in home.path.glob("history.db*"):
            path.unlink()
    assert rebuild(home).problems == []
    store = Store.open(home)
    assert (store.duels(), store.duels(trashed=True), ids(store.duel_runs(DUEL))) == before
    assert check(home) == []
    store.close()


@pytest.mark.parametrize(
    "content", ["nonsense", "{}", "[]", '{"version": 2}', '{"version": 1, "id": "x"}']
)
def test_a_damaged_file_of_a_duel_is_told_and_its_runs_come_back_all_the_same(
    home: Home, content: str
) -> None:
    store = Store.open(home)
    begin(store)
    store.close()
    for path in home.path.glob("history.db*"):
        path.unlink()
    home.duel_file(DUEL).write_text(content)
    told = rebuild(home).problems
    assert any("cannot be read" in text for text in told)
    assert any("known by its runs alone" in text for text in told)
    store = Store.open(home)
    assert (store.duels(), len(store.runs())) == ([], 2)
    store.close()


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_text("{")])
def test_a_check_finds_the_missing_or_damaged_file_of_a_duel(home: Home, harm: object) -> None:
    store = Store.open(home)
    begin(store)
    assert check(home) == []
    assert callable(harm)
    harm(home.duel_file(DUEL))
    (finding,) = check(home)
    assert (finding.level, DUEL in finding.what) == ("error", True)
    store.rename_duel(DUEL, "written anew")
    assert check(home) == []
    store.close()
