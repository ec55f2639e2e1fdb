"""Tests of runners.export.serving.service.values: what stands beside a model does as the trainer did."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from runners.datasets.vocabulary import byte_pairs_of, characters_of, words_of
from runners.export.serving.service import values

TEXT = "The cat sat on the mat; the dog's cat didn't.  Then they sat there\n\tand the rat sat, too!"
VOCABULARIES = [
    characters_of(TEXT),
    words_of([TEXT], 9),
    words_of([TEXT], 9, lower=True),
    byte_pairs_of(TEXT, 25),
    byte_pairs_of(TEXT, 25, lower=True),
]
WHITE = {"resize": "pad", "background": 1.0}
TEXTS = st.one_of(st.text(), st.text("theacsdo '’;.,!\n\tTCx  "))


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=lambda one: f"{one.kind}-{one.lower}")
@given(text=TEXTS)
def test_a_text_gets_the_numbers_that_it_had_in_training(vocabulary: object, text: str) -> None:
    plain = {name: getattr(vocabulary, name) for name in ("kind", "tokens", "lower")}
    assert values.encoded(text, plain) == vocabulary.encode(text)  # type: ignore[attr-defined]


def test_a_text_is_cut_at_its_end_or_filled_up_and_one_to_be_written_on_at_its_beginning() -> None:
    letters = {"kind": "characters", "tokens": ["", "?", "a", "b"], "lower": False}
    about = {"shape": [3], "vocabulary": letters, "task": "classification"}
    assert values.tokens("abbb", about).tolist() == [2, 3, 3]
    assert values.tokens("a", about).tolist() == [2, 0, 0]
    assert values.tokens("aabb", {**about, "task": "text generation"}).tolist() == [2, 3, 3]


def test_a_picture_gets_the_size_the_colours_and_the_scale_of_the_models_images() -> None:
    file = BytesIO()
    Image.new("RGB", (20, 30), (255, 255, 255)).save(file, "PNG")
    found = values.pixels(BytesIO(file.getvalue()), {**WHITE, "shape": [8, 6, 1], "scale": 16})
    assert found.shape == (8, 6, 1)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, 16, rtol=1e-6)
    colours = values.pixels(BytesIO(file.getvalue()), {**WHITE, "shape": [4, 4, 3], "scale": 255})
    assert colours.max() == 255


def test_a_photograph_is_turned_as_its_camera_was() -> None:
    file = BytesIO()
    picture = Image.new("L", (8, 4))
    picture.paste(255, (0, 0, 4, 4))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees, clockwise
    picture.save(file, "PNG", exif=exif)
    dark = {"resize": "pad", "background": 0.0, "shape": [8, 4, 1], "scale": 1}
    found = values.pixels(BytesIO(file.getvalue()), dark)
    assert found[:4].min() == pytest.approx(1)
    assert found[4:].max() == 0


def test_numbers_go_in_standardised_and_come_out_in_their_own_units() -> None:
    columns = [{"name": "a", "mean": 1.0, "std": 2.0}, {"name": "b", "mean": 0.0, "std": 1.0}]
    x = values.standardised([[5, 7]], {"features": columns})
    assert x.tolist() == [[2.0, 7.0]]
    assert values.in_own_units(x[0], {"targets": columns}) == {"a": 5.0, "b": 7.0}


def test_the_next_token_is_told_after_the_last_that_is_no_filler() -> None:
    about = {"task": "text generation", "vocabulary": {"tokens": ["", "?", "a"]}}
    scores = np.zeros((3, 3), np.float32)
    scores[1, 2] = 9
    told = values.answer(scores, np.array([2, 1, 0]), about)
    assert next(iter(told["next"])) == "a"


def test_a_mask_and_an_image_come_back_as_large_as_they_went_in() -> None:
    scores = np.zeros((2, 3, 2), np.float32)
    scores[0, :, 1] = 1
    told = values.answer(scores, scores, {"task": "segmentation", "classes": ["no", "yes"]})
    assert told == {"shares": {"no": 0.5, "yes": 0.5}, "mask": [[1, 1, 1], [0, 0, 0]]}
    image = values.answer(scores * 0, scores, {"task": "reconstruction", "scale": 16})["image"]
    assert np.array(image).tolist() == np.full((2, 3, 2), 8.0).tolist()
