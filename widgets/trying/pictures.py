"""Pictures of answers: what an answer rests on, which pixels are what, and what comes back of an image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from widgets import theme
from widgets.data.pictures import as_image
from widgets.trying.canvas import image_of

Floats = NDArray[np.float32]
_HEAT = np.array([[0.25, 0.0, 0.4], [0.85, 0.2, 0.25], [1.0, 0.65, 0.1], [1.0, 1.0, 0.6]])
_STRENGTH = 0.85


def with_heat(bright: NDArray[Any], heat: Floats) -> QImage:
    """An image (height, width, channels) from 0 to 1 in grey, coloured where ``heat`` (height, width), from 0 to 1, is high."""
    grey = np.repeat(bright.mean(-1, keepdims=True), 3, -1)
    places = heat * (len(_HEAT) - 1)
    colours = np.stack([np.interp(places, np.arange(len(_HEAT)), _HEAT[:, at]) for at in range(3)], -1)  # fmt: skip
    share = _STRENGTH * np.sqrt(heat)[..., None]
    return image_of(grey * (1 - share) * 0.8 + colours * share)


def with_mask(bright: NDArray[Any], mask: NDArray[np.uint8]) -> QImage:
    """An image with the classes of its pixels, but the first, laid over it in colours."""
    pixels = np.rint(bright.clip(0, 1) * 255).astype(np.uint8)
    tints = [theme.run_color(at) for at in range(10)]
    return as_image(pixels, mask, [(each.red(), each.green(), each.blue()) for each in tints])
