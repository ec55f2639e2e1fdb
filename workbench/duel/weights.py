"""What the rows are worth to somebody, and what the frameworks then come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runners.protocol import FRAMEWORKS, Framework
from workbench.duel.figures import Row

Weights = Mapping[Row, float]
"""At least 0 each; a row that is not there weighs nothing. Only their proportions matter."""

PROFILES: Mapping[str, Weights] = {
    "research": {Row.LEARNING: 3, Row.SPEED: 2, Row.MEMORY: 1, Row.FLEXIBILITY: 3, Row.EASE: 3},
    "production": {Row.LEARNING: 2, Row.SPEED: 3, Row.MEMORY: 2, Row.FLEXIBILITY: 1, Row.EASE: 1, Row.DEPLOYMENT: 4, Row.MOBILE: 1},
    "edge": {Row.LEARNING: 1, Row.SPEED: 1, Row.MEMORY: 3, Row.EASE: 1, Row.DEPLOYMENT: 3, Row.MOBILE: 4},
    "teaching": {Row.LEARNING: 1, Row.SPEED: 1, Row.MEMORY: 1, Row.FLEXIBILITY: 3, Row.EASE: 4},
}  # fmt: skip
"""Four guesses at what matters to whom, from 0 (nothing) to 4. They are opinions: that is why they can be changed."""
DEFAULT = "research"

Shares = Mapping[Row, Mapping[Framework, float]]
"""How a row is shared: 1 to the framework that won it, a half each where there is no difference worth choosing by; a row that is
not there is open."""


@dataclass(frozen=True, slots=True)
class Total:
    """What a profile comes to. ``shares`` and ``open`` are parts of 1 of all weights; open is what no measurement has decided.

    ``leader`` is None where they are equal. ``tipping`` are the rows that would each change the leader, if they went wholly to the other
    framework, or, where nobody leads, to either; the lightest first.
    """

    profile: str
    weights: Weights
    shares: Mapping[Framework, float]
    open: float
    leader: Framework | None
    tipping: tuple[Row, ...]

    @property
    def settled(self) -> bool:
        """Whether what is open could not change the leader."""
        one, other = sorted(self.shares.values(), reverse=True)
        return one - other > self.open + 1e-12


def profile_of(weights: Weights) -> str:
    """The name of the profile with these weights, "own" for others."""
    return next((name for name, known in PROFILES.items() if _same(known, weights)), "own")


def total(profile: str, weights: Weights, shares: Shares) -> Total:
    """Raises ValueError where a weight is negative or all are 0."""
    if min(weights.values(), default=0) < 0 or not (whole := sum(weights.values())):
        raise ValueError("the weights must not be negative, and one of them must be larger than 0")
    found = _totals(weights, shares, whole)
    decided = sum(found.values())
    return Total(
        profile, dict(weights), found, max(0.0, 1 - decided), _leader(found), _tipping(weights, shares, whole)
    )  # fmt: skip


def _totals(weights: Weights, shares: Shares, whole: float) -> dict[Framework, float]:
    return {
        framework: sum(
            weight / whole * shares.get(row, {}).get(framework, 0.0)
            for row, weight in weights.items()
        )
        for framework in FRAMEWORKS
    }


def _leader(totals: Mapping[Framework, float]) -> Framework | None:
    one, other = FRAMEWORKS
    if abs(totals[one] - totals[other]) < 1e-9:
        return None
    return max(FRAMEWORKS, key=lambda framework: totals[framework])


def _tipping(weights: Weights, shares: Shares, whole: float) -> tuple[Row, ...]:
    leader = _leader(_totals(weights, shares, whole))
    others = [framework for framework in FRAMEWORKS if framework is not leader]
    found = [
        row
        for row, weight in weights.items()
        if weight
        and any(
            _leader(_totals(weights, {**shares, row: {other: 1.0}}, whole)) not in (leader, None)
            for other in others
        )
    ]
    return tuple(sorted(found, key=lambda row: weights[row]))


def _same(one: Weights, other: Weights) -> bool:
    return all(one.get(row, 0) == other.get(row, 0) for row in Row)
