"""Repetitions of one training as one curve: a middle, a band around it, and how many there are at each place.

The rule by which curves of unequal steps are aligned: all are read at the union of their places on the x axis, or at
evenly spaced ones where that would be too many. Between two of its points a curve is read on the straight line through
them; before its first and behind its last point it takes no part. A value that is not finite makes a gap that reaches to
the points beside it. Of several points at one place the last counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storage.records import Cell, RunRecord
from workbench.curve import Floats, Indices

MOST_PLACES = 1 << 16
"""Beyond so many places the curves are read at so many evenly spaced ones."""
_MOST_VALUES = 1 << 22
_CONFIDENCE = 0.95
_MOST_TOLD = 4


class Centre(StrEnum):
    MEAN = "mean"
    MEDIAN = "median"


class Spread(StrEnum):
    """What a band reaches to, where at least two curves take part; `RANGE` needs no more than one."""

    NONE = "none"
    DEVIATION = "deviation"
    ERROR = "error"
    CONFIDENCE = "confidence"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Replicates:
    """How repetitions are drawn as one. ``columns`` say which runs repeat each other: those that agree in all of them.

    Without columns these are the runs whose specs differ in nothing but the seed.
    """

    columns: tuple[str, ...] = ()
    centre: Centre = Centre.MEAN
    spread: Spread = Spread.DEVIATION


class Pooled(NamedTuple):
    """Arrays of one length, in rising order of ``x``. ``low`` and ``high`` are NaN where there is no band."""

    x: Floats
    middle: Floats
    low: Floats
    high: Floats
    n: Indices
    thinned: bool
    """Whether the places are evenly spaced ones, since there would be too many."""


def pool(
    curves: Sequence[tuple[Floats, Floats]],
    centre: Centre = Centre.MEAN,
    spread: Spread = Spread.DEVIATION,
) -> Pooled:
    """One curve of several, each given as x, which must not fall, and y of the same length.

    With n values y of mean m at a place:

    - standard deviation s: ``sqrt(sum((y - m)**2) / (n - 1))``, of the sample (Bessel's correction);
    - standard error of the mean: ``s / sqrt(n)``;
    - 95 % confidence: ``t * s / sqrt(n)`` with the 0.975 quantile t of Student's distribution with n - 1 degrees of
      freedom (Student, 1908), which holds where the values scatter normally;
    - minimum and maximum: the values themselves.

    All are drawn about the middle. The standard error of a median is taken as ``sqrt(pi / 2)`` times that of the mean,
    its limit for many normal values (Kendall and Stuart, The Advanced Theory of Statistics, volume 1, 10.6).
    """
    tidy = [_tidy(np.asarray(x, np.float64), np.asarray(y, np.float64)) for x, y in curves]
    tidy = [(x, y) for x, y in tidy if len(x)]
    if not tidy:
        nothing = np.empty(0)
        return Pooled(nothing, nothing, nothing, nothing, np.empty(0, np.int64), False)
    x, thinned = _places([x for x, _ in tidy])
    values = np.stack([_read(x, *curve) for curve in tidy])
    there = np.isfinite(values)
    count = there.sum(axis=0)
    mean, deviation = _moments(values, there, count)
    middle = mean if centre is Centre.MEAN else _median(values, there, count)
    low, high = _band(values, there, count, middle, deviation, centre, spread)
    return Pooled(x, middle, low, high, count.astype(np.int64), thinned)


def _tidy(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Without points that have no place, and with the last of those at one place."""
    placed = np.isfinite(x)
    if not placed.all():
        x, y = x[placed], y[placed]
    last = np.append(x[1:] != x[:-1], True)[: len(x)]
    y = np.where(np.isfinite(y), y, np.nan)
    return (x, y) if last.all() else (x[last], y[last])


def _places(all_x: Sequence[Floats]) -> tuple[Floats, bool]:
    """Where to read the curves, and whether that is at fewer places than they have points at."""
    most = min(MOST_PLACES, max(1024, _MOST_VALUES // len(all_x)))
    first = all_x[0]
    if all(np.array_equal(first, x) for x in all_x[1:]):
        union = first
    else:
        union = np.unique(np.concatenate(all_x))
    if len(union) <= most:
        return union, False
    return np.linspace(union[0], union[-1], most), True


def _read(places: Floats, x: Floats, y: Floats) -> Floats:
    """The curve at these places; NaN outside of it and beside values that are not finite."""
    if len(x) == len(places) and np.array_equal(x, places):
        return y
    right = np.clip(np.searchsorted(x, places), 0, len(x) - 1)
    left = np.maximum(right - 1, 0)
    exact = x[right] == places
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(right > left, (places - x[left]) / (x[right] - x[left]), 0.0)
        between = y[left] + part * (y[right] - y[left])
    inside = (places >= x[0]) & (places <= x[-1])
    return np.where(exact, y[right], np.where(inside, between, np.nan))


def _moments(values: Floats, there: NDArray[np.bool_], count: Indices) -> tuple[Floats, Floats]:
    """The mean, NaN where there is no value, and the deviation of the sample, NaN where there is but one."""
    some = np.where(count > 0, count, np.nan)
    mean = np.where(there, values, 0.0).sum(axis=0) / some
    squares = (np.where(there, values - mean, 0.0) ** 2).sum(axis=0)
    more = np.where(count > 1, count - 1, np.nan)
    return mean, np.sqrt(squares / more)


def _median(values: Floats, there: NDArray[np.bool_], count: Indices) -> Floats:
    ordered = np.sort(np.where(there, values, np.inf), axis=0)
    places = np.stack((np.maximum(count - 1, 0) // 2, np.minimum(count // 2, len(values) - 1)))
    below, above = np.take_along_axis(ordered, places, axis=0)
    return np.asarray(np.where(count > 0, below + (above - below) / 2, np.nan))


def _band(
    values: Floats, there: NDArray[np.bool_], count: Indices,
    middle: Floats, deviation: Floats, centre: Centre, spread: Spread,
) -> tuple[Floats, Floats]:  # fmt: skip
    if spread is Spread.NONE:
        nothing = np.full_like(middle, np.nan)
        return nothing, nothing
    if spread is Spread.RANGE:
        some = count > 0
        low = np.where(there, values, np.inf).min(axis=0)
        high = np.where(there, values, -np.inf).max(axis=0)
        return np.where(some, low, np.nan), np.where(some, high, np.nan)
    reach = deviation
    if spread is not Spread.DEVIATION:
        reach = deviation / np.sqrt(np.maximum(count, 1))
        reach = reach * (math.sqrt(math.pi / 2) if centre is Centre.MEDIAN else 1.0)
    if spread is Spread.CONFIDENCE:
        reach = reach * _quantiles(count)
    return middle - reach, middle + reach


def _quantiles(count: Indices) -> Floats:
    """Student's quantile for each number of values; NaN for fewer than two."""
    table = np.array(
        [math.nan, math.nan, *(student_quantile(n - 1) for n in range(2, int(count.max()) + 1))]
    )
    return np.asarray(table[count])


@cache
def student_quantile(freedom: int, inside: float = _CONFIDENCE) -> float:
    """The t between whose negative and itself Student's distribution has the part ``inside``.

    By bisection of the distribution's closed form for a whole number of degrees of freedom (Abramowitz and Stegun,
    Handbook of Mathematical Functions, 26.7.3 and 26.7.4). Raises ValueError for fewer than one.
    """
    if freedom < 1:
        raise ValueError("Student's distribution needs at least one degree of freedom")
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        angle = (low + high) / 2
        low, high = (low, angle) if _part_inside(angle, freedom) > inside else (angle, high)
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def _part_inside(angle: float, freedom: int) -> float:
    """The part of the distribution between -t and t, with ``angle = atan(t / sqrt(freedom))``."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for step in range(2 + odd, freedom - 1, 2):
        term *= cosine * cosine * (step - 1) / step
        total += term
    if odd:
        return 2 / math.pi * (angle + sine * total)
    return sine * total


# -- which runs repeat each other -------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Group:
    """Runs that repeat each other, in the order they were given. ``label`` says what they have that other groups do not."""

    label: str
    runs: tuple[RunRecord, ...]


ValueOf = Callable[[RunRecord, str], Cell]


def grouped(runs: Sequence[RunRecord], columns: Sequence[str], value_of: ValueOf) -> list[Group]:
    """The groups in the order of their first runs; ``value_of`` reads a column of a run."""
    described = {run.id: _described(run, columns, value_of) for run in runs}
    groups: dict[tuple[tuple[str, str], ...], list[RunRecord]] = {}
    for run in runs:
        groups.setdefault(described[run.id], []).append(run)
    keys = list(groups)
    telling = [
        name
        for name in dict.fromkeys(name for key in keys for name, _ in key)
        if columns or len({dict(key).get(name) for key in keys}) > 1
    ]
    return [Group(_label(dict(key), telling, members), tuple(members)) for key, members in groups.items()]  # fmt: skip


def _described(
    run: RunRecord, columns: Sequence[str], value_of: ValueOf
) -> tuple[tuple[str, str], ...]:
    if columns:
        return tuple((name, words(value_of(run, name))) for name in columns)
    spec = run.spec
    script = spec.script
    return (
        *((("script", script.sha256), ("arguments", " ".join(script.arguments))) if script else ()),
        ("template", spec.template),
        ("framework", spec.framework.value),
        ("mode", spec.mode.value),
        ("dataset", spec.dataset),
        ("dataset_hash", spec.dataset_hash),
        *(
            (name, words(value))
            for name, value in sorted(spec.parameters.items())
            if not (script and name == "seed")
        ),
    )


def _label(values: dict[str, str], telling: Sequence[str], members: Sequence[RunRecord]) -> str:
    """What they have in few words, else the name of the first one."""
    parts = [f"{name}={values[name]}" for name in telling if name in values]
    if not parts:
        return members[0].spec.title
    return " · ".join(parts) if len(parts) <= _MOST_TOLD else members[0].name


def words(value: object) -> str:
    """A value of a column in short."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(map(words, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
