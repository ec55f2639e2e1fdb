from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from runners.datasets.dataset import PreparedDataset
from runners.protocol import Framework, Mode
from runners.templates import get_template
from runners.train.data import Data, open_data
from runners.train.setup import Setup


def setup_for(dataset: PreparedDataset, validation_split: float, seed: int) -> Setup:
    return Setup(
        framework=Framework.PYTORCH,
        mode=Mode.EAGER,
        device="cpu",
        template=get_template("mlp"),
        dataset=dataset.info,
        parameters={"validation_split": validation_split},
        seed=seed,
    )


@pytest.fixture(scope="module")
def digits(datasets: Path) -> PreparedDataset:
    dataset = PreparedDataset.read(datasets / "digits")
    assert dataset is not None
    return dataset


@pytest.fixture(scope="module")
def data(digits: PreparedDataset) -> Data:
    return open_data(digits, setup_for(digits, 0.2, seed=3))


def test_each_sample_is_either_for_training_or_for_validation(data: Data) -> None:
    both = np.concatenate([data.train.indices, data.validation.indices])
    assert sorted(both) == list(range(1437))
    assert len(data.validation) == round(1437 * 0.2)


def test_the_seed_decides_what_is_for_validation(digits: PreparedDataset, data: Data) -> None:
    again, other = (
        open_data(digits, setup_for(digits, 0.2, seed=3)),
        open_data(digits, setup_for(digits, 0.2, seed=4)),
    )
    assert list(again.validation.indices) == list(data.validation.indices)
    assert list(other.validation.indices) != list(data.validation.indices)


def test_without_a_validation_split_all_samples_are_for_training(digits: PreparedDataset) -> None:
    data = open_data(digits, setup_for(digits, 0.0, seed=0))
    assert (len(data.train), len(data.validation)) == (1437, 0)


def test_each_epoch_has_an_order_of_its_own_that_the_seed_decides(data: Data) -> None:
    first, again, second = (data.train.shuffled(3, epoch).indices for epoch in (1, 1, 2))
    assert list(first) == list(again)
    assert list(first) != list(second)
    assert sorted(first) == sorted(second) == sorted(data.train.indices)


def test_the_last_batch_holds_what_is_left(data: Data) -> None:
    sizes = [len(labels) for _, labels in data.test.batches(100)]
    assert sizes == [100, 100, 100, 60]
    assert data.test.batch_count(100) == 4


def test_the_batches_are_the_bytes_of_the_file(digits: PreparedDataset, data: Data) -> None:
    images = np.concatenate([images for images, _ in data.test.batches(100)])
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images, np.load(digits.array("test_x")))
