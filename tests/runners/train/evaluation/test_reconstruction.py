from __future__ import annotations

import math
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from runners.datasets.dataset import Input, Task
from runners.protocol import ArtifactKind
from runners.templates import get_template
from runners.train.evaluation.reconstruction import Reconstruction
from runners.train.setup import Setup
from runners.train.transforms import evaluation_transforms, training_transforms, transformed
from runners.training_parameters import ALL_TRAINING_PARAMETERS
from tests.runners.train.evaluation.numbers import part, setup

LATENT = 3
Images = NDArray[np.uint8]


class Grey:
    """Makes every image middle grey."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._shape = shape

    def predict(self, *arrays: Any, part: str = "") -> Any:
        scores = np.zeros((len(arrays[0]), *self._shape), np.float32)
        if part:
            assert part == "decode"
            assert arrays[0].shape[1:] == (LATENT,)
            return scores
        codes = np.zeros((len(scores), LATENT), np.float32)
        return scores, codes, codes


def _setup(shape: tuple[int, ...]) -> Setup:
    defaults = {parameter.name: parameter.default for parameter in ALL_TRAINING_PARAMETERS}
    made_up = setup(Task.REGRESSION, **{**defaults, "latent": LATENT})
    info = replace(
        made_up.dataset,
        task=Task.CLASSIFICATION,
        input=Input.IMAGE,
        input_shape=shape,
        classes=("a", "b"),
        scale=255,
    )
    return replace(made_up, template=get_template("vae"), dataset=info)


def _evaluation(images: Images) -> Reconstruction:
    return Reconstruction(_setup(images.shape[1:]), part(images, np.zeros(len(images), np.uint8)))


def _images(count: int, shape: tuple[int, ...] = (5, 4, 1)) -> Images:
    return np.random.default_rng(0).integers(0, 256, (count, *shape), np.uint8)


def _judged(images: Images, scores: Any, mean: float, log_variance: float) -> dict[str, float]:
    evaluation = _evaluation(images)
    for some in np.array_split(np.arange(len(images)), 3):
        codes = np.full((len(some), LATENT), mean), np.full((len(some), LATENT), log_variance)
        evaluation.add((scores[some], *codes), images[some], np.zeros((len(some), LATENT)))
    return evaluation.metrics()


def test_images_that_come_back_as_they_were_have_no_error() -> None:
    images = np.where(_images(10) > 127, 255, 0).astype(np.uint8)
    metrics = _judged(images, np.where(images, 1000.0, -1000.0), 0.0, 0.0)
    assert metrics == {"mse": 0.0, "cross_entropy": 0.0, "kl": 0.0}


def test_a_model_that_knows_nothing_pays_a_bit_for_each_pixel() -> None:
    images = _images(10)
    metrics = _judged(images, np.zeros(images.shape, np.float32), 0.0, 0.0)
    assert metrics["cross_entropy"] == pytest.approx(math.log(2))
    assert metrics["mse"] == pytest.approx(((images / 255 - 0.5) ** 2).mean())


def test_the_divergence_is_that_of_normal_numbers_from_standard_ones() -> None:
    images = _images(10)
    metrics = _judged(images, np.zeros(images.shape), 1.0, math.log(4))
    assert metrics["kl"] == pytest.approx(LATENT * (4 + 1 - 1 - math.log(4)) / 2)


def _size(png: str | bytes) -> tuple[int, int]:
    assert isinstance(png, bytes)
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize(("count", "columns", "rows"), [(100, 8, 8), (16, 8, 4), (5, 5, 2)])
def test_reconstructions_stand_below_their_images_and_samples_in_a_square(
    count: int, columns: int, rows: int
) -> None:
    pairs, samples = _evaluation(_images(count)).pictures(Grey((5, 4, 1)))  # type: ignore[arg-type]
    assert pairs.name == "images/reconstructions"
    assert _size(pairs.content) == (5 * columns - 1, 6 * rows - 1)
    assert samples.name == "images/samples"
    assert _size(samples.content) == (5 * 8 - 1, 6 * 8 - 1)
    assert {pairs.kind, samples.kind} == {ArtifactKind.IMAGE}


def test_images_that_cannot_be_shown_leave_no_pictures() -> None:
    evaluation = _evaluation(_images(9, (4, 4, 2)))
    assert not list(evaluation.pictures(Grey((4, 4, 2))))  # type: ignore[arg-type]


def test_noise_depends_on_seed_epoch_and_batch_alone() -> None:
    images, labels = _images(7), np.zeros(7, np.uint8)
    needed = evaluation_transforms(_setup((5, 4, 1)))
    places = [(1, 1, 0), (2, 1, 0), (1, 2, 0), (1, 1, 1)]
    noise = [transformed(needed, images, labels, *place)[1] for place in places]
    assert noise[0].shape == (7, LATENT)
    assert noise[0].dtype == np.float32
    assert len({each.tobytes() for each in noise}) == len(places)
    again = transformed(needed, images, labels, *places[0])
    np.testing.assert_array_equal(again[1], noise[0])
    np.testing.assert_array_equal(again[0], images)


def test_training_is_given_noise_too() -> None:
    transforms = training_transforms(_setup((5, 4, 1)))
    _, noise = transformed(transforms, _images(7), np.zeros(7, np.uint8), 1, 1, 0)
    assert noise.shape == (7, LATENT)
