from __future__ import annotations

from pathlib import Path

import pytest

from storage.home import Home
from storage.store import Store
from tests.storage.examples import MANIFEST, export
from tests.workbench.conftest import Call, finished_run


@pytest.fixture
def two(store: Store, home: Home) -> None:
    """A run with two exports, of which the second is not checked."""
    run = finished_run(store, "mine", [0.5])
    store.exports.add(run.id, export(home, run.id))
    store.exports.add(run.id, export(home, run.id, "pt2", MANIFEST))


def names(call: Call, *words: str) -> list[str]:
    return [one["name"] for one in call("exports", *words, "--json").json]


@pytest.mark.usefixtures("store")
def test_where_there_is_none_the_next_step_is_told(call: Call) -> None:
    assert "twinbench export RUN" in call("exports").out
    assert call("exports", "--json").json == []
    assert "trash" in call("exports", "--trashed").out


@pytest.mark.usefixtures("two")
def test_they_are_listed_with_their_figures(call: Call, home: Home) -> None:
    shown = call("exports").out
    assert all(word in shown for word in ("e1", "mine onnx", "1 KiB", "passed", "1 ms", "6,400"))
    other, one = call("exports", "list", "--json").json
    assert (one["id"], one["run_id"], one["passed"], other["passed"]) == (1, 1, True, None)
    assert Path(one["folder"]) == home.run_folder(1).path / "exports" / "onnx"
    assert one["created"].startswith("2023-11-14T")


@pytest.mark.usefixtures("two")
def test_those_of_one_run_can_be_asked_for(call: Call, store: Store) -> None:
    finished_run(store, "other", [0.5])
    assert names(call, "--run", "mine") == names(call, "list", "--run", "1") == names(call)
    assert names(call, "--run", "other") == []
    assert call("exports", "--run", "nobody").code == 2


@pytest.mark.usefixtures("two")
def test_all_that_is_known_of_one_is_shown(call: Call) -> None:
    shown = call("exports", "show", "e1")
    for word in ("ONNX", "input: any × 4, float32", "model.onnx", "9 held-out samples", "100.00%", "a processor", "as it likes"):  # fmt: skip
        assert word in shown.out
    told = call("exports", "show", "mine onnx", "--json").json
    assert told["manifest"]["measurement"]["speeds"][0]["p50_s"] == 0.002
    assert "batch size" not in call("exports", "show", "e2").out
    assert call("exports", "show", "e9").code == 2


@pytest.mark.usefixtures("two")
def test_they_are_renamed_and_given_a_stage(call: Call) -> None:
    assert call("exports", "rename", "e1", "the best").code == 0
    assert call("exports", "stage", "the best", "e2", "--as", "production").code == 0
    assert [one["stage"] for one in call("exports", "--json").json] == ["production"] * 2
    (told,) = call("exports", "stage", "e2", "--as", "none", "--json").json
    assert told["stage"] == ""
    assert call("exports", "stage", "e2", "--as", "sold").code == 2
    assert call("exports", "rename", "e1", " ").code == 1


@pytest.mark.usefixtures("two")
def test_they_are_deleted_brought_back_and_removed_for_ever(call: Call, home: Home) -> None:
    assert call("exports", "delete", "e1").code == 0
    assert (names(call), names(call, "--trashed")) == (["mine pt2"], ["mine onnx"])
    assert call("exports", "restore", "e1").code == 0
    assert names(call, "list", "--trashed") == []
    assert call("exports", "delete", "e1", "e2", "--forever").code == 1
    assert call("exports", "trash", "e1", "e2").code == 0
    assert call("exports", "delete", "e1", "e2", "--forever").code == 0
    assert names(call, "--trashed") == []
    assert list((home.run_folder(1).path / "exports").iterdir()) == []


@pytest.mark.usefixtures("two")
def test_a_damaged_manifest_is_told_in_words(call: Call, home: Home) -> None:
    (home.run_folder(1).path / "exports" / "onnx" / "manifest.json").write_text("{")
    answer = call("exports", "show", "e1")
    assert (answer.code, "cannot be read" in answer.err) == (1, True)


@pytest.mark.usefixtures("two")
def test_a_run_without_a_checkpoint_is_not_exported(call: Call) -> None:
    answer = call("export", "mine", "--to", "onnx")
    assert (answer.code, "no checkpoint" in answer.err) == (1, True)
    assert "no checkpoint" in call("export", "mine").out
    assert all("no checkpoint" in one["problem"] for one in call("export", "1", "--json").json)
