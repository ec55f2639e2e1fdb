"""How a metric is spread over the values of a parameter, and how two columns go together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from storage.records import Cell
from workbench.explain.words import count, figure, probability

Floats = NDArray[np.float64]

MOST_GROUPS = 24
"""A number with more different values is cut into `_PARTS` ranges that hold about as many runs each."""
_PARTS = 8
_FENCE = 1.5
_DENSITY_PLACES = 96
_FEWEST_FOR_DENSITY = 5
_FEWEST_FOR_TREND = 4
_TREND_PLACES = 60
_LEVEL = 0.95
_SPAN = 2 / 3
_RESAMPLES = 200
_MOST_SMOOTHED = 2_000


@dataclass(frozen=True, slots=True)
class Box:
    """The figures of a box plot of one group of runs, and of a violin.

    Quartiles are interpolated linearly (type 7 of Hyndman and Fan, 1996). The whiskers reach to the outermost values within 1.5 times the
    distance of the quartiles from them; values beyond are ``outliers`` (Tukey, 1977). ``places`` and ``density`` are a Gaussian kernel estimate
    with Scott's bandwidth (1992), between the smallest and the largest value only; empty for fewer than five runs and where all are equal.
    ``runs`` are the indices of the rows that the group was made from.
    """

    label: str
    runs: tuple[int, ...]
    mean: float
    low_whisker: float
    low_quartile: float
    median: float
    high_quartile: float
    high_whisker: float
    outliers: tuple[float, ...]
    places: Floats
    density: Floats

    @property
    def n(self) -> int:
        return len(self.runs)


def boxes(by: Sequence[Cell], metric: Sequence[Cell]) -> list[Box]:
    """A box for each value of a column, or each range of a number with many values, in rising order; missing ones last.

    Rows whose metric is not a finite number are left out.
    """
    rows = [row for row, value in enumerate(metric) if _is_number(value)]
    groups = _groups([by[row] for row in rows])
    values = np.array([float(metric[row] or 0) for row in rows])
    return [
        _box(label, values[places], tuple(rows[at] for at in places)) for label, places in groups
    ]


def _is_number(value: Cell) -> bool:
    return value is not None and not isinstance(value, str) and math.isfinite(value)


def _groups(by: Sequence[Cell]) -> list[tuple[str, list[int]]]:
    """Labels and the places of their rows."""
    known = {value for value in by if value is not None}
    if len(known) > MOST_GROUPS and all(_is_number(value) for value in known):
        return _ranges(by)
    numbers = all(_is_number(value) for value in known)
    order = sorted(known, key=(lambda v: (float(v), "")) if numbers else (lambda v: (0.0, str(v))))
    kept = order[:MOST_GROUPS]
    groups = [(_label(kind), [at for at, v in enumerate(by) if v == kind]) for kind in kept]
    rest = [at for at, v in enumerate(by) if v is not None and v not in set(kept)]
    groups += [(f"{len(order) - len(kept):,} other values", rest)] if rest else []
    return groups + _missing(by)


def _ranges(by: Sequence[Cell]) -> list[tuple[str, list[int]]]:
    values = np.array([math.nan if value is None else float(value) for value in by])
    edges = np.unique(np.nanquantile(values, np.linspace(0, 1, _PARTS + 1)))
    part = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    part[np.isnan(values)] = -1
    names = [f"{figure(a)} – {figure(b)}" for a, b in pairwise(edges)]
    found = [(name, np.flatnonzero(part == at).tolist()) for at, name in enumerate(names)]
    return [(name, places) for name, places in found if places] + _missing(by)


def _missing(by: Sequence[Cell]) -> list[tuple[str, list[int]]]:
    places = [at for at, value in enumerate(by) if value is None]
    return [("no value", places)] if places else []


def _label(value: Cell) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return figure(value) if isinstance(value, float) else str(value)


def _box(label: str, values: Floats, runs: tuple[int, ...]) -> Box:
    low, median, high = (float(q) for q in np.quantile(values, (0.25, 0.5, 0.75)))
    reach = _FENCE * (high - low)
    inside = values[(values >= low - reach) & (values <= high + reach)]
    outside = np.sort(values[(values < low - reach) | (values > high + reach)])
    places, density = _density(values)
    return Box(
        label, runs, float(values.mean()),
        float(inside.min()), low, median, high, float(inside.max()),
        tuple(outside.tolist()), places, density,
    )  # fmt: skip


def _density(values: Floats) -> tuple[Floats, Floats]:
    from scipy.stats import gaussian_kde

    spread = np.ptp(values)
    if len(values) < _FEWEST_FOR_DENSITY or spread <= 1e-9 * np.abs(values).max():
        return np.empty(0), np.empty(0)
    places = np.linspace(values.min(), values.max(), _DENSITY_PLACES)
    return places, np.asarray(gaussian_kde(values)(places), np.float64)


# -- trends -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Trend:
    """A line through points with the 95 % confidence band of where the true line lies. Empty, with the reason in ``words``, where there is none."""

    x: Floats
    y: Floats
    low: Floats
    high: Floats
    words: str


def linear_trend(x: Sequence[Cell], y: Sequence[Cell]) -> Trend:
    """The line of least squares with the band of its mean response (Draper and Smith, Applied Regression Analysis, section 3.1)."""
    from scipy import stats

    a, b = _both(x, y)
    if problem := _problem(a):
        return _no_trend(problem)
    fit = stats.linregress(a, b)
    at = np.linspace(a.min(), a.max(), _TREND_PLACES)
    line = fit.intercept + fit.slope * at
    rest = b - (fit.intercept + fit.slope * a)
    error = math.sqrt(float(rest @ rest) / (len(a) - 2))
    sxx = float(((a - a.mean()) ** 2).sum())
    reach = stats.t.ppf((1 + _LEVEL) / 2, len(a) - 2) * error * np.sqrt(1 / len(a) + (at - a.mean()) ** 2 / sxx)  # fmt: skip
    words = (
        f"{count(len(a), 'run')}; slope {figure(float(fit.slope))} "
        f"({probability(float(fit.pvalue))}), r² = {figure(float(fit.rvalue**2))}"
    )
    return Trend(at, line, line - reach, line + reach, words)


def local_trend(x: Sequence[Cell], y: Sequence[Cell]) -> Trend:
    """A curve that follows the points: robust local lines (LOWESS; Cleveland, 1979) over two thirds of them, with a bootstrap band.

    Of more than 2,000 points as many are drawn at random, the same at each call.
    """
    a, b = _both(x, y)
    if problem := _problem(a):
        return _no_trend(problem)
    rng = np.random.default_rng(0)
    n = len(a)
    if n > _MOST_SMOOTHED:
        drawn = rng.choice(n, _MOST_SMOOTHED, replace=False)
        a, b = a[drawn], b[drawn]
    at = np.linspace(a.min(), a.max(), _TREND_PLACES)
    again = (rng.integers(0, len(a), len(a)) for _ in range(_RESAMPLES))
    curves = np.array([_lowess(a[rows], b[rows], at) for rows in again])
    low, high = np.nanquantile(curves, ((1 - _LEVEL) / 2, (1 + _LEVEL) / 2), axis=0)
    of = "" if n == len(a) else f" of {n:,}, drawn at random"
    return Trend(at, _lowess(a, b, at), low, high, f"{count(len(a), 'run')}{of}")


def _both(x: Sequence[Cell], y: Sequence[Cell]) -> tuple[Floats, Floats]:
    """The rows with a finite number in both."""
    pairs = [(a, b) for a, b in zip(x, y, strict=True) if _is_number(a) and _is_number(b)]
    table = np.array([(float(a or 0), float(b or 0)) for a, b in pairs]).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _problem(x: Floats) -> str:
    if len(x) < _FEWEST_FOR_TREND:
        return f"{count(len(x), 'run')} with both numbers: a trend needs {_FEWEST_FOR_TREND}"
    return "all runs have the same x, so there is no trend" if np.ptp(x) == 0 else ""


def _no_trend(words: str) -> Trend:
    nothing = np.empty(0)
    return Trend(nothing, nothing, nothing, nothing, words)


def _lowess(x: Floats, y: Floats, at: Floats) -> Floats:
    """Cleveland's smoother at the given places, with one round against outliers."""
    weights = np.ones(len(x))
    for _ in range(2):
        rest = np.abs(y - np.interp(x, at, _local_lines(x, y, at, weights)))
        scale = 6 * float(np.median(rest))
        if scale == 0:
            break
        weights = np.clip(1 - (rest / scale) ** 2, 0, 1) ** 2
    return _local_lines(x, y, at, weights)


def _local_lines(x: Floats, y: Floats, at: Floats, robust: Floats) -> Floats:
    """At each place the weighted line through the nearest part of the points, read there."""
    distance = np.abs(at[:, None] - x[None, :])
    near = max(2, math.ceil(_SPAN * len(x)))
    reach = np.partition(distance, near - 1, axis=1)[:, near - 1 : near]
    reach = np.maximum(reach, np.ptp(x) * 1e-3)
    weight = np.clip(1 - (distance / reach) ** 3, 0, 1) ** 3 * robust + 1e-12
    total = weight.sum(axis=1)
    mean_x, mean_y = (weight @ x) / total, (weight @ y) / total
    aside = x[None, :] - mean_x[:, None]
    variance = (weight * aside**2).sum(axis=1)
    slope = (weight * aside * (y[None, :] - mean_y[:, None])).sum(axis=1) / np.maximum(
        variance, 1e-300
    )
    return np.asarray(mean_y + slope * (at - mean_x))
