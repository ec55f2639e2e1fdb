from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runners.protocol import State
from storage.home import Home
from storage.journal import read_file
from storage.records import RunFilter
from storage.store import Store, StoreError, UnknownRun
from tests.storage.examples import SPEC, ids, series

MISSING = 404
EDITS: list[Callable[[Store, list[int]], object]] = [
    lambda store, runs: store.set_note(runs[-1], "good"),
    lambda store, runs: store.set_starred(runs, True),
    lambda store, runs: store.set_color(runs, 9),
    lambda store, runs: store.set_experiment(runs, "other"),
    lambda store, runs: store.retag(dict.fromkeys(runs, ("x",))),
    lambda store, runs: store.add_tags(runs, ["x"]),
    lambda store, runs: store.remove_tags(runs, ["a"]),
    lambda store, runs: store.archive(runs),
    lambda store, runs: store.trash(runs),
    lambda store, runs: store.delete_forever(runs),
]


@pytest.fixture
def runs(store: Store) -> list[int]:
    return [store.create_run(SPEC, tags=["a"], experiment="mine").id for _ in range(3)]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_that_names_a_run_that_is_not_there_changes_nothing(
    edit: Callable[[Store, list[int]], object], store: Store, runs: list[int]
) -> None:
    before = store.runs()
    with pytest.raises(UnknownRun, match="no run with id 404"):
        edit(store, [*runs, MISSING])
    assert store.runs() == before


@pytest.mark.parametrize("edit", EDITS[:-1])
def test_an_edit_made_twice_changes_and_tells_once(
    edit: Callable[[Store, list[int]], object], store: Store, runs: list[int]
) -> None:
    assert edit(store, runs)
    revisions = [store.run(run_id).revision for run_id in runs]
    journals = [store.journal(run_id) for run_id in runs]
    assert edit(store, runs) == {}
    assert [store.run(run_id).revision for run_id in runs] == revisions
    assert [store.journal(run_id) for run_id in runs] == journals


def test_edits_say_what_was_there_before(store: Store, runs: list[int]) -> None:
    first, second, third = runs
    assert store.set_note(first, " *one* \n") == {first: ""}
    assert store.set_note(first, "two") == {first: "*one*"}
    assert store.set_starred([first], True) == {first: False}
    assert store.set_starred(runs, True) == {second: False, third: False}
    assert store.set_color([second, second], 7) == {second: 1}
    assert store.set_experiment(runs, "  ") == dict.fromkeys(runs, "mine")
    assert store.add_tags([third], ["b", "a", " c "]) == {third: ("a",)}
    assert store.remove_tags(runs, ["a", "z"]) == {first: ("a",), second: ("a",), third: ("a", "b", "c")}  # fmt: skip
    assert [store.run(run_id).tags for run_id in runs] == [(), (), ("b", "c")]


def test_an_archived_run_says_since_when_and_comes_back(store: Store, runs: list[int]) -> None:
    store.archive(runs[:2])
    since = store.run(runs[0]).archived
    assert since is not None
    assert store.run(runs[0]).archived == store.run(runs[1]).archived
    assert store.unarchive(runs) == dict.fromkeys(runs[:2], since)
    assert store.run(runs[0]).archived is None


def test_the_text_filter_follows_tags_names_and_experiments(store: Store, runs: list[int]) -> None:
    store.set_experiment(runs[:2], "Réunion")
    store.add_tags(runs[1:], ["Final"])
    assert ids(store.runs(RunFilter(text="réunion"))) == [runs[1], runs[0]]
    assert ids(store.runs(RunFilter(text="réunion final"))) == [runs[1]]
    store.rename_experiment("Réunion", "else")
    assert store.runs(RunFilter(text="réunion")) == []


def test_a_colour_outside_the_palette_is_refused(store: Store, runs: list[int]) -> None:
    with pytest.raises(StoreError, match="the palette has 0 to 9"):
        store.set_color(runs, 10)


def test_more_runs_than_a_statement_can_name_are_edited_at_once(
    store: Store, runs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.changes._IN_A_STATEMENT", 2)
    store.add_tags(runs, ["b"])
    store.trash(runs)
    assert {run.tags for run in store.runs(RunFilter(trashed=True))} == {("a", "b")}
    store.delete_forever(runs)
    assert store.runs(RunFilter(trashed=True)) == []


def test_every_edited_run_has_the_edit_in_its_folders_journal(
    store: Store, home: Home, runs: list[int]
) -> None:
    store.set_starred(runs, True)
    store.archive(runs)
    for run_id in runs:
        entries, _ = read_file(home.run_folder(run_id).journal)
        assert [entry.text for entry in entries] == ["queued", "starred", "archived"]
        assert entries == store.journal(run_id)


def test_a_run_deleted_forever_leaves_nothing_behind(
    store: Store, home: Home, runs: list[int]
) -> None:
    gone, kept = runs[0], runs[1]
    for run_id in (gone, kept):
        store.append(run_id, {"loss": series([1.0, 2.0])})
        store.set_state(run_id, State.FINISHED)
    store.add_message("info", "about it", gone)
    store.trash([gone])
    store.delete_forever([gone])
    with pytest.raises(UnknownRun):
        store.run(gone)
    assert not home.run_folder(gone).path.exists()
    assert [message.run_id for message in store.messages()] == [None]
    assert len(store.series(kept, "loss").values) == 2
    assert store.create_run(SPEC).id > max(runs)


def test_only_runs_in_the_trash_are_deleted_forever(
    store: Store, home: Home, runs: list[int]
) -> None:
    store.trash(runs[:1])
    with pytest.raises(StoreError, match="is not in the trash"):
        store.delete_forever(runs)
    assert ids(store.runs(RunFilter(trashed=True))) == runs[:1]
    assert home.run_folder(runs[0]).path.is_dir()


def test_a_folder_that_cannot_be_removed_is_told(
    store: Store, home: Home, runs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str | Path, *_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "denied", str(path))

    store.trash(runs)
    with monkeypatch.context() as patched:
        patched.setattr("os.rmdir", refuse)
        with pytest.raises(StoreError, match=r"deleted, but this could not be removed: .*000001"):
            store.delete_forever(runs)
    assert store.runs(RunFilter(trashed=True)) == []
