from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from sklearn.metrics import f1_score, jaccard_score

from runners.datasets.dataset import DatasetInfo, Task
from runners.protocol import Framework, Mode
from runners.templates import get_template
from runners.train.data import Part
from runners.train.engine import Engine
from runners.train.evaluation.segmentation import Segmentation, overlay
from runners.train.setup import Setup

NO_ENGINE = cast("Engine", None)
Masks = NDArray[np.uint8]


def _judged(said: Masks, truth: Masks, names: Sequence[str], channels: int = 1) -> Segmentation:
    texts = dict.fromkeys(("name", "title", "summary", "source", "licence"), "made-up")
    info = DatasetInfo(
        **texts,
        task=Task.SEGMENTATION,
        input_shape=(*truth.shape[1:], channels),
        classes=tuple(names),
        train_count=1,
        test_count=1,
        scale=4,
    )
    setup = Setup(
        framework=Framework.PYTORCH,
        mode=Mode.EAGER,
        device="cpu",
        template=get_template("unet"),
        dataset=info,
        parameters={},
        seed=0,
    )
    x = np.full((*truth.shape, channels), 4, np.uint8)
    part = Part(x, truth, np.arange(len(truth)))
    evaluation = Segmentation(setup, part)
    for start in range(0, len(truth), 3):
        some = slice(start, start + 3)
        evaluation.add(said[some], x[some], truth[some])
    return evaluation


@given(st.integers(2, 5), st.integers(1, 10), st.integers(0, 2**31))
def test_the_figures_are_those_of_scikit_learn(classes: int, samples: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    truth, said = generator.integers(0, classes, (2, samples, 3, 4), np.uint8)
    evaluation = _judged(said, truth, [f"class {number}" for number in range(classes)])
    flat: Any = (truth.ravel(), said.ravel())
    found = evaluation.metrics()
    assert found["iou"] == pytest.approx(jaccard_score(*flat, average="macro"))
    assert found["dice"] == pytest.approx(f1_score(*flat, average="macro"))
    assert found["pixel_accuracy"] == pytest.approx((truth == said).mean())
    (kept,) = evaluation.results(NO_ENGINE)
    table = json.loads(kept.content)["per_class"]
    each = jaccard_score(*flat, average=None, labels=range(classes), zero_division=0)
    assert [row["iou"] for row in table.values()] == pytest.approx(each.tolist())
    dice = f1_score(*flat, average=None, labels=range(classes), zero_division=0)
    assert [row["f1"] for row in table.values()] == pytest.approx(dice.tolist())


def test_a_class_that_is_neither_there_nor_given_does_not_count() -> None:
    masks = np.array([[[0, 1], [1, 0]]], np.uint8)
    assert _judged(masks, masks, "abc").metrics() == {"iou": 1, "dice": 1, "pixel_accuracy": 1}


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_a_picture_shows_image_truth_and_prediction_of_samples_of_the_whole_part(
    channels: int,
) -> None:
    truth = np.zeros((40, 2, 2), np.uint8)
    truth[:, 0] = 1
    said = np.zeros_like(truth)
    said[-1] = 1
    (kept,) = _judged(said, truth, ["ground", "thing"], channels).pictures(NO_ENGINE)
    assert isinstance(kept.content, bytes)
    pixels = np.asarray(Image.open(BytesIO(kept.content)))
    image, marked, unmarked = pixels[:2, :2], pixels[:2, 3:5], pixels[:2, 6:8]
    assert (image == 255).all()
    assert (unmarked == 255).all()
    assert (marked[0] != 255).any(-1).all()
    assert (marked[1] == 255).all()
    last = pixels[-2:, -2:]  # of the twelfth sample shown, which is the last of the part
    assert (last != 255).any(-1).all()


def test_an_overlay_gives_every_class_but_the_first_a_colour_of_its_own() -> None:
    mask = np.arange(6).reshape(2, 3)
    shown = overlay(np.zeros((2, 3, 3), np.uint8), mask, 6)
    colours = {tuple(pixel) for pixel in shown.reshape(-1, 3).tolist()}
    assert len(colours) == 6
    assert (shown[0, 0] == 0).all()
