"""Who is better in one figure, by how much, and how sure that is.

The unit of evidence is a run: one contestant with one seed. Contestants are compared two by two on the seeds that both have, so that
what a seed does to both cancels out: by the paired t interval (Student, 1908) of the differences, on logarithms where a figure is judged by
its ratio. All pairs of a figure are one family, whose chance of any false difference is held at 5 % (Holm, 1979).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np

from runners.protocol import Framework
from workbench.duel.figures import Figure
from workbench.duel.match import FEWEST_SEEDS
from workbench.explain.effect import paired_t
from workbench.replicates import student_quantile

ERROR_RATE = 0.05
"""The chance that a figure in which nobody differs names a winner."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Entry:
    """Who is compared, with what was measured for each seed."""

    name: str
    framework: Framework
    values: Mapping[int, float]


class Finding(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    EQUAL = "no difference worth choosing by"
    UNDECIDED = "not decided"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``one`` and ``other`` are places in the entries. ``advantage`` is positive where the first is better: the mean of the differences,
    of natural logarithms where the figure is a ratio. The interval ``low`` to ``high`` has the coverage ``confidence``; infinite where
    nothing can be said. ``p`` is two-sided and not corrected. ``effect`` is Cohen's d_z, NaN without scatter.
    """

    one: int
    other: int
    seeds: int
    advantage: float
    low: float
    high: float
    confidence: float
    p: float
    effect: float
    finding: Finding

    def turned(self) -> Comparison:
        """The same, seen from the other."""
        finding = {Finding.BETTER: Finding.WORSE, Finding.WORSE: Finding.BETTER}.get(self.finding, self.finding)  # fmt: skip
        return Comparison(
            self.other, self.one, self.seeds, -self.advantage, -self.high, -self.low, self.confidence,
            self.p, -self.effect, finding,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """``unbeaten`` are the places of the entries that no other beats."""

    figure: Figure
    entries: tuple[Entry, ...]
    comparisons: tuple[Comparison, ...]
    unbeaten: tuple[int, ...]

    @property
    def equal(self) -> bool:
        """Whether none of the unbeaten is worth choosing over another of them."""
        among = [c for c in self.comparisons if {c.one, c.other} <= set(self.unbeaten)]
        return bool(among) and all(c.finding is Finding.EQUAL for c in among)

    def between(self, one: int, other: int) -> Comparison:
        """How the first of two different places stands to the second."""
        (found,) = (c for c in self.comparisons if {c.one, c.other} == {one, other})
        return found if found.one == one else found.turned()

    def best(self, among: Iterable[int]) -> int:
        """The one of these places with the best mean."""
        return max(among, key=lambda at: _mean(self.entries[at], self.figure))


def judged(figure: Figure, entries: Sequence[Entry]) -> Judged:
    """All pairs compared. An entry without values takes part in nothing; the caller leaves it out."""
    raw = [_Pair.of(figure, entries, *places) for places in combinations(range(len(entries)), 2)]
    comparisons = _holm(raw, figure)
    beaten = {c.other for c in comparisons if c.finding is Finding.BETTER}
    beaten |= {c.one for c in comparisons if c.finding is Finding.WORSE}
    unbeaten = tuple(at for at in range(len(entries)) if at not in beaten)
    return Judged(figure, tuple(entries), comparisons, unbeaten)


def mean_interval(figure: Figure, values: Iterable[float]) -> tuple[float, float, float]:
    """Mean and 95 % interval of what one contestant reached, over its seeds; geometric for ratios. The ends are NaN for a single value.

    The interval is that of Student's t, for one contestant alone: whether two differ is said by `judged`.
    """
    found = np.array([_scale(figure, value) for value in values if _counts(figure, value)])
    if not len(found):
        return math.nan, math.nan, math.nan
    mean, reach = float(found.mean()), math.nan
    if len(found) > 1:
        reach = student_quantile(len(found) - 1) * float(found.std(ddof=1)) / math.sqrt(len(found))
    mean, low, high = (math.exp(x) if figure.ratio else x for x in (mean, mean - reach, mean + reach))  # fmt: skip
    return mean, low, high


# -- pairs ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Pair:
    """The values of both on the seeds that both have, higher is better. ``sure`` says that neither scatters.

    That n runs of each agree among themselves, and not with the other's, has a chance of at most 2 / 4**n where both draw from one distribution.
    """

    places: tuple[int, int]
    one: np.ndarray
    other: np.ndarray
    p: float
    sure: bool

    @classmethod
    def of(cls, figure: Figure, entries: Sequence[Entry], one: int, other: int) -> _Pair:
        a, b = entries[one].values, entries[other].values
        seeds = [s for s in a if s in b and _counts(figure, a[s]) and _counts(figure, b[s])]
        first, second = (np.array([_scale(figure, v[s]) for s in seeds]) for v in (a, b))
        sign = 1.0 if figure.higher_is_better else -1.0
        return cls._tested((one, other), sign * first, sign * second, figure)

    @classmethod
    def _tested(
        cls, places: tuple[int, int], one: np.ndarray, other: np.ndarray, figure: Figure
    ) -> _Pair:
        sure = len(one) > 0 and not figure.scatters
        if len(one) < FEWEST_SEEDS or sure:
            return cls(places, one, other, 0.0 if sure and _differ(one, other) else 1.0, sure)
        if not _differ(one, other):
            return cls(places, one, one, 1.0, True)
        if _flat(one) and _flat(other):
            return cls(places, one, other, 0.0, True)
        if _flat(
            one - other
        ):  # each scatters and all differ by the same: no test knows what to make of that
            return cls(places, one, other, 1.0, False)
        return cls(places, one, other, paired_t(one, other, 1 - ERROR_RATE)[0].p, False)

    def told(self, figure: Figure, confidence: float) -> Comparison:
        d = self.one - self.other
        mean = float(d.mean()) if len(d) else 0.0
        low, high = self._interval(mean, confidence)
        spread = float(d.std(ddof=1)) if len(d) > 1 else 0.0
        effect = mean / spread if spread > _ROUNDING else math.nan
        finding = _finding(figure, mean, low, high)
        return Comparison(
            *self.places, len(d), mean, low, high, confidence, self.p, effect, finding
        )

    def _interval(self, mean: float, confidence: float) -> tuple[float, float]:
        if self.sure and (self.p <= 1 - confidence or mean == 0):
            return mean, mean
        if self.sure or len(self.one) < FEWEST_SEEDS or _flat(self.one - self.other):
            return -math.inf, math.inf
        return paired_t(self.one, self.other, confidence)[1]


def _holm(pairs: Sequence[_Pair], figure: Figure) -> tuple[Comparison, ...]:
    """Each pair with the interval that belongs to its step: it leaves zero out where Holm's procedure rejects, and only there.

    Pairs at and behind the first that is not rejected share that step's level.
    """
    order = sorted(range(len(pairs)), key=lambda at: pairs[at].p)
    told: dict[int, Comparison] = {}
    rejecting, level = True, ERROR_RATE
    for rank, at in enumerate(order):
        if rejecting:
            level = ERROR_RATE / (len(pairs) - rank)
            rejecting = pairs[at].p <= level
        told[at] = pairs[at].told(figure, 1 - level)
    return tuple(told[at] for at in range(len(pairs)))


def _finding(figure: Figure, mean: float, low: float, high: float) -> Finding:
    worth = math.log1p(figure.worth) if figure.ratio else figure.worth
    if low > 0 and mean >= worth:
        return Finding.BETTER
    if high < 0 and mean <= -worth:
        return Finding.WORSE
    return Finding.EQUAL if -worth < low and high < worth else Finding.UNDECIDED


# -- values -----------------------------------------------------------------------------------------
def _counts(figure: Figure, value: float) -> bool:
    return math.isfinite(value) and (value > 0 or not figure.ratio)


def _scale(figure: Figure, value: float) -> float:
    return math.log(value) if figure.ratio else value


def _mean(entry: Entry, figure: Figure) -> float:
    found = [_scale(figure, value) for value in entry.values.values() if _counts(figure, value)]
    mean = sum(found) / len(found) if found else -math.inf
    return mean if figure.higher_is_better or not found else -mean


def _flat(values: np.ndarray) -> bool:
    return bool(np.ptp(values) <= _ROUNDING * max(1.0, np.abs(values).max(initial=0.0)))


def _differ(one: np.ndarray, other: np.ndarray) -> bool:
    size = max(1e-300, np.abs(one).max(initial=0.0), np.abs(other).max(initial=0.0))
    return bool(np.abs(one - other).max(initial=0.0) > _ROUNDING * size)
