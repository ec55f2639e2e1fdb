"""What of its curves a plot shows: smoothed or not, in which range, and what the values are at a place."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from widgets.plots.curve_item import Trace, Window
from widgets.plots.plot_curve import PlotCurve, Reading
from widgets.plots.plot_settings import PlotSettings, Smoothing
from widgets.plots.x_axis import XAxis, placing
from workbench.curve import Curve, Line
from workbench.smoothing import SmoothedCurve

_X_MARGIN, _Y_MARGIN = 0.01, 0.05
_EMPTY: Window = (0.0, 1.0)


class PlotData:
    def __init__(self) -> None:
        self.traces: list[Trace] = []
        self._main: list[Trace] = []
        self._smooth: dict[tuple[int, str], tuple[Curve, SmoothedCurve]] = {}
        self._smoothing = Smoothing()
        self._axis = XAxis.STEP
        self._log_x = self._log_y = False
        self._known = 0
        self._waiting_for_epochs = False

    def take(
        self, curves: Sequence[PlotCurve], axis: XAxis, settings: PlotSettings, *, log_x: bool
    ) -> None:
        """Take in what the curves hold now."""
        if settings.smoothing != self._smoothing:
            self._smooth, self._smoothing = {}, settings.smoothing
        self._axis, self._log_x, self._log_y = axis, log_x, settings.log_y
        self._known = sum(max(each.known, len(each.curve)) for each in curves)
        self._waiting_for_epochs = False
        self._main, smoothed = [], []
        for each in curves:
            first = each.curve.x_at("times", 0) if len(each.curve) else None
            place = placing(axis, each.run, first)
            if place is None:
                self._waiting_for_epochs |= axis is XAxis.EPOCH and first is not None
            elif first is not None:
                line = each.curve.in_order(place.source)
                self._main.append(Trace(each, line, place, faint=settings.smoothing.active))
                if settings.smoothing.active:
                    over = self._smoothed(each).in_order(place.source)
                    smoothed.append(Trace(each, over, place))
        self.traces = [*self._main, *smoothed]
        self._over = {trace.curve.key: trace.line for trace in smoothed}

    def _smoothed(self, each: PlotCurve) -> SmoothedCurve:
        known = self._smooth.get(each.key)
        if known is None or known[0] is not each.curve:
            known = (each.curve, SmoothedCurve(each.curve, self._smoothing.smoother()))
            self._smooth[each.key] = known
        known[1].catch_up()
        return known[1]

    # -- ranges -----------------------------------------------------------------------------------
    def x_range(self) -> Window:
        """All of x, with a little room on both sides."""
        ends = [end for trace in self._main for end in self._ends(trace)]
        if not ends:
            return _EMPTY
        low, high = min(ends), max(ends)
        return _with_margin(0.0 if self._from_zero(low, high) else low, high, _X_MARGIN)

    def _from_zero(self, low: float, high: float) -> bool:
        """Whether the axis begins at zero: as long as that costs the curve at most half of the room."""
        counts_up = self._axis is not XAxis.WALL and not self._log_x
        return counts_up and low > 0 and (low <= high / 2 or low == high)

    def _ends(self, trace: Trace) -> list[float]:
        """Where the first and the last point with a place on the axis are."""
        start = 0
        if self._log_x:
            start = trace.line.between(
                trace.placing.source, np.nextafter(trace.placing.origin, np.inf), np.inf
            )[0]
        if start >= len(trace.line):
            return []
        ends = np.array([trace.line.x_at(trace.placing.source, at) for at in (start, -1)])
        placed = trace.placing.place(ends, logarithmic=self._log_x)
        return [float(end) for end in placed]

    def y_range(self, x: Window) -> Window:
        """From the smallest to the largest value between two places of x."""
        lows, highs = [], []
        for trace in self._main:
            limits = trace.line.limits(*self._inside(trace, x), positive=self._log_y)
            if limits is not None:
                lows.append(limits[0])
                highs.append(limits[1])
        if not lows:
            return (-1.0, 1.0) if self._log_y else _EMPTY
        low, high = min(lows), max(highs)
        if self._log_y:
            low, high = math.log10(low), math.log10(high)
        return _with_margin(low, high, _Y_MARGIN)

    def _inside(self, trace: Trace, x: Window) -> tuple[int, int]:
        low, high = trace.placing.raw(np.array(x), logarithmic=self._log_x)
        return trace.line.between(trace.placing.source, float(low), float(high))

    # -- in words ---------------------------------------------------------------------------------
    def note(self, x: Window) -> str:
        """``90 of 100 points``, and why others cannot be drawn where the axes are the reason."""
        if self._waiting_for_epochs:
            return "the length of an epoch is not known yet"
        shown = infinite = negative = 0
        for trace in self._main:
            start, stop = self._inside(trace, x)
            not_finite = trace.line.undrawable(start, stop)
            without_place = trace.line.undrawable(start, stop, positive=self._log_y)
            infinite += not_finite
            negative += without_place - not_finite
            shown += stop - start - without_place
        parts = [f"{shown:,} of {self._known:,} point{'' if self._known == 1 else 's'}"]
        parts += [f"{infinite:,} not finite"] if infinite else []
        parts += [f"{negative:,} not above zero"] if negative else []
        left_out = self._without_logarithm()
        parts += [f"{left_out:,} not right of zero"] if left_out else []
        return " · ".join(parts)

    def _without_logarithm(self) -> int:
        """How many points have no place on a logarithmic x axis."""
        if not self._log_x:
            return 0
        return sum(
            trace.line.between(trace.placing.source, -np.inf, trace.placing.origin)[1]
            for trace in self._main
        )

    # -- values -----------------------------------------------------------------------------------
    def readings(self, x: float) -> list[Reading]:
        """The nearest point of each curve, in their order."""
        found = []
        for trace in self._main:
            source = trace.placing.source
            at = float(trace.placing.raw(np.array([x]), logarithmic=self._log_x)[0])
            place = trace.line.nearest(source, at)
            if place is None:
                continue
            over: Line | None = self._over.get(trace.curve.key)
            found.append(
                Reading(
                    trace.curve,
                    float(trace.placing.place(np.array([trace.line.x_at(source, place)]))[0]),
                    trace.line.value_at(place),
                    over.value_at(place) if over is not None else None,
                )
            )
        return found

    def view_point(self, x: float, y: float) -> tuple[float, float] | None:
        """The place of a point in units of the view; None if it has none."""
        if self._log_x:
            x = math.log10(x) if x > 0 else math.nan
        if self._log_y:
            y = math.log10(y) if y > 0 else math.nan
        return (x, y) if math.isfinite(x) and math.isfinite(y) else None


def _with_margin(low: float, high: float, margin: float) -> Window:
    span = high - low
    if span <= abs(low) * 1e-12:
        span = abs(low) or 1.0
        return low - 0.1 * span, high + 0.1 * span
    return low - margin * span, high + margin * span
