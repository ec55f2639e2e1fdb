"""Images, masks and series of samples as pictures. Called on workers, so it makes images and no widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_STRENGTH = 0.5


def as_image(
    pixels: NDArray[np.uint8],
    mask: NDArray[np.uint8] | None,
    colors: Sequence[tuple[int, int, int]],
) -> QImage:
    """(height, width, channels) from 0 to 255, with the classes of a mask, but the first, tinted over it.

    Of other numbers of channels than one and three the first is shown.
    """
    rgb = pixels if pixels.shape[-1] == 3 else np.repeat(pixels[..., :1], 3, axis=-1)
    if mask is not None:
        rgb = _tinted(rgb, mask, colors)
    rgb = np.ascontiguousarray(rgb)
    height, width = rgb.shape[:2]
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _tinted(
    rgb: NDArray[np.uint8], mask: NDArray[np.uint8], colors: Sequence[tuple[int, int, int]]
) -> NDArray[np.uint8]:
    tints = np.array(colors, np.float32)[(mask.astype(np.int64) - 1) % len(colors)]
    mixed = rgb * (1 - _STRENGTH) + tints * _STRENGTH
    return np.where((mask > 0)[..., None], mixed, rgb).astype(np.uint8)
