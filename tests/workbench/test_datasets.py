from __future__ import annotations

from pathlib import Path
from time import time_ns

import numpy as np
import pytest

from runners.datasets import UnknownDataset, get_dataset, prepare_dataset
from runners.datasets.dataset import STATISTICS, VERSIONS, DatasetError, find_version
from tests.imported import import_table
from workbench.datasets import (
    TRASH,
    TRASH_DAYS,
    Origin,
    changed_since,
    class_counts,
    clear_unfinished,
    list_datasets,
    read_page,
    read_samples,
    restore_dataset,
    shown_places,
    trash_dataset,
    trashed,
)


def test_imported_datasets_come_first_and_each_says_where_it_is_from(tmp_path: Path) -> None:
    import_table(tmp_path, "zebra")
    prepare_dataset("iris", tmp_path)
    found = {each.info.name: each for each in list_datasets(tmp_path)}
    assert next(iter(found)) == "zebra"
    assert found["zebra"].origin is Origin.IMPORTED
    assert found["iris"].origin is Origin.BUILT_IN
    assert found["mnist"].origin is Origin.NETWORK
    assert {name for name, each in found.items() if each.prepared} == {"zebra", "iris"}


def test_a_page_has_statistics_also_where_none_were_kept(tmp_path: Path) -> None:
    dataset = prepare_dataset("iris", tmp_path)
    kept = read_page(tmp_path, "iris").statistics
    (dataset.folder / STATISTICS).unlink()
    assert read_page(tmp_path, "iris").statistics == kept
    assert list(class_counts(kept, "train")) == [40, 40, 40]
    rows = shown_places(kept, "test")
    assert len(rows) == 3
    labels = {each.label for each in read_samples(dataset, "test", rows[1])}
    assert labels == {get_dataset("iris").classes[1]}


def test_of_a_dataset_that_is_not_prepared_the_page_says_what_is_known(tmp_path: Path) -> None:
    page = read_page(tmp_path, "mnist")
    assert page.listed.prepared is None
    assert page.statistics == {}
    with pytest.raises(UnknownDataset):
        read_page(tmp_path, "none")


def test_an_older_version_is_found_by_its_hash_and_stands_in_the_page(tmp_path: Path) -> None:
    old = import_table(tmp_path, "mine", seed=1)
    new = import_table(tmp_path, "mine", seed=2)
    found = find_version(tmp_path, "mine", old.sha256)
    assert found is not None
    assert found.folder.parent.name == VERSIONS
    assert not np.array_equal(np.load(found.array("train_x")), np.load(new.array("train_x")))
    assert find_version(tmp_path, "mine", "0" * 64) is None
    assert [each.sha256 for each in read_page(tmp_path, "mine").versions] == [old.sha256]


def test_it_is_told_what_became_of_the_dataset_of_a_run(tmp_path: Path) -> None:
    old = import_table(tmp_path, "mine", seed=1)
    assert changed_since(tmp_path, "mine", old.sha256) == ""
    import_table(tmp_path, "mine", seed=2)
    assert "goes on with that" in changed_since(tmp_path, "mine", old.sha256)
    assert "cannot go on" in changed_since(tmp_path, "mine", "0" * 64)
    trash_dataset(tmp_path, "mine", versions=True)
    assert "not in this home any more" in changed_since(tmp_path, "mine", old.sha256)
    assert changed_since(tmp_path, "iris", "0" * 64) == ""
    assert changed_since(tmp_path, "", "") == ""


def test_deleting_takes_older_versions_only_if_asked(tmp_path: Path) -> None:
    old = import_table(tmp_path, "mine", seed=1)
    import_table(tmp_path, "mine", seed=2)
    trash_dataset(tmp_path, "mine")
    assert find_version(tmp_path, "mine", old.sha256)
    trash_dataset(tmp_path, "mine", versions=True)
    assert not find_version(tmp_path, "mine", old.sha256)


def test_what_was_deleted_can_be_brought_back_with_its_versions(tmp_path: Path) -> None:
    old = import_table(tmp_path, "mine", seed=1)
    new = import_table(tmp_path, "mine", seed=2)
    place = trash_dataset(tmp_path, "mine", versions=True)
    assert trashed(tmp_path) == [place]
    assert [each.info.name for each in list_datasets(tmp_path) if each.info.name == "mine"] == []
    restore_dataset(tmp_path, place)
    assert trashed(tmp_path) == []
    for each in (old, new):
        assert find_version(tmp_path, "mine", each.sha256)


def test_what_was_deleted_does_not_replace_one_that_is_there_again(tmp_path: Path) -> None:
    import_table(tmp_path, "mine", seed=1)
    place = trash_dataset(tmp_path, "mine")
    again = import_table(tmp_path, "mine", seed=2)
    with pytest.raises(DatasetError, match="again"):
        restore_dataset(tmp_path, place)
    assert trashed(tmp_path) == [place]
    assert find_version(tmp_path, "mine", again.sha256)


def test_what_was_deleted_long_ago_is_removed_for_good(tmp_path: Path) -> None:
    import_table(tmp_path, "mine", seed=1)
    place = trash_dataset(tmp_path, "mine")
    ago = time_ns() - (TRASH_DAYS * 24 + 1) * 3600 * 10**9
    place.rename(place.with_name(f"{ago}-mine"))
    assert trashed(tmp_path) == []
    assert not list((tmp_path / TRASH).iterdir())


def test_what_a_cancelled_import_had_written_is_cleared_away(tmp_path: Path) -> None:
    unfinished = tmp_path / ".mine.new"
    unfinished.mkdir()
    (unfinished / "train_x.npy").write_bytes(b"begun")
    clear_unfinished(tmp_path, "mine")
    assert not unfinished.exists()
    clear_unfinished(tmp_path, "mine")


def test_samples_of_another_place_than_there_is_are_an_error_in_words(tmp_path: Path) -> None:
    dataset = prepare_dataset("iris", tmp_path)
    with pytest.raises(DatasetError, match="other samples"):
        read_samples(dataset, "train", [10_000])
