"""One metric of one run in memory: every point, and a pyramid of minima and maxima to draw it from."""

from __future__ import annotations

import numpy as np

from storage.points import Series
from workbench.line import EvenSteps, Line, PointLine, Polyline, Source
from workbench.pyramid import Floats, Growing, Indices, drawable

__all__ = [
    "Curve", "Floats", "Growing", "Indices", "Line", "PointLine", "Polyline", "Source", "drawable",
]  # fmt: skip


class Curve(PointLine):
    """Grows as points arrive."""

    def __init__(self) -> None:
        super().__init__()
        self._empty()

    def restart(self) -> None:
        """Forget every point, to be given others. The arrays handed out before keep theirs."""
        self._pyramids.clear()
        self._ordered.clear()
        self._even = EvenSteps()
        self._empty()
        self.generation += 1

    def _empty(self) -> None:
        self._steps = Growing(np.int64)
        self._times = Growing(np.float64)
        self._values = Growing(np.float64)
        self._rises: dict[Source, bool] = {"steps": True, "times": True}

    @property
    def steps(self) -> Indices:
        return self._steps.filled

    @property
    def times(self) -> Floats:
        return self._times.filled

    @property
    def values(self) -> Floats:
        return self._values.filled

    @property
    def last(self) -> tuple[int, float]:
        """The step and the time of the last point; there must be one."""
        return int(self.steps[-1]), float(self.times[-1])

    @property
    def settled(self) -> int:
        return len(self)

    def rises(self, source: Source) -> bool:
        return self._rises[source]

    def extend(self, series: Series) -> None:
        """Append points. The arrays handed out before keep theirs."""
        self.append(series.steps, series.times, series.values)

    def append(self, steps: Indices, times: Floats, values: Floats) -> None:
        self._steps.extend(steps)
        self._times.extend(times)
        self._values.extend(values)
        since = max(0, len(self) - len(values) - 1)
        self._rises["steps"] &= bool(np.all(self.steps[since + 1 :] >= self.steps[since:-1]))
        self._rises["times"] &= bool(np.all(self.times[since + 1 :] >= self.times[since:-1]))
