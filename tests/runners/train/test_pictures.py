from __future__ import annotations

import json
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from runners.train.pictures import MOMENTS, histograms, is_moment, png, tiled


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
