"""Smoothed curves. The means look back only, so that what is drawn does not change when points arrive; the Gaussian
looks to both sides, so that it shifts nothing, and changes the last points as others arrive."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

import numpy as np

from workbench.curve import Curve, Floats, Growing, Indices, PointLine, Source

_BLOCK = 64
_NEGLIGIBLE = 1e-17
"""1 minus this is 1 in float64."""
_EXACT_SIGMA = 16
_GAUSSIAN_REACH = 4
_BOXES = 6


class Method(StrEnum):
    EXPONENTIAL = "exponential"
    MEAN = "mean"
    GAUSSIAN = "gaussian"


class Smoother(Protocol):
    """Takes a curve's values piece by piece, in order. What is not finite comes out as it went in."""

    def next(self, values: Floats) -> Floats:
        """The smoothed values, and before them those that these values changed: as many as `revises` allows."""

    @property
    def revises(self) -> int:
        """How many of the last values the next ones may change."""

    def anew(self) -> Smoother:
        """One like it that has seen nothing yet."""


class ExponentialMean:
    """The exponential moving average of TensorBoard's scalars, with its bias towards zero removed.

    ``s[0] = 0; s[n] = w s[n-1] + (1 - w) y[n]``, shown as ``s[n] / (1 - w**n)``: the estimate of
    Adam's first moment (Kingma and Ba, 2015, section 3), as `classicSmoothing` in TensorBoard's
    scalar card computes it. The weight is in [0, 1).
    """

    def __init__(self, weight: float) -> None:
        if not 0 <= weight < 1:
            raise ValueError("a weight must be at least 0 and less than 1")
        self._weight = weight
        self._state = 0.0
        self._count = 0
        self._unbiased_from = math.ceil(math.log(_NEGLIGIBLE) / math.log(weight)) if weight else 0

    revises = 0

    def next(self, values: Floats) -> Floats:
        return _of_finite(values, self._smooth)

    def anew(self) -> ExponentialMean:
        return ExponentialMean(self._weight)

    def _smooth(self, values: Floats) -> Floats:
        sums = _decaying_sums((1 - self._weight) * values, self._weight, self._state)
        self._state = float(sums[-1])
        biased = min(len(values), max(0, self._unbiased_from - self._count))
        counts = np.arange(self._count + 1, self._count + biased + 1)
        sums[:biased] /= 1 - self._weight**counts
        self._count += len(values)
        return sums


class RunningMean:
    """The mean of the last ``window`` finite values, or of as many as there are."""

    def __init__(self, window: int) -> None:
        if window < 1:
            raise ValueError("a window must be at least 1")
        self._window = window
        self._recent: Floats = np.empty(0)

    revises = 0

    def next(self, values: Floats) -> Floats:
        return _of_finite(values, self._smooth)

    def anew(self) -> RunningMean:
        return RunningMean(self._window)

    def _smooth(self, values: Floats) -> Floats:
        known = np.concatenate((self._recent, values))
        counts = np.minimum(np.arange(1, len(known) + 1), self._window)
        self._recent = known[len(known) - min(len(known), self._window - 1) :]
        return (_window_sums(known, self._window) / counts)[len(known) - len(values) :]


class GaussianMean:
    """The mean of the values around each, weighted by ``exp(-d**2 / (2 sigma**2))`` of the distance d in points.

    Beyond four sigma nothing counts; at the ends the weights that are left are scaled to a sum of one. Above a sigma of
    16 points the weights are those of six running means one after the other, of widths that have this sigma (Wells,
    1986; Kovesi, 2010): within 3 % of the Gaussian's, at a cost that does not grow with sigma. A value that is not
    finite comes out as it went in and has no weight.
    """

    def __init__(self, sigma: float) -> None:
        if not sigma > 0:
            raise ValueError("sigma must be more than 0")
        self._sigma = sigma
        self._widths = _box_widths(sigma) if sigma > _EXACT_SIGMA else ()
        reach = sum(width // 2 for width in self._widths)
        self._reach = reach or math.ceil(_GAUSSIAN_REACH * sigma)
        self._recent: Floats = np.empty(0)

    @property
    def revises(self) -> int:
        """As many as have a value not yet known in their reach."""
        return min(self._reach, len(self._recent))

    def next(self, values: Floats) -> Floats:
        if not len(values):
            return values
        known = np.concatenate((self._recent, values))
        changed = self.revises
        self._recent = known[len(known) - min(len(known), 2 * self._reach) :]
        finite = np.isfinite(known)
        weights = self._spread(finite.astype(np.float64))
        sums = self._spread(np.where(finite, known, 0.0))
        with np.errstate(invalid="ignore", divide="ignore"):
            smooth = np.where(finite, sums / weights, known)
        return smooth[len(known) - len(values) - changed :]

    def anew(self) -> GaussianMean:
        return GaussianMean(self._sigma)

    def _spread(self, values: Floats) -> Floats:
        """The weighted sums, with nothing outside of the values."""
        if not self._widths:
            distances = np.arange(-self._reach, self._reach + 1)
            weights = np.exp(-0.5 * (distances / self._sigma) ** 2)
            return np.convolve(values, weights)[self._reach : self._reach + len(values)]
        sums = np.concatenate((np.zeros(self._reach), values, np.zeros(self._reach)))
        for width in self._widths:
            sums = _window_sums(sums, width)[width - 1 :] / width
        return sums


def _box_widths(sigma: float) -> tuple[int, ...]:
    """Odd widths of running means whose variances ``(w**2 - 1) / 12`` add up to that of the Gaussian, nearly."""
    ideal = math.sqrt(12 * sigma**2 / _BOXES + 1)
    small = int(ideal) - (int(ideal) % 2 == 0)
    spare = 12 * sigma**2 - _BOXES * (small**2 - 1)
    wide = round(spare / ((small + 2) ** 2 - small**2))
    return (small,) * (_BOXES - wide) + (small + 2,) * wide


def smoother(method: Method, amount: float) -> Smoother:
    """``amount`` is the weight of the exponential mean, the points of the running one, or the Gaussian's sigma in points."""
    if method is Method.EXPONENTIAL:
        return ExponentialMean(amount)
    return RunningMean(int(amount)) if method is Method.MEAN else GaussianMean(amount)


class SmoothedCurve(PointLine):
    """A curve seen through a smoother. It knows as many points as `catch_up` last found."""

    def __init__(self, curve: Curve, through: Smoother) -> None:
        super().__init__()
        self._curve = curve
        self._through = through
        self._values = Growing(np.float64)
        self._generation = curve.generation

    def catch_up(self) -> None:
        """Take in what the curve has got, from the beginning if it began anew."""
        if self._generation != self._curve.generation:
            self._generation = self._curve.generation
            self._through = self._through.anew()
            self._values = Growing(np.float64)
            self._pyramids.clear()
            self._ordered.clear()
        new = self._curve.values[len(self._values.filled) :]
        if not len(new):
            return
        revised = self._through.revises
        smooth = self._through.next(new)
        if revised:
            self._revise(smooth[:revised])
        self._values.extend(smooth[revised:])

    def _revise(self, last: Floats) -> None:
        """Give the last values others. The arrays handed out before keep theirs."""
        kept = self._values.filled
        self._values = Growing(np.float64)
        self._values.extend(np.concatenate((kept[: len(kept) - len(last)], last)))
        self._pyramids.clear()
        self._ordered.clear()

    @property
    def generation(self) -> int:  # type: ignore[override]
        """How often the curve began anew."""
        return self._curve.generation

    @property
    def settled(self) -> int:
        return max(0, len(self) - self._through.revises)

    @property
    def steps(self) -> Indices:
        return self._curve.steps[: len(self)]

    @property
    def times(self) -> Floats:
        return self._curve.times[: len(self)]

    @property
    def values(self) -> Floats:
        if self._generation != self._curve.generation:
            self.catch_up()
        return self._values.filled

    def rises(self, source: Source) -> bool:
        return self._curve.rises(source)


def _of_finite(values: Floats, smooth: Callable[[Floats], Floats]) -> Floats:
    """Smooth the finite values as if the others were not there."""
    finite = np.isfinite(values)
    if not finite.any():
        return values.copy()
    if finite.all():
        return smooth(values)
    result = values.copy()
    result[finite] = smooth(values[finite])
    return result


def _decaying_sums(values: Floats, weight: float, before: float) -> Floats:
    """``sums[n] = weight * sums[n-1] + values[n]``, with ``before`` as the one before the first.

    Blocks of 64 are one product of matrices; what each block hands to the next obeys the same rule
    with ``weight**64``.
    """
    if len(values) <= _BLOCK:
        block: Floats = _within_blocks(values[None, :], weight)[0]
        return block + before * _powers(weight, len(values))
    whole = len(values) // _BLOCK * _BLOCK
    sums = _within_blocks(values[:whole].reshape(-1, _BLOCK), weight)
    ends = _decaying_sums(sums[:, -1], weight**_BLOCK, before)
    handed_on = np.concatenate(([before], ends[:-1]))
    sums += handed_on[:, None] * _powers(weight, _BLOCK)
    if whole == len(values):
        return sums.ravel()
    rest = _decaying_sums(values[whole:], weight, float(ends[-1]))
    return np.concatenate((sums.ravel(), rest))


def _within_blocks(blocks: Floats, weight: float) -> Floats:
    length = blocks.shape[1]
    ages = np.arange(length)[None, :] - np.arange(length)[:, None]
    powers: Floats = np.where(ages >= 0, weight ** np.maximum(ages, 0), 0.0)
    return blocks @ powers


def _powers(weight: float, count: int) -> Floats:
    """The weight to the powers 1, 2 ... count."""
    return np.asarray(weight ** np.arange(1, count + 1), np.float64)


def _window_sums(values: Floats, window: int) -> Floats:
    """The sum of the last ``window`` values up to each.

    Each window is the end of one block and the beginning of the next (van Herk, 1992), so that
    nothing is subtracted and one huge value spoils only the windows that hold it.
    """
    padded = np.zeros(-(-len(values) // window) * window)
    padded[: len(values)] = values
    blocks = padded.reshape(-1, window)
    beginnings = np.cumsum(blocks, axis=1)
    ends = np.cumsum(blocks[:, ::-1], axis=1)[:, ::-1]
    beginnings[1:, :-1] += ends[:-1, 1:]
    return np.asarray(beginnings.ravel()[: len(values)])
