"""Curves that repeat each other as one line with a band, made anew only where points arrived."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from widgets.plots.trace import BandLines, Trace
from workbench.curve import Curve, Floats, Indices
from workbench.line import Line, PointLine
from workbench.replicates import Pooled, Replicates, Spread, pool
from workbench.x_axis import Placing

_PLACED = Placing("times")
"""The places on the axis stand in the times of a pooled line."""
Key = tuple[str, str, str]
"""Group, metric, and whether of raw or smoothed curves."""


@dataclass(frozen=True, slots=True)
class PooledTrace:
    trace: Trace
    n: Indices
    thinned: int
    """At how many places curves were read that have more points, else 0."""


class Pools:
    def __init__(self) -> None:
        self._known: dict[Key, tuple[tuple[object, ...], PooledTrace]] = {}

    def keep(self, groups: Collection[tuple[str, str]]) -> None:
        """Forget all other groups."""
        self._known = {key: known for key, known in self._known.items() if key[:2] in groups}

    def pooled(self, key: Key, members: Sequence[Trace], choice: Replicates) -> PooledTrace | None:
        """None while not all points of any member are in memory."""
        members = [trace for trace in members if isinstance(trace.line, PointLine)]
        if not members:
            return None
        state = (choice, *(part for trace in members for part in _state(trace)))
        known = self._known.get(key)
        if known is None or known[0] != state:
            made = _made(key[0], members, choice)
            known = self._known[key] = (state, made)
        return known[1]

    def notes(self) -> list[str]:
        """What is to be told of how the curves were aligned."""
        most = max((trace.thinned for _, trace in self._known.values()), default=0)
        return [f"pooled at {most:,} places"] if most else []


def _state(trace: Trace) -> tuple[object, ...]:
    """What makes the pooled line another one when it changes."""
    line = trace.line
    return (
        trace.curve, trace.placing, id(line), len(line), getattr(line, "generation", 0),
        line.value_at(-1) if len(line) else None,
    )  # fmt: skip


def _made(group: str, members: Sequence[Trace], choice: Replicates) -> PooledTrace:
    result = pool([_points(trace) for trace in members], choice.centre, choice.spread)
    first = members[0]
    curve = replace(
        first.curve, name=_name(group, result, len(members)), strong=any(t.curve.strong for t in members)
    )  # fmt: skip
    band = None
    if choice.spread is not Spread.NONE:
        shown = np.isfinite(result.middle) & np.isfinite(result.low)
        edges = (np.where(shown, edge, np.nan) for edge in (result.low, result.high))
        band = BandLines(*(_line(result.x, edge) for edge in edges)) if shown.any() else None
    line = _line(result.x, result.middle)
    trace = Trace(curve, line, _PLACED, width=2 if curve.strong else 1, band=band)
    return PooledTrace(trace, result.n, len(result.x) if result.thinned else 0)


def _points(trace: Trace) -> tuple[Floats, Floats]:
    line = trace.line
    assert isinstance(line, PointLine)
    return trace.placing.place(line.x(trace.placing.source)), line.values


def _line(x: Floats, y: Floats) -> Line:
    made = Curve()
    made.append(np.arange(len(x)), x, y)
    return made


def _name(group: str, result: Pooled, most: int) -> str:
    """With how many curves it is of, from the fewest to the most along x."""
    some = result.n[result.n > 0]
    fewest = int(some.min()) if len(some) else most
    number = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    return f"{group} (n = {number})"
