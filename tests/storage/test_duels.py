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
    store.duels.create(duel, "the duel", MATCH, runs_of(duel, count))


def test_a_duel_is_kept_with_all_its_runs_in_their_order(store: Store, home: Home) -> None:
    made = store.duels.create(DUEL, " the\nduel ", MATCH, runs_of(DUEL, 3))
    assert (made.id, made.name, json.loads(made.match)) == (DUEL, "the duel", json.loads(MATCH))
    assert store.duels.list() == [made]
    runs = store.duels.runs(DUEL)
    assert [run.spec.seed for run in runs] == [0, 1, 2]
    assert [run.spec.duel for run in runs] == [DuelPart(DUEL, 0, DuelRole.MATCH)] * 3
    assert ids(store.queue()) == ids(runs)
    assert all(run.options.alone and run.experiment == "the duel" for run in runs)
    assert all(home.run_folder(run.id).read_spec() == run.spec for run in runs)


def test_runs_of_other_duels_and_of_none_are_not_among_those_of_a_duel(store: Store) -> None:
    store.create_run(spec())
    begin(store, OTHER, 1)
    begin(store, DUEL, 1)
    assert ids(store.duels.runs(DUEL)) == [3]


def test_a_duel_that_cannot_be_kept_leaves_nothing_behind(store: Store, home: Home) -> None:
    home.duels.write_text("in the way")
    with pytest.raises(StoreError, match="duels"):
        begin(store)
    assert (store.duels.list(), store.runs(), home.run_folders()) == ([], [], {})
    home.duels.unlink()
    with pytest.raises(StoreError, match="needs a name"):
        store.duels.create(DUEL, " ", MATCH, runs_of(DUEL, 1))
    assert (store.runs(), home.run_folders()) == ([], {})


def test_what_is_asked_of_a_duel_that_is_not_there_is_refused_in_words(store: Store) -> None:
    for ask in (store.duels.read, store.duels.runs, store.duels.trash, store.duels.restore):
        with pytest.raises(StoreError, match="There is no duel"):
            ask(DUEL)
    with pytest.raises(StoreError, match="There is no duel"):
        store.duels.add(DUEL, MATCH, runs_of(DUEL, 1))
    assert store.runs() == []


def test_further_runs_are_added_together_with_the_new_match(store: Store) -> None:
    begin(store, count=1)
    store.duels.add(DUEL, '{"seeds": 2}', [NewRun(part(5))])
    assert [run.spec.seed for run in store.duels.runs(DUEL)] == [0, 5]
    assert json.loads(store.duels.read(DUEL).match) == {"seeds": 2}


def test_renaming_a_duel_renames_its_experiment_and_the_runs_that_are_called_after_it(
    store: Store,
) -> None:
    begin(store)
    store.rename_run(2, "mine")
    store.duels.rename(DUEL, "better")
    assert store.duels.read(DUEL).name == "better"
    assert [run.name for run in store.duels.runs(DUEL)] == ["better: seed 0", "mine"]
    assert store.experiments() == ["better"]
    with pytest.raises(StoreError, match="needs a name"):
        store.duels.rename(DUEL, "")


def test_a_duel_goes_to_the_trash_and_comes_back_with_its_runs(store: Store) -> None:
    begin(store)
    store.duels.trash(DUEL)
    assert (store.duels.list(), store.runs(), store.queue()) == ([], [], [])
    assert [duel.id for duel in store.duels.list(trashed=True)] == [DUEL]
    assert len(store.duels.runs(DUEL)) == 2
    store.duels.restore(DUEL)
    assert [duel.id for duel in store.duels.list()] == [DUEL]
    assert len(store.queue()) == 2


def test_a_duel_in_the_trash_is_deleted_for_ever_with_its_runs_and_all_files(
    store: Store, home: Home
) -> None:
    begin(store)
    with pytest.raises(StoreError, match="is not in the trash"):
        store.duels.delete(DUEL)
    store.duels.trash(DUEL)
    store.duels.delete(DUEL)
    assert store.duels.list(trashed=True) == []
    assert not home.duel_file(DUEL).exists()
    assert home.run_folders() == {}


def test_a_trashed_duel_goes_with_the_last_of_its_runs(store: Store, home: Home) -> None:
    begin(store)
    store.duels.trash(DUEL)
    first, second = (run.id for run in store.duels.runs(DUEL))
    store.delete_forever([first])
    assert [duel.id for duel in store.duels.list(trashed=True)] == [DUEL]
    store.delete_forever([second])
    assert store.duels.list(trashed=True) == []
    assert not home.duel_file(DUEL).exists()


def test_a_duel_with_an_active_run_does_not_go_to_the_trash(store: Store) -> None:
    begin(store)
    store.set_state(2, State.RUNNING)
    with pytest.raises(StoreError, match="Stop it first"):
        store.duels.trash(DUEL)
    assert len(store.duels.list()) == 1
    assert len(store.duels.runs(DUEL)) == 2


def test_a_run_that_was_deleted_is_none_of_the_duel(store: Store) -> None:
    begin(store)
    store.trash([1])
    assert ids(store.duels.runs(DUEL)) == [2]


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
    store.duels.add(DUEL, '{"seeds": 9}', [])
    store.duels.rename(OTHER, "other")
    store.duels.trash(OTHER)
    before = store.duels.list(), store.duels.list(trashed=True), ids(store.duels.runs(DUEL))
    store.close()
    if damaged:
        for path in home.path.glob("history.db*"):
            path.unlink()
    assert rebuild(home).problems == []
    store = Store.open(home)
    assert (
        store.duels.list(),
        store.duels.list(trashed=True),
        ids(store.duels.runs(DUEL)),
    ) == before
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
    assert (store.duels.list(), len(store.runs())) == ([], 2)
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
    store.duels.rename(DUEL, "written anew")
    assert check(home) == []
    store.close()
