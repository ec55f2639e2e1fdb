"""A person's image as the input of a model: of its size and colours, as bright as its training images. Called on workers."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from runners.export.facts import Facts
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from PIL.Image import Image

Floats = NDArray[np.float32]
_INK = 0.15
"""What stands out by more than so much of what stands out most is ink."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")


def image_input(
    source: Path | bytes, facts: Facts, *, invert: bool | None = None, drawn: bool = False
) -> Floats:
    """An image file, or the bytes of one, as (height, width, channels) from 0 to ``facts.scale``.

    ``invert`` swaps dark and bright; None does so where a grey image's border is bright and those of the training images are
    dark, or the other way round. What was ``drawn`` is made as large as what the training images show, with its centre of mass in the
    middle, as MNIST's digits are. Raises WorkbenchError.
    """
    height, width, channels = facts.shape
    if channels not in (1, 3):
        raise WorkbenchError(f"The model takes images of {channels} channels: give them as .npy")
    bright = _brightness(_opened(source), channels, facts.background)
    if invert or (invert is None and channels == 1 and _is_inverse(bright, facts.background)):
        bright = 1 - bright
    if drawn:
        bright = _centred(bright, facts)
    return _sized(bright, height, width, facts) * np.float32(facts.scale)


def _opened(source: Path | bytes) -> Image:
    """Raises WorkbenchError."""
    from PIL import Image, ImageOps

    name = source.name if isinstance(source, Path) else "This"
    try:
        with Image.open(BytesIO(source) if isinstance(source, bytes) else source) as image:
            image.load()
            turned = ImageOps.exif_transpose(image)
    except FileNotFoundError as error:
        raise WorkbenchError(f"There is no file {source!s}") from error
    except Exception as error:  # of any kind, by what the file holds
        raise WorkbenchError(f"{name} is no image that can be read: {_words(error)}") from error
    return turned


def _words(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _brightness(image: Image, channels: int, background: float) -> Floats:
    """(height, width, channels) from 0 to 1; what is transparent shows the background."""
    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.float32)
        grey = values / np.float32(65535 if values.max(initial=0) > 255 else 255)
        return np.repeat(grey.astype(np.float32)[..., None], channels, -1)
    rgba = np.asarray(image.convert("RGBA"), np.float32) / 255
    colours, opacity = rgba[..., :3], rgba[..., 3:]
    laid = np.asarray(colours * opacity + background * (1 - opacity), np.float32)
    if channels == 3:
        return laid
    grey = laid @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.asarray(grey[..., None], np.float32)


def _is_inverse(bright: Floats, background: float) -> bool:
    edges = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
    return (float(np.median(edges)) > 0.5) != (background > 0.5)


def _centred(bright: Floats, facts: Facts) -> Floats:
    """Square, with what is drawn in the middle, of the size that ``facts.ink`` says."""
    background = facts.background
    ink = np.abs(bright - background).max(-1)
    places = np.argwhere(ink > _INK * max(1e-6, float(ink.max())))
    if not len(places):
        return bright
    (top, left), (bottom, right) = places.min(0), places.max(0) + 1
    cut, weight = bright[top:bottom, left:right], ink[top:bottom, left:right]
    side = int(np.ceil(max(cut.shape[:2]) / max(0.1, facts.ink)))
    square = np.full((side, side, bright.shape[-1]), background, np.float32)
    middle = [float((weight.sum(1 - axis) * np.arange(weight.shape[axis])).sum() / weight.sum()) for axis in (0, 1)]  # fmt: skip
    corner = [int(np.clip(round(side / 2 - 0.5 - at), 0, side - length)) for at, length in zip(middle, cut.shape[:2], strict=True)]  # fmt: skip
    square[corner[0] : corner[0] + cut.shape[0], corner[1] : corner[1] + cut.shape[1]] = cut
    return square


def _sized(bright: Floats, height: int, width: int, facts: Facts) -> Floats:
    """As large as the model wants it, in the way in which its training images were made so."""
    if bright.shape[:2] != (height, width):
        channels = [_sized_channel(bright[..., at], height, width, facts) for at in range(bright.shape[-1])]  # fmt: skip
        bright = np.stack(channels, -1)
    return np.ascontiguousarray(bright.clip(0, 1), np.float32)


def _sized_channel(channel: Any, height: int, width: int, facts: Facts) -> NDArray[Any]:
    from PIL import Image, ImageOps

    image, size = Image.fromarray(np.ascontiguousarray(channel, np.float32)), (width, height)
    method = Image.Resampling.BOX if min(image.size) >= 2 * max(size) else Image.Resampling.BILINEAR
    if facts.resize == "stretch":
        return np.asarray(image.resize(size, method))
    if facts.resize == "crop":
        return np.asarray(ImageOps.fit(image, size, method))
    ratio = min(width / image.width, height / image.height)
    fitting = (max(1, round(image.width * ratio)), max(1, round(image.height * ratio)))
    padded = np.full((height, width), facts.background, np.float32)
    top, left = (height - fitting[1]) // 2, (width - fitting[0]) // 2
    padded[top : top + fitting[1], left : left + fitting[0]] = np.asarray(image.resize(fitting, method))  # fmt: skip
    return padded
