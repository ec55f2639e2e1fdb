"""How far numbers are from the truth, in the truth's own unit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Units:
    """The way from standardised numbers, whose last axis is the targets, back to their own units."""

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        self.mean, self.std = np.array(mean, np.float64), np.array(std, np.float64)
        self.smallest = 1e-6 * (np.abs(self.mean) + self.std)
        """Per target; what is closer to zero is zero but for the rounding of its standardised value to float32."""

    def __call__(self, standardised: NDArray[Any]) -> Floats:
        return np.asarray(standardised * self.std + self.mean, np.float64)


class Errors:
    """The sums of errors over many samples, for each place of a sample, such as each target, apart.

    What is asked for along an axis of a sample is the mean over its other axes. NaN where it is undefined.
    """

    def __init__(self, shape: tuple[int, ...], smallest: Floats) -> None:
        """``smallest`` is the least absolute truth that a percentage is of, per target."""
        self._smallest = smallest
        self._count = np.zeros(shape)
        self._absolute, self._squared = np.zeros(shape), np.zeros(shape)
        self._relative, self._relative_count = np.zeros(shape), np.zeros(shape)

    def add(self, said: Floats, truth: Floats) -> None:
        """Of shape (samples, *shape), in the truth's own units."""
        size = np.abs(truth)
        error = np.abs(said - truth)
        has_share = size > self._smallest
        self._count += len(truth)
        self._absolute += error.sum(0)
        self._squared += np.square(error).sum(0)
        shares = np.divide(error, size, out=np.zeros_like(error), where=has_share)
        self._relative += shares.sum(0)
        self._relative_count += has_share.sum(0)

    def mae(self, along: int | None = None) -> Floats:
        """The mean absolute error."""
        return _mean(self._absolute, self._count, along)

    def rmse(self, along: int | None = None) -> Floats:
        """The root of the mean squared error."""
        return np.asarray(np.sqrt(_mean(self._squared, self._count, along)))

    def mape(self, along: int | None = None) -> Floats:
        """The mean absolute error as a share of the truth: 0.1 is ten percent. Where the truth is zero there is none."""
        return _mean(self._relative, self._relative_count, along)

    @property
    def squared(self) -> Floats:
        """The sum of squared errors of each place."""
        return self._squared


def _mean(sums: Floats, counts: Floats, along: int | None) -> Floats:
    axes = tuple(axis for axis in range(sums.ndim) if axis != along)
    with np.errstate(invalid="ignore"):
        return np.asarray(sums.sum(axes) / counts.sum(axes), np.float64)


def defined(metrics: dict[str, float]) -> dict[str, float]:
    """Those that are not NaN: what the truth leaves undefined is no metric, and a loss says what became NaN."""
    return {name: value for name, value in metrics.items() if not np.isnan(value)}


def spread(count: int, most: int) -> NDArray[np.int64]:
    """At most ``most`` of ``count`` places, evenly spread from the first to the last."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def plain(values: NDArray[Any]) -> Any:
    """Nested lists of numbers to six digits for JSON, which has no NaN: None stands for it."""
    if values.ndim:
        return [plain(value) for value in values]
    return float(f"{values:.6g}") if np.isfinite(values) else None
