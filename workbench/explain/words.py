"""Figures in sentences."""

from __future__ import annotations

import math


def figure(value: float) -> str:
    """Four significant digits, with a true minus, and up to a thousand million without an exponent: ``61,470``."""
    if not math.isfinite(value):
        return "not finite"
    rounded = float(f"{value:.4g}")
    text = f"{rounded:,.0f}" if 1e4 <= abs(rounded) < 1e9 else f"{value:.4g}"
    return text.replace("-", "−")


def probability(p: float) -> str:
    """``p = 0.034``, or ``p < 0.001``."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.9995 else "p = 1"


def count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def listed(words: list[str], most: int = 5) -> str:
    """``a, b and c``; of many the first ones and how many more there are."""
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} more"]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""
