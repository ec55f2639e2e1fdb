"""The axes of parallel coordinates: what each shows, which way round, and the ranges that are brushed on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from widgets.explain.source import Table
from workbench.explain.scales import ColumnScale, Floats

Range = tuple[float, float]
MISSING = 0.06
"""The part of an axis below its numbers where runs stand that have no value."""


@dataclass(frozen=True, slots=True)
class Axis:
    """``logarithmic`` None is as the numbers suggest. ``brush`` is a range of places on the axis, 0 at the bottom of the screen."""

    column: str
    logarithmic: bool | None = None
    flipped: bool = False
    brush: Range | None = None


@dataclass(frozen=True)
class Axes:
    """Axes with their scales and the places of the runs of a table on them."""

    axes: tuple[Axis, ...]
    scales: tuple[ColumnScale, ...] = ()
    places: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    """A row a run, a column an axis; 0 at the bottom of the screen."""
    gaps: tuple[bool, ...] = ()
    """Which axes have runs without a value."""

    @classmethod
    def of(cls, axes: Sequence[Axis], table: Table) -> Axes:
        scales = tuple(ColumnScale.of(a.column, table[a.column], a.logarithmic) for a in axes)
        columns = [s.places(table[s.column]) for s in scales]
        gaps = tuple(bool(np.isnan(each).any()) for each in columns)
        placed = [
            _on_screen(each, axis.flipped, gap)
            for each, axis, gap in zip(columns, axes, gaps, strict=True)
        ]
        places = np.column_stack(placed) if placed else np.empty((len(table), 0))
        return cls(tuple(axes), scales, places.astype(np.float32), gaps)

    def brushed(self) -> NDArray[np.bool_]:
        """Which runs are within all brushes."""
        inside = np.ones(len(self.places), bool)
        for at, axis in enumerate(self.axes):
            if axis.brush is not None:
                low, high = axis.brush
                inside &= (self.places[:, at] >= low) & (self.places[:, at] <= high)
        return inside

    @property
    def has_brush(self) -> bool:
        return any(axis.brush is not None for axis in self.axes)

    def with_brush(self, at: int, brush: Range | None) -> Axes:
        """The same with another brush on an axis: nothing is placed anew."""
        axes = list(self.axes)
        axes[at] = replace(axes[at], brush=brush)
        return replace(self, axes=tuple(axes))

    def without_brushes(self) -> Axes:
        return replace(self, axes=tuple(replace(axis, brush=None) for axis in self.axes))

    def screen_place(self, at: int, place: float) -> float:
        """Where a place of the scale is on the axis."""
        return float(_on_screen(np.array([place]), self.axes[at].flipped, self.gaps[at])[0])

    def nearest(self, along: float, place: float, lefts: Floats, shape: float) -> int | None:
        """The run whose line is nearest to a point between two axes, if it is near.

        ``along`` and ``lefts`` are from 0 to 1 over the width, ``place`` over the height; ``shape`` is how near it must be.
        """
        if len(lefts) < 2 or not len(self.places):
            return None
        gap = int(np.clip(np.searchsorted(lefts, along) - 1, 0, len(lefts) - 2))
        part = (along - lefts[gap]) / (lefts[gap + 1] - lefts[gap])
        lines = self.places[:, gap] * (1 - part) + self.places[:, gap + 1] * part
        slope = np.abs(self.places[:, gap + 1] - self.places[:, gap])
        away = np.abs(lines - place) / np.sqrt(1 + slope**2)
        found = int(np.argmin(away))
        return found if away[found] <= shape else None


def _on_screen(places: Floats, flipped: bool, gap: bool) -> Floats:
    """Turned round where it is flipped, and above the room for what is missing where there is some."""
    found = 1 - places if flipped else places
    if gap:
        found = MISSING * 2 + found * (1 - 2 * MISSING)
        found = np.where(np.isnan(found), 0.0, found)
    return found
