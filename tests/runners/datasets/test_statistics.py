from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as any_array

from runners.datasets import distributions
from runners.datasets.dataset import Input, Task
from runners.datasets.distributions import byte_columns, scaled_columns, whole_bins
from runners.datasets.statistics import statistics
from runners.datasets.vocabulary import characters_of
from tests.runners.datasets.made import made

NUMBERS = st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))


@given(any_array(np.float32, st.tuples(st.integers(1, 40), st.integers(1, 3)), elements=NUMBERS))
def test_columns_agree_with_numpy_on_what_is_there(array: np.ndarray) -> None:
    for number, column in enumerate(scaled_columns(array, (), "feature", (), ())):
        there = array[:, number][np.isfinite(array[:, number])].astype(np.float64)
        assert column["missing"] == len(array) - len(there)
        assert sum(column["histogram"]["counts"]) == len(there)
        if not len(there):
            assert column["mean"] is None
            continue
        assert column["mean"] == pytest.approx(there.mean(), rel=1e-9, abs=1e-6)
        assert column["std"] == pytest.approx(there.std(), rel=1e-6, abs=1e-6)
        assert (column["min"], column["max"]) == (there.min(), there.max())


@given(
    any_array(
        np.uint8, st.tuples(st.integers(1, 5), st.just(4), st.just(4), st.sampled_from([1, 3]))
    )
)
def test_channels_agree_with_numpy(images: np.ndarray) -> None:
    for channel, column in enumerate(byte_columns(images)):
        values = images[..., channel]
        assert column["mean"] == pytest.approx(values.mean())
        assert column["std"] == pytest.approx(values.std())
        assert (column["min"], column["max"]) == (values.min(), values.max())
        assert sum(column["histogram"]["counts"]) == values.size
        assert len(column["histogram"]["counts"]) <= distributions.BINS


def test_reading_in_small_blocks_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    array = np.random.default_rng(0).normal(size=(1000, 3)).astype(np.float32)
    whole = scaled_columns(array, (), "feature", (), ())
    monkeypatch.setattr(distributions, "_BLOCK", 100)
    pieces = scaled_columns(array, (), "feature", (), ())
    for one, other in zip(whole, pieces, strict=True):
        assert one["histogram"] == other["histogram"]
        assert one["std"] == pytest.approx(other["std"], rel=1e-12)


def test_numbers_stand_in_their_own_unit_where_it_is_known() -> None:
    array = np.array([[-1.0], [1.0]], np.float32)
    (own,) = scaled_columns(array, ("weight",), "feature", (70.0,), (10.0,))
    assert (own["name"], own["unit"], own["min"], own["max"], own["std"]) == (
        "weight",
        "own",
        60.0,
        80.0,
        10.0,
    )
    (standardised,) = scaled_columns(array, (), "feature", (), ())
    assert (standardised["name"], standardised["unit"]) == ("feature 1", "standardised")


def test_whole_numbers_are_counted_in_bins_of_equal_width() -> None:
    assert whole_bins(np.arange(3)) == {"from": 0, "to": 3, "counts": [0, 1, 2]}
    assert whole_bins(np.ones(65, np.int64))["to"] == 66


def test_classes_are_counted_in_each_part_and_some_of_each_are_named(tmp_path: Path) -> None:
    labels = np.array([0] * 30 + [1] * 2, np.uint8)
    x = np.zeros((32, 4, 4, 1), np.uint8)
    arrays = {"train_x": x, "train_y": labels, "test_x": x[:2], "test_y": labels[-2:]}
    found = statistics(made(tmp_path, arrays, classes=("a", "b", "never")))
    assert found["parts"]["train"] == {"count": 32, "classes": [30, 2, 0]}
    assert found["parts"]["test"] == {"count": 2, "classes": [0, 2, 0]}
    assert found["samples"] == {"train": [[0, 1, 2, 3], [30, 31], []], "test": [[], [0, 1], []]}


def test_shares_of_masks_are_counted_in_pixels(tmp_path: Path) -> None:
    masks = np.zeros((2, 4, 4), np.uint8)
    masks[0, 0] = 1
    x = np.zeros((2, 4, 4, 3), np.uint8)
    arrays = {"train_x": x, "train_y": masks, "test_x": x, "test_y": masks}
    found = statistics(made(tmp_path, arrays, task=Task.SEGMENTATION, classes=("no", "yes")))
    assert found["parts"]["train"]["classes"] == [28, 4]
    assert [column["name"] for column in found["columns"]] == ["red", "green", "blue"]
    assert found["samples"]["train"] == [0, 1]


def test_targets_of_a_regression_are_columns(tmp_path: Path) -> None:
    x = np.zeros((3, 2), np.float32)
    y = np.array([[0], [1], [2]], np.float32)
    described: dict[str, Any] = {
        "task": Task.REGRESSION,
        "input": Input.FEATURES,
        "targets": ("price",),
        "target_mean": (100.0,),
        "target_std": (10.0,),
    }
    arrays = {"train_x": x, "train_y": y, "test_x": x, "test_y": y}
    found = statistics(made(tmp_path, arrays, **described))
    assert [column["role"] for column in found["columns"]] == ["feature", "feature", "target"]
    assert found["columns"][-1]["max"] == 120
    assert found["columns_left_out"] == 0


def test_of_thousands_of_columns_the_first_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    x, y = np.zeros((2, 1500), np.float32), np.zeros(2, np.uint8)
    arrays = {"train_x": x, "train_y": y, "test_x": x, "test_y": y}
    found = statistics(made(tmp_path, arrays, input=Input.FEATURES, classes=("one",)))
    assert len(found["columns"]) == 1000
    assert found["columns_left_out"] == 500


def test_tokens_are_counted_without_the_filler_and_texts_measured(tmp_path: Path) -> None:
    vocabulary = characters_of("ab")
    x = np.array([[2, 3, 2, 0], [2, 1, 0, 0], [0, 0, 0, 0]], np.uint16)
    y = np.zeros(3, np.uint8)
    arrays = {"train_x": x, "train_y": y, "test_x": x, "test_y": y}
    described: dict[str, Any] = {"input": Input.TOKENS, "vocabulary_size": 4, "classes": ("one",)}
    found = statistics(made(tmp_path, arrays, vocabulary, **described))["tokens"]
    assert found["frequent"] == [["a", 3], ["b", 1]]
    assert (found["used"], found["unknown"]) == (2, 1)
    assert found["lengths"]["counts"] == [1, 0, 1, 1, 0]


def test_an_empty_part_is_no_trouble(tmp_path: Path) -> None:
    x = np.zeros((0, 2), np.float32)
    arrays = {"train_x": x, "train_y": x[:, 0].astype(np.uint8), "test_x": x, "test_y": x[:, 0]}
    found = statistics(made(tmp_path, arrays, input=Input.FEATURES, classes=("one",)))
    assert found["columns"][0]["mean"] is None
    json.dumps(found, allow_nan=False)
