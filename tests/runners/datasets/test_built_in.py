"""Each dataset that needs no network, as it is prepared."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from runners.datasets import (
    all_datasets,
    austen,
    iris,
    mauna_loa,
    nuclei,
    prepare_dataset,
    prepared,
)
from runners.datasets.dataset import DatasetError, DatasetInfo, Input, PreparedDataset, Task
from runners.datasets.vocabulary import Vocabulary

REMOTE = {"cifar-10", "cifar-100", "fashion-mnist", "kmnist", "mnist", "tiny-shakespeare"}
LOCAL = [info for info in all_datasets() if info.name not in REMOTE]
EACH = pytest.mark.parametrize("info", LOCAL, ids=lambda info: info.name)
Prepare = Callable[[str], PreparedDataset]


@pytest.fixture(scope="module")
def prepare(tmp_path_factory: pytest.TempPathFactory) -> Prepare:
    folder = tmp_path_factory.mktemp("datasets")
    return lambda name: prepare_dataset(name, folder)


def _arrays(dataset: PreparedDataset) -> dict[str, np.ndarray]:
    return {name: np.load(dataset.array(name)) for name in dataset.info.arrays}


def test_there_is_one_for_each_task_of_a_dataset() -> None:
    tasks = {info.task for info in LOCAL}
    assert tasks == set(Task) - {Task.RECONSTRUCTION}
    assert {info.input for info in LOCAL} == set(Input)


@pytest.mark.parametrize("info", all_datasets(), ids=lambda info: info.name)
def test_source_and_licence_are_named(info: DatasetInfo) -> None:
    assert len(info.source) > 10
    assert info.licence


@EACH
def test_the_arrays_are_those_that_the_declaration_says(
    info: DatasetInfo, prepare: Prepare
) -> None:
    dataset = prepare(info.name)
    arrays = _arrays(dataset)
    types = {Input.IMAGE: "uint8", Input.TOKENS: "uint16"}
    for part in info.parts:
        x = arrays[f"{part}_x"]
        assert x.dtype == types.get(info.input, "float32")
        assert x.shape == (getattr(info, f"{part}_count"), *info.input_shape)
    assert sum(array.nbytes for array in arrays.values()) == info.size_bytes
    assert prepared(info.name, dataset.folder.parent) == dataset


@EACH
def test_every_class_is_in_every_part(info: DatasetInfo, prepare: Prepare) -> None:
    if not info.classes:
        return
    arrays = _arrays(prepare(info.name))
    for part in info.parts:
        assert set(np.unique(arrays[f"{part}_y"])) == set(range(len(info.classes)))


@EACH
def test_standardised_numbers_have_mean_0_and_deviation_1_in_training(
    info: DatasetInfo, prepare: Prepare
) -> None:
    arrays = _arrays(prepare(info.name))
    numbers = [arrays["train_x"]] if info.input in (Input.FEATURES, Input.SERIES) else []
    numbers += [arrays["train_y"]] if info.task is Task.REGRESSION else []
    for array in numbers:
        np.testing.assert_allclose(array.mean(0, np.float64), 0, atol=1e-4)
        np.testing.assert_allclose(array.std(0, np.float64), 1, atol=1e-4)
    assert len(info.feature_mean) == len(info.feature_std) == len(info.features)


@EACH
def test_statistics_and_vocabulary_lie_beside_the_arrays(
    info: DatasetInfo, prepare: Prepare
) -> None:
    folder = prepare(info.name).folder
    found = json.loads((folder / "statistics.json").read_text("utf-8"))
    assert found["parts"]["train"]["count"] == info.train_count
    assert (folder / "vocabulary.json").exists() == (info.input is Input.TOKENS)
    if info.input is Input.TOKENS:
        assert len(Vocabulary.read(folder).tokens) == info.vocabulary_size


@EACH
def test_a_folder_is_refused_by_what_needs_none(info: DatasetInfo, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="takes no folder"):
        prepare_dataset(info.name, tmp_path, source=tmp_path)


def test_a_table_is_split_with_the_same_shares_of_classes(prepare: Prepare) -> None:
    arrays = _arrays(prepare("iris"))
    assert list(np.bincount(arrays["train_y"])) == [40, 40, 40]
    assert list(np.bincount(arrays["test_y"])) == [10, 10, 10]


def test_no_row_of_a_table_is_lost_by_the_split(prepare: Prepare) -> None:
    from sklearn.datasets import load_iris

    arrays = _arrays(prepare("iris"))
    x = np.concatenate([arrays["train_x"], arrays["test_x"]]).astype(np.float64)
    rows = x * iris.INFO.feature_std + iris.INFO.feature_mean
    expected = load_iris().data
    np.testing.assert_allclose(np.sort(rows, axis=0), np.sort(expected, axis=0), atol=1e-5)


@pytest.mark.parametrize("name", ["austen", "austen-byte-pairs"])
def test_the_novels_can_be_read_again_from_their_tokens(name: str, prepare: Prepare) -> None:
    dataset = prepare(name)
    vocabulary = Vocabulary.read(dataset.folder)
    text = vocabulary.decode(np.load(dataset.array("train_x")).tolist())
    assert text == austen.parts_of_text(austen.INFO, None)["train"]
    assert text.startswith("Emma Woodhouse, handsome, clever, and rich, ")


def test_no_chapter_is_in_two_parts() -> None:
    chapters = austen.chapters(austen.INFO, None)
    train, test = ({text for _, text in chapters[part]} for part in ("train", "test"))
    assert not train & test
    assert len(train) + len(test) == 82


def test_no_pixel_of_the_nuclei_is_in_two_parts(prepare: Prepare) -> None:
    bands = sorted(nuclei._BANDS.values())
    assert all(first[1] == second[0] for first, second in pairwise(bands))
    arrays = _arrays(prepare("nuclei"))
    np.testing.assert_array_equal(arrays["train_x"][0, :, 32:], arrays["train_x"][1, :, :32])
    inside = arrays["test_x"][arrays["test_y"] == 1]
    assert inside.mean() > 1.5 * arrays["test_x"][arrays["test_y"] == 0].mean()


def test_the_test_part_of_the_series_goes_on_where_training_ends(prepare: Prepare) -> None:
    arrays = _arrays(prepare("mauna-loa"))
    step = abs(arrays["test_x"][0] - arrays["train_x"][-1]) * mauna_loa.INFO.target_std[0]
    assert step < 2
    assert np.isfinite(arrays["train_x"]).all()
    first = arrays["train_x"][0, 0] * mauna_loa.INFO.target_std[0] + mauna_loa.INFO.target_mean[0]
    assert first == pytest.approx(316.1, abs=1e-3)
