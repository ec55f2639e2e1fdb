from __future__ import annotations

import json
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from runners.train.data import Part
from runners.train.evaluation.classification import Answers, answers
from runners.train.pictures import (
    MOMENTS,
    histograms,
    is_moment,
    mosaic,
    png,
    predictions,
    tiled,
    worst,
)


@given(st.integers(1, 5000))
def test_pictures_are_kept_at_twelve_epochs_at_most_and_always_after_the_last(epochs: int) -> None:
    kept = [epoch for epoch in range(1, epochs + 1) if is_moment(epoch, epochs)]
    assert len(kept) <= MOMENTS + 1
    assert kept[-1] == epochs
    assert len(kept) >= min(epochs, MOMENTS // 2)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_png_reads_as_the_image_that_was_written(channels: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (7, 5, channels), np.uint8)
    read = np.asarray(Image.open(BytesIO(png(image)))).reshape(image.shape)
    np.testing.assert_array_equal(read, image)


def test_tiles_stand_in_rows_a_pixel_apart() -> None:
    images = np.stack([np.full((2, 3, 1), value, np.uint8) for value in (1, 2, 3)])
    whole = tiled(images, 2)[..., 0]
    assert whole.tolist() == [
        [1, 1, 1, 0, 2, 2, 2],
        [1, 1, 1, 0, 2, 2, 2],
        [0, 0, 0, 0, 0, 0, 0],
        [3, 3, 3, 0, 0, 0, 0],
        [3, 3, 3, 0, 0, 0, 0],
    ]


def test_histograms_count_every_finite_weight_once() -> None:
    weights = {"dense": np.array([[0.0, 1.0], [np.nan, 2.0]]), "empty": np.full(3, np.inf)}
    found = histograms(weights)
    assert sum(found["dense"]["counts"]) == 3
    assert (found["dense"]["edges"][0], found["dense"]["edges"][-1]) == (0.0, 2.0)
    assert sum(found["empty"]["counts"]) == 0
    json.dumps(found, allow_nan=False)


def _part() -> tuple[Part, Answers]:
    """Four samples of three classes: right, wrong and sure of it, wrong and unsure, right."""
    images = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1)
    labels = np.array([0, 1, 2, 0], np.uint8)
    scores = np.array([[3.0, 0, 0], [9, 0, 0], [0, 0.1, 0], [1, 0, 0]], np.float32)
    return Part(images, labels, np.arange(4)), answers(scores, labels)


def test_the_worst_mistakes_are_those_whose_truth_seemed_least_likely() -> None:
    part, said = _part()
    assert worst(said, 25).tolist() == [1, 2]
    picture = mosaic(part, said, 255)
    assert picture is not None
    assert np.asarray(Image.open(BytesIO(picture)))[0, ::2].tolist()[:2] == [1, 2]


def test_the_largest_value_of_a_dataset_is_white_in_the_picture() -> None:
    part, said = _part()
    picture = mosaic(part, said, 2)
    assert picture is not None
    assert np.asarray(Image.open(BytesIO(picture)))[0, ::2].tolist()[:2] == [127, 255]


def test_without_mistakes_there_is_no_picture_of_them() -> None:
    part, _ = _part()
    scores = np.eye(3, dtype=np.float32)[part.labels]
    assert mosaic(part, answers(scores, part.labels), 255) is None


def test_predictions_name_the_classes_and_say_how_sure_the_model_was() -> None:
    part, said = _part()
    told = predictions(part, said, ["cat", "dog", "owl"])
    assert [each["index"] for each in told["samples"]] == [0, 1, 2, 3]
    first = told["mistakes"][0]
    assert (first["index"], first["truth"], first["predicted"]) == (1, "dog", "cat")
    assert first["probability"] == pytest.approx(1 / (1 + 2 * np.exp(-9)), abs=1e-6)


def test_predictions_of_a_model_that_gives_no_numbers_can_be_written() -> None:
    part, _ = _part()
    said = answers(np.full((4, 3), np.nan, np.float32), part.labels)
    json.dumps(predictions(part, said, "abc"), allow_nan=False)
