"""How the numbers of an array are distributed, read in blocks, in the form that `runners.datasets.statistics` describes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from runners.datasets.dataset import Array

BINS = 32
COLUMNS = 1000
_BLOCK = 1 << 20
"""Numbers read at a time."""


def byte_columns(images: Array) -> list[dict[str, Any]]:
    """Each channel of images (samples, height, width, channels) of unsigned bytes."""
    channels = images.shape[-1]
    names = {1: ("grey",), 3: ("red", "green", "blue")}.get(channels)
    counts = np.zeros((channels, 256), np.int64)
    for block in blocks_of(images):
        for channel in range(channels):
            counts[channel] += np.bincount(block[..., channel].ravel(), minlength=256)
    return [
        _byte_column(names[number] if names else f"channel {number + 1}", one)
        for number, one in enumerate(counts[:COLUMNS])
    ]


def _byte_column(name: str, counts: NDArray[np.int64]) -> dict[str, Any]:
    values = np.arange(256)
    total = max(1, int(counts.sum()))
    mean = float((counts * values).sum()) / total
    there = np.flatnonzero(counts)
    low, high = (int(there[0]), int(there[-1])) if len(there) else (0, 0)
    return {
        "name": name,
        "role": "channel",
        "unit": "byte",
        "mean": mean,
        "std": math.sqrt(float((counts * (values - mean) ** 2).sum()) / total),
        "min": low,
        "max": high,
        "missing": 0,
        "histogram": whole_bins(counts[: high + 1]),
    }


def scaled_columns(
    array: Array, names: Sequence[str], role: str, mean: Sequence[float], std: Sequence[float]
) -> list[dict[str, Any]]:
    """Each last index of an array of floats, in its own unit where mean and deviation are known."""
    shown = min(array.shape[-1], COLUMNS)
    own = len(mean) == len(std) == array.shape[-1]
    scale = np.array(std if own else np.ones(array.shape[-1]), np.float64)[:shown]
    shift = np.array(mean if own else np.zeros(array.shape[-1]), np.float64)[:shown]

    def blocks() -> Iterator[NDArray[np.float64]]:
        for block in blocks_of(array):
            flat = block.reshape(-1, block.shape[-1])[:, :shown]
            yield flat.astype(np.float64) * scale + shift

    summary = _Summary(shown, blocks)
    return [
        {
            "name": names[number] if number < len(names) else f"{role} {number + 1}",
            "role": role,
            "unit": "own" if own else "standardised",
            **summary.column(number),
        }
        for number in range(shown)
    ]


class _Summary:
    """Mean, deviation, extremes and histogram of each column, in two readings; what is not finite is missing."""

    def __init__(self, columns: int, blocks: Callable[[], Iterator[NDArray[np.float64]]]) -> None:
        self._count = np.zeros(columns)
        self._missing = np.zeros(columns, np.int64)
        self._sum = np.zeros(columns)
        self._low = np.full(columns, np.inf)
        self._high = np.full(columns, -np.inf)
        for block in blocks():
            self._extend(block)
        self._mean = self._sum / np.maximum(1, self._count)
        self._squares = np.zeros(columns)
        self._bins = np.zeros((columns, BINS), np.int64)
        for block in blocks():
            self._spread(block)

    def _extend(self, block: NDArray[np.float64]) -> None:
        there = np.isfinite(block)
        self._count += there.sum(0)
        self._missing += (~there).sum(0)
        self._sum += np.where(there, block, 0).sum(0)
        self._low = np.minimum(self._low, np.where(there, block, np.inf).min(0))
        self._high = np.maximum(self._high, np.where(there, block, -np.inf).max(0))

    def _spread(self, block: NDArray[np.float64]) -> None:
        there = np.isfinite(block)
        self._squares += np.where(there, (block - self._mean) ** 2, 0).sum(0)
        width = np.where(self._high > self._low, self._high - self._low, 1.0)
        place = np.where(there, (block - self._low) / width * BINS, 0).astype(np.int64)
        place = np.clip(place, 0, BINS - 1) + np.arange(len(self._bins)) * BINS
        found = np.bincount(place[there], minlength=self._bins.size)
        self._bins += found.reshape(self._bins.shape)

    def column(self, number: int) -> dict[str, Any]:
        """Of a column without any number, mean, deviation and extremes are None."""
        found = self._count[number] > 0
        low, high = float(self._low[number]), float(self._high[number])
        deviation = math.sqrt(self._squares[number] / max(1.0, self._count[number]))
        return {
            "mean": float(self._mean[number]) if found else None,
            "std": deviation if found else None,
            "min": low if found else None,
            "max": high if found else None,
            "missing": int(self._missing[number]),
            "histogram": {
                "from": low if found else 0.0,
                "to": high if found and high > low else (low + 1 if found else 1.0),
                "counts": self._bins[number].tolist(),
            },
        }


def whole_bins(counts: NDArray[np.int64]) -> dict[str, Any]:
    """A histogram from how often each whole number from 0 on is there, of at most `BINS` bins."""
    width = math.ceil(len(counts) / BINS)
    bins = math.ceil(len(counts) / width)
    padded = np.zeros(bins * width, np.int64)
    padded[: len(counts)] = counts
    return {"from": 0, "to": bins * width, "counts": padded.reshape(bins, width).sum(1).tolist()}


def blocks_of(array: Array) -> Iterator[Array]:
    """Pieces along the first axis, of about `_BLOCK` numbers."""
    step = max(1, _BLOCK // max(1, math.prod(array.shape[1:])))
    for start in range(0, len(array), step):
        yield np.asarray(array[start : start + step])
