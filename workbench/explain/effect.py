"""The figures of a comparison of two groups: tests, effect size and intervals; `significance` says which and why."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST = 3
"""With fewer runs in a group nothing is tested."""
_RESAMPLES = 9_999
_AT_ONCE = 1 << 22
"""Values that are drawn at once."""
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Test:
    """``p`` is two-sided, not corrected for several comparisons; ``df`` are degrees of freedom, None for tests of ranks."""

    name: str
    statistic: float
    p: float
    df: float | None = None


def mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else math.nan


def deviation(values: Floats) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else math.nan


def _flat(values: Floats) -> bool:
    """Whether they scatter by no more than rounding."""
    return bool(np.ptp(values) <= _ROUNDING * np.abs(values).max(initial=0.0))


@dataclass(frozen=True, slots=True)
class Figures:
    t: Test | None = None
    ranks: Test | None = None
    effect: float | None = None
    interval: tuple[float, float] | None = None
    bootstrap: tuple[float, float] | None = None

    @classmethod
    def of(cls, a: Floats, b: Floats, *, paired: bool, confidence: float) -> Figures:
        if min(len(a), len(b)) < FEWEST or _scatters_not(a, b, paired=paired):
            return cls()
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of ties and of a group without scatter, which it copes with
            return _paired(a, b, confidence) if paired else _unpaired(a, b, confidence)


def _scatters_not(a: Floats, b: Floats, *, paired: bool) -> bool:
    if not paired:
        return _flat(a) and _flat(b)
    return bool(np.ptp(a - b) <= _ROUNDING * max(np.abs(a).max(), np.abs(b).max()))


def paired_t(a: Floats, b: Floats, confidence: float) -> tuple[Test, tuple[float, float]]:
    """The test of Student (1908), and the interval of the mean of a - b. There must be two pairs at least, and their differences must scatter."""
    from scipy import special

    d, df = a - b, len(a) - 1
    middle, error = float(d.mean()), float(d.std(ddof=1)) / math.sqrt(len(d))
    t = middle / error
    reach = error * float(special.stdtrit(df, (1 + confidence) / 2))
    test = Test("paired t", t, 2 * float(special.stdtr(df, -abs(t))), float(df))
    return test, (middle - reach, middle + reach)


def _paired(a: Floats, b: Floats, confidence: float) -> Figures:
    from scipy import stats

    d = a - b
    t, interval = paired_t(a, b, confidence)
    ranks = stats.wilcoxon(d)
    return Figures(
        t,
        Test("Wilcoxon signed rank", float(ranks.statistic), float(ranks.pvalue)),
        float(d.mean() / d.std(ddof=1)),
        interval,
        _bootstrap((d,), lambda x, axis: x.mean(axis), confidence),
    )


def _unpaired(a: Floats, b: Floats, confidence: float) -> Figures:
    from scipy import stats

    t = stats.ttest_ind(a, b, equal_var=False)
    ranks = stats.mannwhitneyu(a, b, alternative="two-sided")
    return Figures(
        Test("Welch's t", float(t.statistic), float(t.pvalue), float(t.df)),
        Test("Mann-Whitney U", float(ranks.statistic), float(ranks.pvalue)),
        hedges_g(a, b),
        _ends(t.confidence_interval(confidence)),
        _bootstrap((a, b), lambda x, y, axis: x.mean(axis) - y.mean(axis), confidence),
    )


def hedges_g(a: Floats, b: Floats) -> float:
    """The difference of means over the pooled deviation, without its bias in small samples.

    Hedges (1981), equation 6e: the factor is ``gamma(m / 2) / (sqrt(m / 2) gamma((m - 1) / 2))`` with m degrees of freedom.
    """
    m = len(a) + len(b) - 2
    pooled = math.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / m)
    factor = math.exp(math.lgamma(m / 2) - math.lgamma((m - 1) / 2)) / math.sqrt(m / 2)
    return factor * (mean(a) - mean(b)) / pooled


def _bootstrap(data: Any, statistic: Any, confidence: float) -> tuple[float, float] | None:
    """The same at each call; None where the resamples are degenerate."""
    from scipy import stats

    found = stats.bootstrap(
        data, statistic, n_resamples=_RESAMPLES, method="BCa", vectorized=True,
        batch=max(1, _AT_ONCE // max(map(len, data))),
        confidence_level=confidence, rng=np.random.default_rng(0),
    )  # fmt: skip
    return _ends(found.confidence_interval)


def _ends(interval: Any) -> tuple[float, float] | None:
    low, high = float(interval.low), float(interval.high)
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None
