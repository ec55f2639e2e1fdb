"""Whether the machine was quiet enough to judge speed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from runners.protocol import State
from workbench.duel.results import Results
from workbench.duel.telling import percent
from workbench.explain.words import listed

_OTHERS = "other_cpu_share"
MOST_SPREAD = 0.10
"""The coefficient of variation of the median step over the parts of a contestant's own runs. Where a contestant differs so much
from itself, a difference of some per cent between two is not a fact about them."""
CLEAR = 0.95
"""The share of all pairs of parts, one of each contestant, in which the same one has to be ahead for a difference to count nevertheless."""
MOST_OTHERS = 0.20
"""The share of the processor that other programs may take on average."""


@dataclass(frozen=True, slots=True)
class Noise:
    """``spreads`` are by contestant; NaN where there are too few parts. ``others`` is the largest share of the processor that other programs
    took during a run, NaN where it is not known. ``reason`` says why speed cannot be judged, "" where all can.
    """

    spreads: dict[int, float]
    others: float
    reason: str

    def hides(self, agreement: float) -> bool:
        """Whether that one of two is ahead can be noise, where it is so in this share of the pairs of parts."""
        if not self.reason:
            return False
        return self.others > MOST_OTHERS or not agreement >= CLEAR


def superiority(ahead: Sequence[float], behind: Sequence[float]) -> float:
    """The share of all pairs in which the first one's is smaller: the probability of superiority (Vargha and Delaney, 2000); NaN without any."""
    if not len(ahead) or not len(behind):
        return math.nan
    larger = len(behind) - np.searchsorted(np.sort(behind), ahead, side="right")
    return float(np.mean(larger)) / len(behind)


def noise(results: Results) -> Noise:
    """Look at the blocks of all finished runs, and at what else the processor did."""
    finished = [one for one in results.measured if one.state is State.FINISHED]
    parts: dict[int, list[float]] = {}
    for one in finished:
        parts.setdefault(one.contestant, []).extend(one.blocks)
    spreads = {at: _variation(blocks) for at, blocks in parts.items()}
    others = _others(one.figures for one in finished)
    return Noise(spreads, others, _reason(results, spreads, others))


def _variation(blocks: list[float]) -> float:
    if len(blocks) < 2:
        return math.nan
    return statistics.stdev(blocks) / statistics.fmean(blocks)


def _reason(results: Results, spreads: dict[int, float], others: float) -> str:
    shaky = [
        f"{results.match.contestants[at].name} by {percent(spread)}"
        for at, spread in spreads.items()
        if spread > MOST_SPREAD
    ]
    if shaky:
        return (
            f"Noisy: equal parts of the same training differ, {listed(shaky)} (coefficient of variation of the median step; up to {percent(MOST_SPREAD)} is quiet). "
            f"Nobody is called ahead unless it is so in {percent(CLEAR)} of the pairs of parts, one of each. Close what else runs and run the duel again."
        )
    return _busy(others)


def why_not_scaled(results: Results) -> str:
    """Why the machine was too busy to tell from single runs who is the fastest, "" where it was not."""
    return _busy(_others(one.figures for one in results.scaled if one.state is State.FINISHED))


def _others(figures: Iterable[Mapping[str, float]]) -> float:
    """The largest share of the processor that other programs took during a run; NaN where it is not known."""
    return max((one[_OTHERS] for one in figures if _OTHERS in one), default=math.nan)


def _busy(others: float) -> str:
    if not others > MOST_OTHERS:
        return ""
    return (
        f"Too noisy to judge: other programs took up to {percent(others)} of the processor during a run (the limit is {percent(MOST_OTHERS)}). "
        "Close them and run the duel again."
    )
