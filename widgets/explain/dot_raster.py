"""Thousands of points as pixels, by NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from widgets.explain.canvas import Pixels

_FEW, _MANY = 300, 3_000


@dataclass(frozen=True)
class Dots:
    """``x`` (0 is left) and ``y`` (0 is the bottom) are from 0 to 1; NaN has no place. ``colors`` are blue, green and red of each.

    Later ones lie over earlier ones. ``radius`` is in pixels.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    colors: NDArray[np.uint8]
    radius: float
    opacity: float = 1.0

    def draw(self, width: int, height: int) -> Pixels:
        there = np.flatnonzero(np.isfinite(self.x) & np.isfinite(self.y))
        left, top = self.x[there] * (width - 1), (1 - self.y[there]) * (height - 1)
        pixels = np.zeros((height, width, 4), np.uint8)
        cover = np.zeros((height, width), np.float32)
        reach = int(np.ceil(self.radius))
        x0, y0 = np.rint(left).astype(np.intp), np.rint(top).astype(np.intp)
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                part = np.clip(self.radius + 0.5 - np.hypot(dx, dy), 0, 1) * self.opacity
                if part <= 0:
                    continue
                x, y = x0 + dx, y0 + dy
                inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
                x, y = x[inside], y[inside]
                pixels[y, x, :3] = self.colors[there[inside]]
                count = np.bincount(y * width + x, minlength=height * width)
                cover += np.log1p(-min(part, 0.999)) * count.reshape(height, width)
        pixels[..., 3] = (255 * (1 - np.exp(cover))).astype(np.uint8)
        return pixels


def radius(count: int) -> float:
    """What many points need so that they can be told apart."""
    return 4.0 if count <= _FEW else 3.0 if count <= _MANY else 2.2


def opacity(count: int) -> float:
    return 0.85 if count <= _FEW else 0.7 if count <= _MANY else 0.5
