"""Pictures and histograms that a run keeps to look at besides its curves."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOMENTS = 12
"""In so many epochs of a run at most, its pictures and histograms are kept."""
_BINS = 64


def is_moment(epoch: int, epochs: int) -> bool:
    """Whether pictures are kept after this epoch, counted from 1: evenly spread, and after the last one."""
    return epoch == epochs or epoch % math.ceil(epochs / MOMENTS) == 0


def histograms(weights: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, list[float]]]:
    """Per weight ``edges`` (65 rising numbers) and ``counts`` (64) of its finite values."""
    found = {}
    for name, array in weights.items():
        values = array[np.isfinite(array)].astype(np.float64)
        counts, edges = np.histogram(values, _BINS)
        found[name] = {"edges": edges.tolist(), "counts": counts.tolist()}
    return found


def tiled(images: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Images of shape (samples, height, width, channels) as one, a pixel apart."""
    count, height, width, channels = images.shape
    rows = math.ceil(count / columns)
    whole = np.zeros((rows * (height + 1) - 1, columns * (width + 1) - 1, channels), np.uint8)
    for place, image in enumerate(images):
        top, left = place // columns * (height + 1), place % columns * (width + 1)
        whole[top : top + height, left : left + width] = image
    return whole


def png(image: NDArray[np.uint8]) -> bytes:
    """An image of shape (height, width, 1 or 3) in the format of https://www.w3.org/TR/png/."""
    height, width, channels = image.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each begins with its filter: none
    rows[:, 1:] = image.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
