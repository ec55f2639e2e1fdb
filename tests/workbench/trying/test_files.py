from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from runners.datasets.dataset import Input, Task
from runners.export.facts import Facts
from tests.runners.export.answering.subjects import HOUSES, IMAGES, TEXT
from workbench.errors import WorkbenchError
from workbench.trying.files import given_text, read_given
from workbench.trying.said import as_json, covered, in_words, shares


def test_each_kind_of_file_becomes_samples(tmp_path: Path) -> None:
    image, table, words = (tmp_path / name for name in ("a.png", "b.csv", "c.txt"))
    Image.new("L", (30, 30)).save(image)
    table.write_text("4,30\n5,50\n", "utf-8")
    words.write_text("abca", "utf-8")
    (picture,) = read_given(image, IMAGES)
    assert picture.x is not None
    assert picture.x.shape == (8, 8, 1)
    rows = read_given(table, HOUSES)
    assert [each.name for each in rows] == ["b.csv, row 1", "b.csv, row 2"]
    np.testing.assert_allclose(rows[1].question["x"], [[1, 1]])
    (text,) = read_given(words, TEXT)
    assert text.question == {"tokens": [2, 3, 4, 2]}


def test_arrays_are_one_sample_or_several(tmp_path: Path) -> None:
    one, several, other = (tmp_path / name for name in ("one.npy", "several.npy", "other.npy"))
    np.save(one, np.zeros((8, 8, 1), np.uint8))
    np.save(several, np.zeros((3, 8, 8, 1)))
    np.save(other, np.zeros((9, 9)))
    assert len(read_given(one, IMAGES)) == 1
    assert [each.name for each in read_given(several, IMAGES)] == ["several.npy[0]", "several.npy[1]", "several.npy[2]"]  # fmt: skip
    with pytest.raises(WorkbenchError, match="the shape 9 x 9, and the model takes 8 x 8 x 1"):
        read_given(other, IMAGES)


@pytest.mark.parametrize(("name", "content", "facts", "words"), [
    ("a.npy", b"no array", IMAGES, "no array of NumPy's"),
    ("a.txt", b"\xff\xfe\xfa", TEXT, "no text in UTF-8"),
    ("a.txt", b"", TEXT, "no text"),
    ("a.png", b"", HOUSES, "is an image, and the model takes features"),
    ("a.png", b"", IMAGES, "no image"),
])  # fmt: skip
def test_a_file_that_does_not_fit_is_told_in_words(tmp_path: Path, name: str, content: bytes, facts: Facts, words: str) -> None:  # fmt: skip
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(WorkbenchError, match=words):
        read_given(path, facts)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="There is no file"):
        read_given(tmp_path / "gone.png", IMAGES)


def test_an_array_that_would_run_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.npy"
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(WorkbenchError, match="no array of NumPy's"):
        read_given(path, IMAGES)


def test_a_model_that_takes_no_text_is_given_none() -> None:
    with pytest.raises(WorkbenchError, match="takes no text, but image"):
        given_text("abc", IMAGES)


def test_the_likeliest_comes_first_and_numbers_keep_their_names() -> None:
    answer = np.array([0.25, 0.75])
    assert [one.name for one in shares(IMAGES, answer)] == ["right", "left"]
    assert in_words(IMAGES, answer) == "right (75.0%), left (25.0%)"
    assert as_json(IMAGES, answer) == {"predicted": "right", "probabilities": {"right": 0.75, "left": 0.25}}  # fmt: skip
    assert in_words(HOUSES, np.array([1234.5])) == "price 1234.5"
    assert as_json(HOUSES, np.array([1234.5])) == {"predicted": {"price": 1234.5}}
    assert in_words(TEXT, np.array([0, 0, 0.9, 0.1, 0])).startswith("“a” (90.0%)")


def test_an_answer_that_is_no_number_is_no_likely_one() -> None:
    assert shares(IMAGES, np.array([np.nan, 0.1]))[0].name == "right"


def test_a_mask_is_told_by_the_shares_of_its_pixels() -> None:
    facts = Facts(format="onnx", task=Task.SEGMENTATION, input=Input.IMAGE, shape=(2, 2, 1), classes=("a", "b", "c"))  # fmt: skip
    mask = np.array([[1, 1], [1, 0]], np.uint8)
    assert [(one.name, one.probability) for one in covered(facts, mask)] == [("b", 0.75), ("a", 0.25)]  # fmt: skip
    assert in_words(facts, mask) == "b (75.0% of the pixels), a (25.0% of the pixels)"
