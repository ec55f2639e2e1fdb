"""What the pages of a duel show: its results, judged. Made on a worker, since judging takes a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runners.protocol import Framework
from workbench.duel.results import Results
from workbench.duel.weights import Weights

if TYPE_CHECKING:
    from workbench.bench import Workbench
    from workbench.duel.code_facts import CodeFacts
    from workbench.duel.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Reading:
    results: Results
    verdict: Verdict
    code: Mapping[Framework, CodeFacts]
    limits: Sequence[str]
    """How it was judged, and what that cannot say."""


def read(workbench: Workbench, duel: str, weights: Weights) -> Reading:
    """Raises StoreError."""
    return reading(workbench.duels.results(duel), weights)


def reading(results: Results, weights: Weights) -> Reading:
    """Judge what is known of a duel."""
    from workbench.duel.page import LIMITS
    from workbench.duel.rows import counted
    from workbench.duel.verdict import judge

    return Reading(results, judge(results, weights), counted(results), LIMITS)
