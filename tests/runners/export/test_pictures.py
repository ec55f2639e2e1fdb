"""Tests of runners.export.pictures: what a dataset's images look like is seen in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runners.datasets.dataset import PreparedDataset
from runners.datasets.digits import INFO as DIGITS
from runners.export.pictures import look_of
from runners.export.preprocessing import Look, describe
from runners.parameters import complete
from runners.templates import get_template
from runners.train.data import Part
from tests.runners.export.linear import FLOWERS


def part(images: Any) -> Part:
    return Part(images, np.zeros(len(images), np.uint8), np.arange(len(images)))


def test_the_background_and_the_size_of_what_is_drawn_are_those_of_the_images() -> None:
    images = np.full((3, 8, 8, 1), 12, np.uint8)
    images[:, 2:6, 3:5] = 1
    look = look_of(PreparedDataset(DIGITS, Path(), ""), part(images))
    assert look == Look("pad", 0.75, 0.5)


@pytest.mark.parametrize(
    ("channels", "recipe", "resize"),
    [(1, {}, "pad"), (3, {}, "crop"), (1, {"image": {"resize": "stretch"}}, "stretch")],
)
def test_pictures_are_resized_as_the_recipe_says_and_without_one_as_is_usual(
    channels: int, recipe: dict[str, Any], resize: str
) -> None:
    info = replace(DIGITS, input_shape=(8, 8, channels))
    look = look_of(PreparedDataset(info, Path(), "", recipe), part(np.zeros((2, 8, 8, channels))))
    assert look == Look(resize, 0.0, 1.0)


def test_what_is_no_images_looks_like_nothing() -> None:
    assert look_of(PreparedDataset(FLOWERS, Path(), ""), part(np.zeros((2, 3)))) is None


@pytest.mark.parametrize(("resize", "word"), [("pad", "fit into"), ("crop", "cut off"), ("stretch", "stretched")])  # fmt: skip
def test_it_is_told_beside_the_model_in_fields_and_in_words(resize: str, word: str) -> None:
    template = get_template("mlp")
    values, _ = complete(template.declared, {})
    about = describe(template, values, DIGITS, None, Look(resize, 0.25, 0.5))
    assert (about["resize"], about["background"], about["ink"]) == (resize, 0.25, 0.5)
    (words,) = (each for each in about["words"] if each.startswith("A picture"))
    assert word in words
    assert "0.25" in words
