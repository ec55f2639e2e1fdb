"""One metric of a run along another one, such as the accuracy along the samples seen."""

from __future__ import annotations

import numpy as np

from workbench.curve import Curve, PointLine


class CurveAlong:
    """A curve placed by another curve of the same run.

    A point stands at the value that the other metric had at the last step that is not after the point's own. Points
    before the other metric's first step, and those where its value is not finite, have no place and are left out. The
    places stand as the ``times`` of the result, in rising order.
    """

    def __init__(self, curve: PointLine, by: PointLine) -> None:
        self._curve, self._by = curve, by
        self._of: tuple[int, int, int, int] | None = None
        self._line = Curve()

    def is_of(self, curve: PointLine, by: PointLine) -> bool:
        return self._curve is curve and self._by is by

    @property
    def line(self) -> Curve:
        """The points that have a place, as both curves are now."""
        now = (len(self._curve), _generation(self._curve), len(self._by), _generation(self._by))
        if now != self._of:
            self._of, self._line = now, _placed(self._curve, self._by)
        return self._line

    @property
    def without_place(self) -> int:
        """How many points are left out."""
        return len(self._curve) - len(self.line)


def _generation(line: PointLine) -> int:
    return int(getattr(line, "generation", 0))


def _placed(curve: PointLine, by: PointLine) -> Curve:
    by = by.in_order("steps")
    at = np.searchsorted(by.steps, curve.steps, side="right") - 1
    there = at >= 0
    places = np.full(len(at), np.nan)
    places[there] = by.values[at[there]]
    kept = np.flatnonzero(np.isfinite(places))
    kept = kept[np.argsort(places[kept], kind="stable")]
    result = Curve()
    result.append(curve.steps[kept], places[kept], curve.values[kept])
    return result
