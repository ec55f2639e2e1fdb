from __future__ import annotations

import json
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from runners.export.manifest import MANIFEST as MANIFEST_FILE
from storage.check import check
from storage.exports import ABOUT
from storage.home import Home
from storage.rebuild import rebuild
from storage.records import ExportRecord, Stage
from storage.store import Store, StoreError, UnknownExport, UnknownRun
from tests.storage.examples import CHECK, MANIFEST, MEASUREMENT, export, spec


def exported(store: Store, home: Home, name: str = "onnx") -> ExportRecord:
    """One of run 1."""
    if not store.runs():
        store.create_run(spec(), name="first")
    return store.exports.add(1, export(home, 1, name))


def test_an_export_is_kept_with_the_figures_of_its_manifest(store: Store, home: Home) -> None:
    made = exported(store, home)
    assert made == ExportRecord(
        1, 1, "first onnx", "onnx", Stage.NONE, MANIFEST.created, "runs/000001/exports/onnx",
        1234, True, 1e-3, 6400.0,
    )  # fmt: skip
    assert store.exports.list() == [made] == store.exports.list([1])
    assert store.exports.list([2]) == []


def test_what_was_not_checked_or_measured_is_not_known_until_the_manifest_is_read_again(
    store: Store, home: Home
) -> None:
    store.create_run(spec())
    folder = export(home, 1, manifest=MANIFEST)
    made = store.exports.add(1, folder)
    assert (made.passed, made.latency_s, made.samples_per_s) == (None, None, None)
    failed = replace(CHECK, problem="too far apart")
    export(home, 1, manifest=MANIFEST.with_check(failed).with_measurement(MEASUREMENT))
    assert store.exports.read(made.id) == made
    known = store.exports.refresh(made.id)
    assert (known.passed, known.latency_s, known.samples_per_s) == (False, 1e-3, 6400.0)


def test_a_folder_that_is_no_export_of_a_run_of_this_home_is_refused_in_words(
    store: Store, home: Home, tmp_path: Path
) -> None:
    made = exported(store, home)
    with pytest.raises(StoreError, match="known already"):
        store.exports.add(1, home.path / made.folder)
    with pytest.raises(StoreError, match=r"manifest in .* cannot be read"):
        store.exports.add(1, home.runs)
    with pytest.raises(StoreError, match="is not in"):
        store.exports.add(1, tmp_path / "elsewhere")
    with pytest.raises(UnknownRun):
        store.exports.add(7, export(home, 7))
    assert store.exports.list() == [made]


def test_an_export_is_found_by_its_number_and_by_its_name(store: Store, home: Home) -> None:
    one, other = exported(store, home), exported(store, home, "onnx-2")
    assert store.exports.find("e1") == store.exports.find("1") == store.exports.find("E1") == one
    assert store.exports.find("first onnx-2") == other
    store.exports.rename(1, "first onnx-2")
    assert store.exports.find("first onnx-2").id == 2
    store.exports.trash([2])
    assert store.exports.find("first onnx-2").id == 1
    for text in ("e3", "", "e", "x", "9" * 30):
        with pytest.raises(UnknownExport, match="twinbench exports"):
            store.exports.find(text)


def test_a_name_and_a_stage_can_be_changed_and_what_was_there_is_given_back(
    store: Store, home: Home
) -> None:
    exported(store, home)
    exported(store, home, "onnx-2")
    assert store.exports.rename(1, " the\nbest ") == {1: "first onnx"}
    assert store.exports.rename(1, "the best") == {}
    with pytest.raises(StoreError, match="needs a name"):
        store.exports.rename(1, " ")
    assert store.exports.set_stage([1, 2], Stage.PRODUCTION) == {1: Stage.NONE, 2: Stage.NONE}
    assert store.exports.set_stage([2, 1], Stage.PRODUCTION) == {}
    assert [(one.name, one.stage) for one in reversed(store.exports.list())] == [
        ("the best", Stage.PRODUCTION),
        ("first onnx-2", Stage.PRODUCTION),
    ]
    with pytest.raises(UnknownExport):
        store.exports.set_stage([1, 9], Stage.NONE)
    assert store.exports.read(1).stage is Stage.PRODUCTION


def test_an_export_goes_to_the_trash_and_comes_back(store: Store, home: Home) -> None:
    made = exported(store, home)
    assert store.exports.trash([1]) == {1: None}
    assert store.exports.trash([1]) == {}
    (hidden,) = store.exports.list(trashed=True)
    assert (store.exports.list(), replace(hidden, trashed=None)) == ([], made)
    assert store.exports.restore([1]) == {1: hidden.trashed}
    assert store.exports.list() == [made]


def test_one_whose_folder_is_gone_goes_to_the_trash_and_does_not_come_back(
    store: Store, home: Home
) -> None:
    made = exported(store, home)
    shutil.rmtree(home.path / made.folder)
    store.exports.trash([1])
    with pytest.raises(StoreError, match="is gone"):
        store.exports.restore([1])
    store.exports.delete([1])
    assert store.exports.list(trashed=True) == []


def test_deleting_for_ever_removes_the_folder_and_the_number_is_not_given_again(
    store: Store, home: Home
) -> None:
    made = exported(store, home)
    with pytest.raises(StoreError, match="not in the trash"):
        store.exports.delete([1])
    assert (home.path / made.folder).is_dir()
    store.exports.trash([1])
    store.exports.delete([1])
    assert not (home.path / made.folder).exists()
    assert exported(store, home).id == 2


def test_exports_go_with_their_run(store: Store, home: Home) -> None:
    exported(store, home)
    store.trash([1])
    assert store.exports.list() == store.exports.list(trashed=True) == []
    store.restore([1])
    assert len(store.exports.list()) == 1
    store.trash([1])
    store.delete_forever([1])
    assert store.exports.list() == []
    with pytest.raises(UnknownExport):
        store.exports.read(1)


def test_the_state_of_the_exports_is_another_one_after_each_change_of_the_list(
    store: Store, home: Home
) -> None:
    states = [store.exports.state()]
    for change in (
        lambda: exported(store, home),
        lambda: exported(store, home, "onnx-2"),
        lambda: store.exports.rename(1, "new"),
        lambda: store.exports.set_stage([1], Stage.CANDIDATE),
        lambda: store.exports.refresh(2),
        lambda: store.exports.trash([1, 2]),
        lambda: store.exports.delete([1]),
        lambda: store.trash([1]),
    ):
        change()
        states.append(store.exports.state())
    assert all(one != other for one, other in pairwise(states))
    store.set_note(1, "of no matter")
    assert store.exports.state() == states[-1]


@pytest.mark.parametrize("damaged", [False, True])
def test_a_rebuilt_history_has_the_exports_as_they_were(home: Home, damaged: bool) -> None:
    store = Store.open(home)
    for name in ("onnx", "pt2", "litert"):
        exported(store, home, name)
    store.exports.rename(2, "mine")
    store.exports.set_stage([2], Stage.CANDIDATE)
    store.exports.trash([3])
    before = store.exports.list(), store.exports.list(trashed=True)
    store.close()
    if damaged:
        for path in home.path.glob("history.db*"):
            path.unlink()
    assert rebuild(home).problems == []
    store = Store.open(home)
    assert (store.exports.list(), store.exports.list(trashed=True)) == before
    assert exported(store, home, "new").id == 4
    assert check(home) == []
    store.close()


def test_a_rebuilding_takes_in_what_nobody_knew_and_tells_what_it_cannot_read(home: Home) -> None:
    store = Store.open(home)
    exported(store, home)
    folder = home.path / store.exports.read(1).folder
    store.close()
    for path in home.path.glob("history.db*"):
        path.unlink()
    export(home, 1, ".making-onnx-77")
    shutil.copytree(folder, export(home, 1, "copy"), dirs_exist_ok=True)
    export(home, 1, "alone")
    (export(home, 1, "odd") / ABOUT).write_text("{")
    (export(home, 1, "broken") / MANIFEST_FILE).write_text("{}")
    told = rebuild(home).problems
    assert [text for text in told if "export in" in text] == told
    assert [("broken" in text, "odd" in text) for text in told] == [(True, False), (False, True)]
    store = Store.open(home)
    assert {one.folder.rpartition("/")[2]: one.name for one in store.exports.list()} == {
        "alone": "first alone", "copy": "first onnx", "odd": "first odd", "onnx": "first onnx",
    }  # fmt: skip
    assert sorted(one.id for one in store.exports.list()) == [1, 2, 3, 4]
    store.close()


def test_a_check_finds_exports_that_are_not_as_the_history_has_them(
    store: Store, home: Home
) -> None:
    folder = home.path / exported(store, home).folder
    assert check(home) == []
    for harm, words in (
        ((folder / ABOUT).unlink, "do not say what the history has"),
        (lambda: export(home, 1, manifest=MANIFEST), "do not say what the history has"),
        (lambda: (folder / MANIFEST_FILE).write_text("{"), "cannot be read"),
        (lambda: shutil.rmtree(folder), "cannot be read"),
    ):
        harm()
        (finding,) = check(home)
        assert (finding.level, words in finding.what) == ("warning", True)
        folder.mkdir(exist_ok=True)
        export(home, 1)
        store.exports.rename(1, f"{store.exports.read(1).name}'")
        assert check(home) == []
    export(home, 1, "unknown")
    (finding,) = check(home)
    assert "does not know the export" in finding.what


def test_what_is_kept_beside_the_manifest_is_plain_json(store: Store, home: Home) -> None:
    made = exported(store, home)
    store.exports.set_stage([1], Stage.ARCHIVED)
    raw = json.loads((home.path / made.folder / ABOUT).read_text("utf-8"))
    assert raw == {
        "version": 1, "id": 1, "name": "first onnx", "stage": "archived", "trashed": None,
    }  # fmt: skip
