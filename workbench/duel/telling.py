"""Figures, differences and their intervals in the words of a person."""

from __future__ import annotations

import math

from workbench.duel.comparing import ERROR_RATE, Comparison
from workbench.duel.figures import Figure
from workbench.explain.words import count, figure

_UNITS = {
    "bytes": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")),
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")),
}
"""What is at least so large is told in this unit."""


def value_words(one: Figure, value: float) -> str:
    """``412 samples/s``, ``0.913``, ``1.214 GB``, ``35 ms``; a dash for what is not known."""
    if math.isnan(value):
        return "–"
    number, unit = _in_unit(one, value)
    return f"{figure(number)} {unit}".rstrip()


def spread_words(one: Figure, low: float, high: float) -> str:
    """An interval of values: ``405 to 419 samples/s``; "" where there is none."""
    if math.isnan(low) or math.isnan(high) or low == high:
        return ""
    first, second = _in_unit(one, low), _in_unit(one, high)
    unit = "" if first[1] == second[1] else first[1]
    return f"{f'{figure(first[0])} {unit}'.rstrip()} to {value_words(one, high)}"


def _in_unit(one: Figure, value: float) -> tuple[float, str]:
    """A number that is easy to read, and the unit that makes it so."""
    for size, unit in _UNITS.get(one.unit, ()):
        if abs(value) >= size:
            return value / size, unit
    return value, one.unit


def percent(share: float) -> str:
    """``7.3 %``, with at most three digits."""
    return f"{100 * share:.3g} %".replace("-", "−")


def size_words(one: Figure, pair: Comparison, other: str) -> str:
    """How the first of a pair stands to the other: ``7.3 % higher than TensorFlow's``, ``2.4 times TensorFlow's``."""
    if not pair.advantage:
        return f"equal to {other}'s"
    change = change_words(one, pair)
    return f"{change} {'' if change.endswith('times') else 'than '}{other}'s"


def change_words(one: Figure, pair: Comparison) -> str:
    """``7.3 % higher``, ``0.012 lower`` or ``2.4 times``."""
    if not one.ratio:
        difference = pair.advantage if one.higher_is_better else -pair.advantage
        return f"{figure(abs(difference))} {_direction(difference)}"
    factor = _factor(one, pair.advantage)
    if _is_near(factor):
        return f"{percent(abs(factor - 1))} {_direction(factor - 1)}"
    return f"{figure(factor)} times"


def interval_words(one: Figure, pair: Comparison, comparisons: int) -> str:
    """``95 % interval 4.1 % to 10.7 %, 5 seeds``; of several comparisons the wider interval by which all hold together."""
    if not one.scatters:
        return "counted, so chance has no part in it"
    seeds = count(pair.seeds, "seed")
    if not math.isfinite(pair.low):
        return f"no interval, {seeds}"
    together = f" for all {comparisons} comparisons together" if comparisons > 1 else ""
    return f"{percent(1 - ERROR_RATE)} interval {ends_words(one, pair)}{together}, {seeds}"


def ends_words(one: Figure, pair: Comparison) -> str:
    """``4.1 % to 10.7 %``, in the words of `size_words`; a dash where there is no interval."""
    if not (math.isfinite(pair.low) and one.scatters):
        return "–"
    if one.ratio:
        near = _is_near(_factor(one, pair.advantage))
        ends = sorted(_factor(one, end) for end in (pair.low, pair.high))
        low, high = (percent(end - 1) if near else figure(end) for end in ends)
    else:
        sign = 1 if one.higher_is_better else -1
        low, high = map(figure, sorted(sign * end for end in (pair.low, pair.high)))
    return f"{low} to {high}"


def _factor(one: Figure, advantage: float) -> float:
    """The ratio of the values themselves; an advantage is a smaller value where lower is better."""
    return math.exp(advantage if one.higher_is_better else -advantage)


def _is_near(factor: float) -> bool:
    """Whether a person thinks of it in per cent."""
    return 0.5 <= factor <= 2


def _direction(difference: float) -> str:
    return "higher" if difference >= 0 else "lower"
