from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from runners.datasets import iris, prepare_dataset
from runners.datasets.dataset import DatasetError, Input, PreparedDataset
from runners.datasets.samples import TOKENS, SampleKind, sample
from tests.runners.datasets.made import made

Prepare = Callable[[str], PreparedDataset]


@pytest.fixture(scope="module")
def prepare(tmp_path_factory: pytest.TempPathFactory) -> Prepare:
    folder = tmp_path_factory.mktemp("datasets")
    return lambda name: prepare_dataset(name, folder)


def test_an_image_is_bright_to_255_and_has_the_name_of_its_class(prepare: Prepare) -> None:
    found = sample(prepare("digits"), "test", 0)
    assert found.kind is SampleKind.IMAGE
    assert found.image is not None
    assert found.image.shape == (8, 8, 1)
    assert found.image.max() == 255
    assert found.label in iris.INFO.classes or found.label.isdigit()


def test_a_row_has_names_and_numbers_in_their_own_units(prepare: Prepare) -> None:
    from sklearn.datasets import load_iris

    found = sample(prepare("iris"), "train", 5)
    assert [cell.name for cell in found.row] == list(iris.INFO.features)
    assert all(cell.own for cell in found.row)
    assert [cell.value for cell in found.row] in load_iris().data.tolist()
    assert found.label in iris.INFO.classes


def test_a_row_says_where_its_units_are_not_known(tmp_path: Path) -> None:
    x = np.array([[0.5, -1]], np.float32)
    y = np.zeros(1, np.uint8)
    arrays = {"train_x": x, "train_y": y, "test_x": x, "test_y": y}
    found = sample(made(tmp_path, arrays, input=Input.FEATURES, classes=("one",)), "test", 0)
    assert [(cell.name, cell.value, cell.own) for cell in found.row] == [
        ("feature 1", 0.5, False),
        ("feature 2", -1.0, False),
    ]


def test_a_target_is_told_in_its_own_unit(prepare: Prepare) -> None:
    (cell,) = sample(prepare("diabetes"), "test", 0).targets
    assert cell.name == "disease progression"
    assert 25 <= cell.value <= 346
    assert cell.value == round(cell.value)


def test_a_mask_comes_with_its_image(prepare: Prepare) -> None:
    found = sample(prepare("nuclei"), "validation", 3)
    assert found.mask is not None
    assert found.mask.shape == (64, 64)
    assert set(np.unique(found.mask)) == {0, 1}


def test_a_stream_of_tokens_is_shown_from_a_place_on(prepare: Prepare) -> None:
    dataset = prepare("austen")
    text = sample(dataset, "train", 0).text
    assert text.startswith("Emma Woodhouse, handsome")
    assert len(text) == TOKENS
    assert sample(dataset, "train", 5).text.startswith("Woodhouse, handsome")
    assert len(sample(dataset, "train", dataset.info.train_count - 3).text) == 3


def test_a_passage_is_words_and_its_novel(prepare: Prepare) -> None:
    found = sample(prepare("austen-novels"), "train", 0)
    assert found.text.startswith("emma woodhouse, handsome")
    assert found.label == "Emma"


def test_a_series_is_told_in_its_own_unit(prepare: Prepare) -> None:
    found = sample(prepare("mauna-loa"), "train", 0)
    assert found.kind is SampleKind.SERIES
    assert found.series is not None
    assert found.series[0, 0] == pytest.approx(316.1, abs=1e-3)


@pytest.mark.parametrize("index", [-1, 30])
def test_a_place_that_is_not_there_is_an_error(prepare: Prepare, index: int) -> None:
    with pytest.raises(IndexError, match=f"no sample {index} in test of Iris"):
        sample(prepare("iris"), "test", index)


def test_a_part_that_is_not_there_is_an_error(prepare: Prepare) -> None:
    with pytest.raises(KeyError):
        sample(prepare("iris"), "validation", 0)


def test_a_damaged_array_is_told(tmp_path: Path) -> None:
    dataset = prepare_dataset("iris", tmp_path)
    dataset.array("test_x").write_bytes(b"nothing")
    with pytest.raises(DatasetError, match=r"iris cannot be read .* prepare it again"):
        sample(dataset, "test", 0)
