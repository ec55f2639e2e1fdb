from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from runners.datasets.dataset import Input, Task
from runners.parameters import complete
from runners.protocol import Framework, Mode
from runners.templates import get_template
from runners.train.setup import Setup
from runners.train.transforms import training_transforms, transformed
from runners.training_parameters import ALL_TRAINING_PARAMETERS
from tests.runners.templates.cases import made_up

SHAPE = (11, 14, 3)
Array = NDArray[Any]


def changed(x: Array, y: Array, template: str = "cnn", **asked: object) -> tuple[Array, Array]:
    values, errors = complete(
        {p.name: p for p in (*ALL_TRAINING_PARAMETERS, *get_template(template).declared)}.values(),
        asked,
    )
    assert not errors
    task = Task.SEGMENTATION if y.ndim > 1 else Task.CLASSIFICATION
    setup = Setup(
        framework=Framework.PYTORCH,
        mode=Mode.EAGER,
        device="cpu",
        template=get_template(template),
        dataset=made_up(task, Input.IMAGE, SHAPE),
        parameters=values,
        seed=3,
    )
    return transformed(training_transforms(setup), x, y, seed=3, epoch=1, batch=0)


@pytest.fixture
def images() -> Array:
    return np.random.default_rng(0).integers(1, 256, (16, *SHAPE), np.uint8)


@pytest.fixture
def labels() -> Array:
    return np.random.default_rng(1).integers(0, 3, 16).astype(np.uint8)


def test_nothing_asked_for_changes_nothing(images: Array, labels: Array) -> None:
    x, y = changed(images, labels)
    assert x is images
    assert y is labels


def test_a_flip_turns_whole_images_left_to_right_and_about_half_of_them(
    images: Array, labels: Array
) -> None:
    x, _ = changed(images, labels, flip=True)
    turned = [np.array_equal(one, image[:, ::-1]) for one, image in zip(x, images, strict=True)]
    same = [np.array_equal(one, image) for one, image in zip(x, images, strict=True)]
    assert 3 <= sum(turned) <= 13
    assert all(a != b for a, b in zip(turned, same, strict=True))


def test_a_shift_moves_all_pixels_alike_and_lets_black_in(images: Array, labels: Array) -> None:
    x, _ = changed(images, labels, shift=2)
    for one, image in zip(x, images, strict=True):
        padded = np.pad(image, ((2, 2), (2, 2), (0, 0)))
        places = [padded[r : r + SHAPE[0], c : c + SHAPE[1]] for r in range(5) for c in range(5)]
        assert any(np.array_equal(one, place) for place in places)
    assert not np.array_equal(x, images)


def test_a_turn_by_nothing_is_none_and_half_a_turn_keeps_the_pixels(
    images: Array, labels: Array
) -> None:
    x, _ = changed(images, labels, rotate=1e-9)
    np.testing.assert_array_equal(x, images)
    x, _ = changed(images, labels, rotate=180.0)
    assert x.dtype == np.uint8
    assert set(np.unique(x)) <= {0, *np.unique(images)}


def test_brightness_stays_within_the_scale(images: Array, labels: Array) -> None:
    x, _ = changed(images, labels, brightness=1.0)
    assert x.dtype == np.uint8
    assert not np.array_equal(x, images)


def test_a_cut_out_is_a_black_square_of_at_most_its_side(images: Array, labels: Array) -> None:
    x, _ = changed(images, labels, cutout=4)
    for one, image in zip(x, images, strict=True):
        black = (one == 0).all(axis=2)
        assert 4 <= np.count_nonzero(black) <= 16
        np.testing.assert_array_equal(one[~black], image[~black])


def test_mixup_gives_shares_of_classes_and_pixels_between_zero_and_one(
    images: Array, labels: Array
) -> None:
    x, y = changed(images, labels, mixup=0.5)
    assert x.dtype == np.float32
    assert 0 <= x.min() <= x.max() <= 1
    assert y.shape == (16, 3)
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-6)


def test_a_mask_moves_with_its_image(images: Array) -> None:
    masks = images[..., 0] % 3
    x, y = changed(images, masks, "unet", flip=True, shift=3, rotate=20.0)
    inside = x[..., 0] > 0
    np.testing.assert_array_equal(y[inside], x[..., 0][inside] % 3)
    assert not np.array_equal(y, masks)


def test_every_batch_of_every_epoch_draws_anew_and_the_same_again(
    images: Array, labels: Array
) -> None:
    first, again = (changed(images, labels, shift=3)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    transforms = [lambda x, y, generator: (x + generator.integers(1, 100), y)]
    drawn = {
        int(transformed(transforms, np.array([0]), labels, 3, epoch, batch)[0][0])
        for epoch in (1, 2)
        for batch in (0, 1)
    }
    assert len(drawn) == 4
