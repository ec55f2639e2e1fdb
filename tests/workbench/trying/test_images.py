from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from runners.datasets.dataset import Input, Task
from runners.export.facts import Facts
from workbench.errors import WorkbenchError
from workbench.trying.images import image_input

GREY = Facts(format="onnx", task=Task.CLASSIFICATION, input=Input.IMAGE, shape=(28, 28, 1), scale=255, ink=20 / 28)  # fmt: skip
COLOUR = replace(GREY, shape=(8, 12, 3), scale=1, resize="crop", background=0.5)


def png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def stroke(paper: int, ink: int, *, at: tuple[int, int] = (30, 20)) -> Image.Image:
    image = Image.new("L", (200, 260), paper)
    left, top = at
    ImageDraw.Draw(image).rectangle((left, top, left + 40, top + 99), fill=ink)
    return image


def test_an_image_comes_as_large_and_as_bright_as_the_models() -> None:
    found = image_input(png(stroke(0, 255)), GREY)
    assert found.shape == (28, 28, 1)
    assert found.dtype == np.float32
    assert found.min() == 0
    assert found.max() == pytest.approx(255, abs=1)


def test_dark_ink_on_bright_paper_is_swapped_for_a_model_of_bright_ink_unless_one_says_no() -> None:
    bright = image_input(png(stroke(0, 255)), GREY)
    dark = png(stroke(255, 0))
    np.testing.assert_allclose(image_input(dark, GREY), bright, atol=0.01)
    assert image_input(dark, GREY, invert=False)[0, 14, 0] == pytest.approx(255, abs=0.01)
    assert image_input(png(stroke(0, 255)), GREY, invert=True)[0, 14, 0] == pytest.approx(255, abs=0.01)  # fmt: skip


@pytest.mark.parametrize("at", [(2, 2), (150, 150), (80, 60)])
def test_what_is_drawn_lands_in_the_middle_wherever_it_was_drawn(at: tuple[int, int]) -> None:
    found = image_input(png(stroke(0, 255, at=at)), GREY, invert=False, drawn=True)[..., 0]
    rows, columns = (np.flatnonzero(found.max(axis) > 128) for axis in (1, 0))
    assert abs(rows.mean() - 13.5) <= 1
    assert abs(columns.mean() - 13.5) <= 1
    assert 19 <= rows[-1] - rows[0] + 1 <= 21  # as MNIST's digits are


def test_empty_paper_stays_empty() -> None:
    paper = png(Image.new("L", (50, 50), 0))
    assert not image_input(paper, GREY, invert=False, drawn=True).any()


def test_colours_come_from_0_to_1_and_what_is_transparent_shows_the_background() -> None:
    image = Image.new("RGBA", (120, 80), (255, 0, 0, 255))
    found = image_input(png(image), COLOUR)
    assert found.shape == (8, 12, 3)
    np.testing.assert_allclose(found[4, 6], [1, 0, 0], atol=0.01)
    clear = image_input(png(Image.new("RGBA", (120, 80), (255, 0, 0, 0))), COLOUR)
    np.testing.assert_allclose(clear, 0.5, atol=0.01)


def test_an_image_is_cropped_stretched_or_padded_as_the_training_images_were() -> None:
    image = Image.new("RGB", (300, 80), "white")
    image.paste("black", (0, 0, 100, 80))
    cropped = image_input(png(image), COLOUR)
    stretched = image_input(png(image), replace(COLOUR, resize="stretch"))
    padded = image_input(png(image), replace(COLOUR, resize="pad"))
    assert cropped[4, 2, 0] == pytest.approx(1, abs=0.01)
    assert stretched[4, 0, 0] == pytest.approx(0, abs=0.01)
    assert padded[0, 0, 0] == 0.5
    assert padded[4, 0, 0] == pytest.approx(0, abs=0.01)


def test_a_file_of_16_bits_and_one_that_is_turned_are_read_as_they_are_seen(tmp_path: Path) -> None:
    deep = tmp_path / "deep.png"
    Image.fromarray(np.full((28, 28), 65535, np.uint16)).save(deep)
    assert image_input(deep, GREY, invert=False).min() == pytest.approx(255, abs=0.01)
    turned = tmp_path / "turned.jpg"
    image = Image.new("RGB", (80, 40), "white")
    image.paste("black", (0, 0, 40, 40))
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter to the right
    image.save(turned, exif=exif)
    found = image_input(turned, replace(GREY, shape=(20, 10, 1)), invert=False)
    assert found[2, 5, 0] < 30
    assert found[17, 5, 0] > 220


@pytest.mark.parametrize("content", [b"", b"no image at all", b"\x89PNG\r\n\x1a\n cut short"])
def test_what_is_no_image_is_told_by_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.png"
    path.write_bytes(content)
    with pytest.raises(WorkbenchError, match=r"odd\.png is no image"):
        image_input(path, GREY)


def test_other_numbers_of_channels_are_asked_for_as_arrays() -> None:
    with pytest.raises(WorkbenchError, match="4 channels"):
        image_input(png(stroke(0, 255)), replace(GREY, shape=(8, 8, 4)))
