"""A person's image as the input of a model, just as the service and the examples make it (`runners.export.serving.service.values`). Called on workers."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.export.facts import Facts
from runners.export.serving.service import values
from workbench.errors import WorkbenchError

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
    if facts.shape[2] not in (1, 3):
        raise WorkbenchError(
            f"The model takes images of {facts.shape[2]} channels: give them as .npy"
        )
    about = {"shape": facts.shape, "resize": facts.resize, "background": facts.background}
    bright = _brightness(source, about)
    if invert or (invert is None and values.is_inverse(bright, about)):
        bright = 1 - bright
    if drawn:
        bright = _centred(bright, facts)
    return np.ascontiguousarray(values.sized(bright, about) * np.float32(facts.scale))


def _brightness(source: Path | bytes, about: dict[str, Any]) -> Floats:
    """Raises WorkbenchError."""
    name = source.name if isinstance(source, Path) else "This"
    try:
        return values.brightness(BytesIO(source) if isinstance(source, bytes) else source, about)
    except FileNotFoundError as error:
        raise WorkbenchError(f"There is no file {source!s}") from error
    except Exception as error:  # of any kind, by what the file holds
        raise WorkbenchError(f"{name} is no image that can be read: {_words(error)}") from error


def _words(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


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
