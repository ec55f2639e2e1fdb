"""Figures, differences and their intervals in the words of a person."""

from __future__ import annotations

import math

from workbench.commands.output import size_text
from workbench.duel.comparing import ERROR_RATE, Comparison
from workbench.duel.figures import Figure
from workbench.explain.words import count, figure


def value_words(one: Figure, value: float) -> str:
    """``412 samples/s``, ``0.913``, ``1.2 GiB``, ``35 ms``; a dash for what is not known."""
    if math.isnan(value):
        return "–"
    if one.unit == "bytes":
        return size_text(value)
    if one.unit == "s" and value < 1:
        return f"{figure(value * 1e3)} ms"
    return f"{figure(value)} {one.unit}".rstrip()


def spread_words(one: Figure, low: float, high: float) -> str:
    """An interval of values: ``405 to 419``; "" where there is none."""
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"{value_words(one, low)} to {value_words(one, high)}"


def size_words(one: Figure, pair: Comparison, other: str) -> str:
    """How the first of a pair stands to the other: ``1.42 times TensorFlow's (higher is better)``."""
    if one.ratio:
        return f"at {figure(_factor(one, pair.advantage))} times the {_noun(one)} of {other}"
    better = "ahead of" if pair.advantage >= 0 else "behind"
    return f"{figure(abs(pair.advantage))} {better} {other}"


def interval_words(one: Figure, pair: Comparison, comparisons: int) -> str:
    """``95 % interval 1.31 to 1.53, 5 seeds``; of several comparisons the wider interval by which all hold together."""
    if not one.scatters:
        return "counted, without chance"
    seeds = count(pair.seeds, "seed")
    if not math.isfinite(pair.low):
        return f"no interval, {seeds}"
    ends = sorted(_end(one, end) for end in (pair.low, pair.high))
    together = f" for all {comparisons} comparisons together" if comparisons > 1 else ""
    return (
        f"{1 - ERROR_RATE:.0%} interval {figure(ends[0])} to {figure(ends[1])}{together}, {seeds}"
    )


def _factor(one: Figure, advantage: float) -> float:
    """The ratio of the values themselves; an advantage is a smaller value where lower is better."""
    return math.exp(advantage if one.higher_is_better else -advantage)


def _end(one: Figure, advantage: float) -> float:
    return _factor(one, advantage) if one.ratio else advantage


def _noun(one: Figure) -> str:
    return one.title[0].lower() + one.title[1:] if not one.title[:2].isupper() else one.title
