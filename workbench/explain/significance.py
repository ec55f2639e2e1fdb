"""Whether two groups of runs differ in a metric, how much, and how sure that is, in words.

Paired where each run of the smaller group has a partner of the same seed in the other: paired t (Student, 1908) and the signed-rank test
(Wilcoxon, 1945), with Cohen's d_z (Cohen, 1988, section 2.3.5). Otherwise Welch's t (Welch, 1947) and the rank-sum test (Mann and Whitney, 1947),
with Hedges' g (Hedges, 1981). Intervals of the difference of means: by the t distribution, and by the bias-corrected and accelerated
bootstrap (Efron, 1987). Where several comparisons are made, p is multiplied by their number and the intervals are widened (Bonferroni; Dunn, 1961).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from storage.records import better
from workbench.explain.effect import FEWEST, Figures, Test, deviation, mean
from workbench.explain.words import count, figure, probability

if TYPE_CHECKING:
    Floats = NDArray[np.float64]

_LEVEL = 0.05
_ALIKE = 1e-6
"""Relative differences up to this are of the size of float32's rounding, however surely they are there."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What a run reached. Runs with the same seed had the same initial weights and the same batches."""

    value: float
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    samples: tuple[Sample, ...]


class Verdict(StrEnum):
    NOTHING = "nothing can be said"
    SAME = "the same"
    NOT_SHOWN = "no difference shown"
    HINT = "a hint"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Significance:
    """The comparison of two groups. Differences are the first group's mean minus the second's.

    ``runs`` counts the runs that were compared, ``left_out`` those without a finite value or without a partner. ``effect`` is named by ``effect_name``.
    ``interval`` (t) and ``bootstrap`` (BCa) have the coverage ``confidence``. What could not be computed is None.
    ``headline`` is the verdict in one sentence, ``explanation`` what the figures mean, a sentence or two each.
    """

    names: tuple[str, str]
    metric: str
    paired: bool
    runs: tuple[int, int]
    left_out: int
    means: tuple[float, float]
    deviations: tuple[float, float]
    difference: float
    interval: tuple[float, float] | None
    bootstrap: tuple[float, float] | None
    confidence: float
    t: Test | None
    ranks: Test | None
    effect: float | None
    effect_name: str
    comparisons: int
    verdict: Verdict
    headline: str
    explanation: tuple[str, ...]


def significance(first: Group, second: Group, metric: str, comparisons: int = 1) -> Significance:
    """Compare two groups of runs. ``comparisons`` is how many such comparisons are looked at together."""
    pairing = _pairs(first, second)
    if pairing is None:
        paired, a, b = False, _values(first), _values(second)
    else:
        paired, a, b = True, *pairing
    left_out = len(first.samples) + len(second.samples) - len(a) - len(b)
    confidence = 1 - _LEVEL / max(1, comparisons)
    computed = Figures.of(a, b, paired=paired, confidence=confidence)
    told = _Told(first.name, second.name, metric, a, b, paired, left_out, comparisons, computed)
    verdict = told.verdict()
    return Significance(
        names=(first.name, second.name),
        metric=metric,
        paired=paired,
        runs=(len(a), len(b)),
        left_out=left_out,
        means=(mean(a), mean(b)),
        deviations=(deviation(a), deviation(b)),
        difference=mean(a) - mean(b),
        interval=computed.interval,
        bootstrap=computed.bootstrap,
        confidence=confidence,
        t=computed.t,
        ranks=computed.ranks,
        effect=computed.effect,
        effect_name="Cohen's d_z" if paired else "Hedges' g",
        comparisons=comparisons,
        verdict=verdict,
        headline=told.headline(verdict),
        explanation=tuple(told.explanation(verdict)),
    )


def against(base: Group, others: Sequence[Group], metric: str) -> list[Significance]:
    """Each of the others compared with a base, corrected for how many they are."""
    return [significance(other, base, metric, comparisons=len(others)) for other in others]


# -- figures ----------------------------------------------------------------------------------------
def _values(group: Group) -> Floats:
    return np.array([s.value for s in group.samples if math.isfinite(s.value)])


def _pairs(first: Group, second: Group) -> tuple[Floats, Floats] | None:
    """The values of runs with the same seeds, or None where not every run of the smaller group has its partner."""
    one, two = _by_seed(first), _by_seed(second)
    if one is None or two is None:
        return None
    seeds = [seed for seed in one if seed in two]
    if not seeds or len(seeds) < min(len(one), len(two)):
        return None
    return np.array([one[seed] for seed in seeds]), np.array([two[seed] for seed in seeds])


def _by_seed(group: Group) -> dict[int, float] | None:
    finite = [s for s in group.samples if math.isfinite(s.value)]
    found = {s.seed: s.value for s in finite if s.seed is not None}
    return found if len(found) == len(finite) else None


# -- words ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Told:
    """The comparison in words."""

    first: str
    second: str
    metric: str
    a: Floats
    b: Floats
    paired: bool
    left_out: int
    comparisons: int
    computed: Figures

    def verdict(self) -> Verdict:
        t, ranks = self.computed.t, self.computed.ranks
        if min(len(self.a), len(self.b)) < FEWEST:
            return Verdict.NOTHING
        if self._alike:
            return Verdict.SAME
        if t is None or ranks is None:
            return Verdict.SAME if math.isclose(mean(self.a), mean(self.b)) else Verdict.NOTHING
        shown = self._corrected(t.p) < _LEVEL
        agrees = self._corrected(ranks.p) < _LEVEL or self._ranks_cannot_reach
        if shown and agrees:
            return Verdict.DIFFERENT
        return Verdict.HINT if shown or self._corrected(ranks.p) < _LEVEL else Verdict.NOT_SHOWN

    def headline(self, verdict: Verdict) -> str:
        ahead, behind = self._bymean()
        by = figure(abs(mean(self.a) - mean(self.b))) if len(self.a) and len(self.b) else ""
        if verdict is Verdict.NOTHING:
            return f"Nothing can be said about {self.metric} from these runs."
        if verdict is Verdict.SAME:
            return f"{self.first} and {self.second} reached the same {self.metric}{' with each seed' if self.paired else ''}."
        if verdict is Verdict.DIFFERENT:
            return f"{ahead} is better than {behind} in {self.metric}, by {by} on average."
        if verdict is Verdict.HINT:
            return f"There is a hint that {ahead} is better than {behind} in {self.metric}, by {by} on average, but the two tests do not agree."
        return f"These runs do not show a difference between {self.first} and {self.second} in {self.metric}."

    def explanation(self, verdict: Verdict) -> Iterable[str]:
        yield self._of_runs()
        if min(len(self.a), len(self.b)) < FEWEST:
            yield (
                f"With fewer than {FEWEST} runs in a group nobody can tell how much chance alone moves the result. "
                f"Train each with at least {FEWEST}, better 5 to 10, different seeds, the same ones in both groups."
            )
        elif self.computed.t is None or verdict is Verdict.SAME:
            yield self._of_no_scatter(verdict)
        else:
            yield from self._of_tests(verdict)
        yield from self._of_luck()

    def _of_runs(self) -> str:
        a, b = len(self.a), len(self.b)
        if self.paired:
            said = (
                f"{count(a, 'pair')} of runs with the same seed, so the same initial weights and batches, "
                "are compared pair by pair: what a seed does to both cancels out."
            )
        else:
            said = (
                f"{count(a, 'run')} of {self.first} and {count(b, 'run')} of {self.second} are compared as "
                "independent ones, since their seeds do not match."
            )
        return f"{said} {self._of_left_out()}".rstrip()

    def _of_left_out(self) -> str:
        if not self.left_out:
            return ""
        verb = "was" if self.left_out == 1 else "were"
        return f"{count(self.left_out, 'run')} without a finite value or without a partner {verb} left out."

    def _of_no_scatter(self, verdict: Verdict) -> str:
        if verdict is Verdict.SAME:
            return "Any difference is less than a millionth, the size of rounding, so there is nothing to test."
        what = (
            "All pairs differ by exactly the same"
            if self.paired
            else "The runs of each group do not differ at all"
        )
        return (
            f"{what}, which repeated training hardly ever does. Without any scatter no test can be computed; look whether the runs "
            "are really repetitions with seeds of their own and not copies."
        )

    def _of_tests(self, verdict: Verdict) -> Iterable[str]:
        t, ranks, interval = self.computed.t, self.computed.ranks, self.computed.interval
        assert t is not None
        assert ranks is not None
        yield (
            f"If there were no difference, one at least this large would come by chance with {probability(self._corrected(t.p))} "
            f"({t.name}) or {probability(self._corrected(ranks.p))} ({ranks.name}, which asks only for the order of the values)."
        )
        if interval is not None:
            yield self._of_interval(interval)
        yield self._of_effect()
        if self._ranks_cannot_reach:
            yield (
                f"So few runs cannot bring the test of ranks below {_LEVEL}, whatever they reached; the verdict rests on the t test, "
                "which believes that results scatter normally."
            )
        if verdict is Verdict.NOT_SHOWN:
            yield "That is not a proof that they are equal: with more seeds a smaller difference could be seen."
        if self.comparisons > 1:
            yield (
                f"You look at {self.comparisons} comparisons at once. One in twenty would seem different by chance alone, so each p is multiplied by "
                f"{self.comparisons} and each interval is widened (Bonferroni)."
            )

    def _of_interval(self, interval: tuple[float, float]) -> str:
        low, high = interval
        level = 100 * (1 - _LEVEL / self.comparisons)
        said = f"The true difference of the means ({self.first} minus {self.second}) lies between {figure(low)} and {figure(high)} with {level:.4g} % confidence"
        if self.computed.bootstrap is not None:
            said += f" (bootstrap: {figure(self.computed.bootstrap[0])} to {figure(self.computed.bootstrap[1])})"
        return said + (
            "; zero is among these." if low <= 0 <= high else "; zero is not among these."
        )

    def _of_effect(self) -> str:
        effect = self.computed.effect
        assert effect is not None
        size = abs(effect)
        steps = ((0.2, "hardly any"), (0.5, "a small"), (0.8, "a medium"), (math.inf, "a large"))
        word = next(word for limit, word in steps if size < limit)
        name = "Cohen's d_z" if self.paired else "Hedges' g"
        over = "the pairs' differences scatter" if self.paired else "the runs of a group scatter"
        return f"The difference is {figure(size)} times as large as {over} ({name}): {word} effect by Cohen's (1988) rule of thumb."

    def _of_luck(self) -> Iterable[str]:
        """Where the best single run belongs to the group that is not better on average."""
        if min(len(self.a), len(self.b)) < 2 or math.isclose(mean(self.a), mean(self.b)):
            return
        best = max if better(self.metric) == "higher" else min
        best_a, best_b = best(self.a), best(self.b)
        ahead, _ = self._bymean()
        holder = self.first if best((best_a, best_b)) == best_a else self.second
        if best_a != best_b and holder != ahead:
            yield f"The best single run is one of {holder}, though {ahead} is better on average: one winner may be luck, so compare means."

    @property
    def _alike(self) -> bool:
        """Whether the runs of each pair, or all runs, differ by no more than rounding."""
        size = max(np.abs(self.a).max(), np.abs(self.b).max())
        both = np.concatenate((self.a, self.b))
        spread = np.abs(self.a - self.b).max() if self.paired else np.ptp(both)
        return bool(spread <= _ALIKE * size)

    def _bymean(self) -> tuple[str, str]:
        """The better group by its mean, then the other."""
        higher = better(self.metric) == "higher"
        first_ahead = (mean(self.a) > mean(self.b)) == higher
        return (self.first, self.second) if first_ahead else (self.second, self.first)

    def _corrected(self, p: float) -> float:
        return min(1.0, p * self.comparisons)

    @property
    def _ranks_cannot_reach(self) -> bool:
        """Whether even the clearest order of so few values has a p that is too large."""
        a, b = len(self.a), len(self.b)
        smallest = 2 / 2**a if self.paired else 2 / math.comb(a + b, a)
        return self._corrected(smallest) >= _LEVEL
