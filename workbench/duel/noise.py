"""Whether the machine was quiet enough to judge speed."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from runners.protocol import State
from workbench.duel.results import Results
from workbench.duel.telling import percent
from workbench.explain.words import listed

MOST_SPREAD = 0.10
"""The coefficient of variation of the median step over the parts of a contestant's own runs. Where a contestant differs so much
from itself, a difference of some per cent between two is not a fact about them."""
MOST_OTHERS = 0.20
"""The share of the processor that other programs may take on average."""


@dataclass(frozen=True, slots=True)
class Noise:
    """``spreads`` are by contestant; NaN where there are too few parts. ``others`` is the largest share of the processor that other programs
    took during a run, NaN where it is not known. ``reason`` says why speed is not judged, "" where it is.
    """

    spreads: dict[int, float]
    others: float
    reason: str


def noise(results: Results) -> Noise:
    """Look at the blocks of all finished runs, and at what else the processor did."""
    finished = [one for one in results.measured if one.state is State.FINISHED]
    parts: dict[int, list[float]] = {}
    for one in finished:
        parts.setdefault(one.contestant, []).extend(one.blocks)
    spreads = {at: _variation(blocks) for at, blocks in parts.items()}
    taken = [one.figures["other_cpu_share"] for one in finished if "other_cpu_share" in one.figures]
    others = max(taken, default=math.nan)
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
            f"Too noisy to judge: equal parts of the same training differ, {listed(shaky)} (coefficient of variation of the median step; "
            f"the limit is {percent(MOST_SPREAD)}). Close what else runs and run the duel again."
        )
    if others > MOST_OTHERS:
        return (
            f"Too noisy to judge: other programs took up to {percent(others)} of the processor during a run (the limit is {percent(MOST_OTHERS)}). "
            "Close them and run the duel again."
        )
    return ""
