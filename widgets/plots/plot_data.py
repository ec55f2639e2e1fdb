"""What of its curves a plot shows: smoothed or not, pooled or not, in which range, and what the values are at a place."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from widgets.plots.frame import Window
from widgets.plots.made_lines import MadeLines
from widgets.plots.plot_curve import PlotCurve, Reading
from widgets.plots.pooling import Pools
from widgets.plots.trace import Trace
from widgets.text import plural
from workbench.along import CurveAlong
from workbench.curve import Floats, Indices, drawable
from workbench.line import Line, PointLine
from workbench.plot_settings import Ends, PlotSettings
from workbench.x_axis import XAxis, placing

_X_MARGIN, _Y_MARGIN = 0.01, 0.05
_STEPS_A_SPAN = 8
"""The range of curves that grow moves by such a part of the largest power of two in it."""
_EMPTY: Window = (0.0, 1.0)
_ORDINARY = (1.0, 99.0)
"""Percentiles of the values in view between which none is an outlier."""
_MOST_RANKED = 1 << 17
"""Of more values evenly spaced ones stand for all when the percentiles are looked for."""
Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the plot: of a curve, or the middle of several, which are its ``members``.

    ``over`` is what smoothing makes of it; ``n`` says of a middle of how many curves it is at each of its points.
    """

    curve: PlotCurve
    main: Trace
    over: Trace | None
    members: tuple[Trace, ...]
    n: Indices | None = None


class PlotData:
    def __init__(self) -> None:
        self.traces: list[Trace] = []
        self._shown: list[Shown] = []
        self._made = MadeLines()
        self._pools = Pools()
        self._settings = PlotSettings()
        self._axis = XAxis.STEP
        self._log_x = self._log_y = False
        self._known = 0
        self._without_place = 0
        self._waiting_for_epochs = False
        self._listed: list[PlotCurve] = []
        self._fitted: list[Trace] = []
        self._inside_of: Window | None = None
        self._found_inside: dict[int, tuple[int, int]] = {}
        self._found_limits: dict[int, tuple[float, float] | None] = {}
        self._hidden = 0

    @property
    def axis(self) -> XAxis:
        return self._axis

    @property
    def settings(self) -> PlotSettings:
        return self._settings

    @property
    def listed(self) -> list[PlotCurve]:
        """What the plot has a line for, hidden or not, as its legend names it."""
        return self._listed

    def take(
        self, curves: Sequence[PlotCurve], axis: XAxis, settings: PlotSettings, *, log_x: bool,
        hidden: Collection[Key] = (), marked: Key | None = None,
    ) -> None:  # fmt: skip
        """Take in what the curves hold now. ``hidden`` ones are not drawn; all but a ``marked`` one become faint."""
        self._settings, self._axis = settings, axis
        self._log_x, self._log_y = log_x, settings.log_y
        self._known = sum(max(each.known, len(each.curve)) for each in curves)
        self._waiting_for_epochs, self._without_place = False, 0
        self._made.begin(settings.smoothing)
        placed = [shown for each in curves if (shown := self._placed(each)) is not None]
        if settings.replicates is not None:
            placed = self._pooled(placed)
        drawn = {shown.curve.key: shown.curve for shown in placed}
        names = drawn.values() if settings.replicates is not None else curves
        self._listed = list(names)
        self._shown = [shown for shown in placed if shown.curve.key not in hidden]
        self._hidden = len(placed) - len(self._shown)
        self.traces = _with_mark(self._shown, marked)
        self._fitted = self._with_bands()
        self._inside_of = None

    def _placed(self, each: PlotCurve) -> Shown | None:
        """The line of a curve, if it has points and they have a place."""
        if not len(each.curve):
            return None
        place = placing(self._axis, each.run, each.curve.x_at("times", 0))
        if place is None:
            self._waiting_for_epochs |= self._axis is XAxis.EPOCH
            return None
        raw: Line = each.curve
        smooth: PointLine | None = self._made.smoothed(each)
        if self._axis is XAxis.METRIC:
            along = self._made.along(each, raw)
            if along is None:
                return None
            self._without_place += along.without_place
            raw = along.line
            smooth = _line(self._made.along(each, smooth)) if smooth is not None else None
        width = 2 if each.strong else 1
        main = Trace(
            each, raw.in_order(place.source), place,
            faint=smooth is not None, width=1 if smooth is not None else width,
        )  # fmt: skip
        over = None
        if smooth is not None:
            over = Trace(each, smooth.in_order(place.source), place, width=width)
        return Shown(each, main, over, (main,))

    def _pooled(self, placed: list[Shown]) -> list[Shown]:
        groups: dict[tuple[str, str], list[Shown]] = {}
        for shown in placed:
            groups.setdefault((shown.curve.group, shown.curve.metric), []).append(shown)
        choice = self._settings.replicates
        assert choice is not None
        self._pools.keep(groups)
        result = []
        for key, members in groups.items():
            mains = tuple(each.main for each in members)
            overs = [each.over for each in members if each.over is not None]
            smooth = len(overs) == len(members)
            main = self._pools.pooled((*key, "raw"), mains, choice)
            over = self._pools.pooled((*key, "smooth"), overs, choice) if smooth else None
            if main is not None:
                first = replace(main.trace, faint=True, band=None) if over else main.trace
                result.append(
                    Shown(main.trace.curve, first, over.trace if over else None, mains, main.n)
                )
        return result

    # -- ranges -----------------------------------------------------------------------------------
    def x_range(self) -> Window:
        """All of x, with a little room on both sides; what a person typed is kept to the point.

        While curves grow, the range has room for more and follows in steps, here and along y: most frames then are
        those before with something added, and nothing else on the plot moves.
        """
        ends = [end for each in self._shown for end in self._ends(each.main)]
        found = _EMPTY
        if ends:
            low, high = min(ends), max(ends)
            start = 0.0 if self._from_zero(low, high) else low
            if self._grows:
                high = _stepped(start, high)[1]
            found = _with_margin(start, high, _X_MARGIN)
        return _fixed(found, self._settings.fixed_x, logarithmic=self._log_x)

    @property
    def _grows(self) -> bool:
        return any(not each.curve.run.state.final for each in self._shown)

    def _from_zero(self, low: float, high: float) -> bool:
        """Whether the axis begins at zero: as long as that costs the curve at most half of the room."""
        counts_up = self._axis not in (XAxis.WALL, XAxis.METRIC) and not self._log_x
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
        """From the smallest to the largest value between two places of x, or of those that are no outliers."""
        found = self._all_values(x) if self._settings.outliers else self._ordinary_values(x)
        if found is None:
            window = (-1.0, 1.0) if self._log_y else _EMPTY
        else:
            low, high = found
            if self._log_y:
                low, high = math.log10(low), math.log10(high)
            if self._grows:
                low, high = _stepped(low, high)
            window = _with_margin(low, high, _Y_MARGIN)
        return _fixed(window, self._settings.fixed_y, logarithmic=self._log_y)

    def _all_values(self, x: Window) -> tuple[float, float] | None:
        lows, highs = [], []
        for trace in self._fitted:
            limits = self._limits(trace, x)
            if limits is not None:
                lows.append(limits[0])
                highs.append(limits[1])
        return (min(lows), max(highs)) if lows else None

    def _with_bands(self) -> list[Trace]:
        """All lines that have to fit: those of the points, and the edges of bands around their middle."""
        lines = []
        for each in self._shown:
            lines.append(each.main)
            for trace in (each.main, each.over):
                if trace is not None and trace.band is not None:
                    lines += [replace(trace, line=edge, band=None) for edge in trace.band]
        return lines

    def _ordinary_values(self, x: Window) -> tuple[float, float] | None:
        """What lies between the 1st and the 99th percentile of the values in view."""
        taken = []
        lines = self._fitted
        for trace in lines:
            start, stop = self._inside(trace, x)
            if isinstance(trace.line, PointLine) and stop > start:
                every = max(1, (stop - start) * len(lines) // _MOST_RANKED)
                values = trace.line.values[start:stop:every]
                taken.append(values[drawable(values, positive=self._log_y)])
        every_value = np.concatenate(taken) if taken else np.empty(0)
        if not len(every_value):
            return self._all_values(x)
        low, high = np.percentile(every_value, _ORDINARY)
        return float(low), float(high)

    def _inside(self, trace: Trace, x: Window) -> tuple[int, int]:
        """The points between two places of x, found once for all that is asked of a picture."""
        if x != self._inside_of:
            self._inside_of, self._found_inside, self._found_limits = x, {}, {}
        known = self._found_inside.get(id(trace))
        if known is None:
            low, high = trace.placing.raw(np.array(x), logarithmic=self._log_x)
            known = trace.line.between(trace.placing.source, float(low), float(high))
            self._found_inside[id(trace)] = known
        return known

    def _limits(self, trace: Trace, x: Window) -> tuple[float, float] | None:
        start, stop = self._inside(trace, x)
        if id(trace) not in self._found_limits:
            found = trace.line.limits(start, stop, positive=self._log_y)
            self._found_limits[id(trace)] = found
        return self._found_limits[id(trace)]

    # -- in words ---------------------------------------------------------------------------------
    def note(self, x: Window, y: Window) -> str:
        """``90 of 100 points``, and why others are not in the picture."""
        if self._waiting_for_epochs:
            return "the length of an epoch is not known yet"
        shown = infinite = negative = outside = 0
        all_counted = True
        for trace in (member for each in self._shown for member in each.members):
            start, stop = self._inside(trace, x)
            not_finite = trace.line.undrawable(start, stop)
            without_place = not_finite
            if self._log_y:
                without_place = trace.line.undrawable(start, stop, positive=True)
            beyond, counted = self._outside(trace, x, y)
            infinite += not_finite
            negative += without_place - not_finite
            all_counted &= counted
            outside += beyond
            shown += stop - start - without_place - beyond
        most, least = ("", "") if all_counted else ("at most ", "at least ")
        parts = [f"{most}{shown:,} of {plural(self._known, 'point')}"]
        parts += [f"{least}{outside:,} above or below"] if outside else []
        parts += [f"{infinite:,} not finite"] if infinite else []
        parts += [f"{negative:,} not above zero"] if negative else []
        left_out = self._without_logarithm()
        parts += [f"{left_out:,} not right of zero"] if left_out else []
        parts += [f"{self._without_place:,} before the x metric"] if self._without_place else []
        parts += [f"{self._hidden:,} hidden"] if self._hidden else []
        parts += self._pools.notes()
        return " · ".join(parts)

    def _outside(self, trace: Trace, x: Window, y: Window) -> tuple[int, bool]:
        """How many values lie above or below the picture, and whether these are all."""
        limits, (start, stop) = self._limits(trace, x), self._inside(trace, x)
        low, high = _values(y, logarithmic=self._log_y)
        if limits is None or (limits[0] >= low and limits[1] <= high):
            return 0, True
        return trace.line.outside(start, stop, low, high, positive=self._log_y)

    def _without_logarithm(self) -> int:
        """How many points have no place on a logarithmic x axis."""
        if not self._log_x:
            return 0
        return sum(
            trace.line.between(trace.placing.source, -np.inf, trace.placing.origin)[1]
            for each in self._shown
            for trace in each.members
        )

    # -- values -----------------------------------------------------------------------------------
    def readings(self, x: float) -> list[Reading]:
        """The nearest point of each line, in their order."""
        read = (self._reading(each, x) for each in self._shown)
        return [reading for reading in read if reading is not None]

    def _reading(self, each: Shown, x: float) -> Reading | None:
        trace = each.main
        source = trace.placing.source
        at = float(trace.placing.raw(np.array([x]), logarithmic=self._log_x)[0])
        place = trace.line.nearest(source, at)
        if place is None:
            return None
        drawn = trace if each.over is None else each.over
        band = None
        if drawn.band is not None:
            low, high = (edge.value_at(place) for edge in drawn.band)
            band = (low, high) if math.isfinite(low) else None
        return Reading(
            each.curve,
            float(trace.placing.place(np.array([trace.line.x_at(source, place)]))[0]),
            trace.line.value_at(place),
            each.over.line.value_at(place) if each.over is not None else None,
            0 if each.n is None else int(each.n[place]),
            band,
        )

    def place_of(self, x: float) -> float:
        """The place on the axis of an x in units of the view."""
        return 10.0**x if self._log_x else x

    def view_point(self, x: float, y: float) -> tuple[float, float] | None:
        """The place of a point in units of the view; None if it has none."""
        if self._log_x:
            x = math.log10(x) if x > 0 else math.nan
        if self._log_y:
            y = math.log10(y) if y > 0 else math.nan
        return (x, y) if math.isfinite(x) and math.isfinite(y) else None


def _line(along: CurveAlong | None) -> PointLine | None:
    return None if along is None else along.line


def _with_mark(shown: Sequence[Shown], marked: Key | None) -> list[Trace]:
    """The lines to draw, those of the points first; beside a marked one the others are faint."""
    traces = [each.main for each in shown] + [each.over for each in shown if each.over is not None]
    if marked is None or all(trace.curve.key != marked for trace in traces):
        return traces
    return [
        replace(trace, width=1 if trace.faint else 2)
        if trace.curve.key == marked
        else replace(trace, faint=True, band=None)
        for trace in traces
    ]


def _with_margin(low: float, high: float, margin: float) -> Window:
    span = high - low
    if span <= abs(low) * 1e-12:
        span = abs(low) or 1.0
        return low - 0.1 * span, high + 0.1 * span
    return low - margin * span, high + margin * span


def _stepped(low: float, high: float) -> Window:
    """The range, made so much longer at its ends that it changes only now and then while it grows."""
    span = high - low
    if not 0 < span < math.inf:
        return low, high
    step = 2.0 ** math.floor(math.log2(span)) / _STEPS_A_SPAN
    return math.floor(low / step) * step, math.ceil(high / step) * step


def _fixed(found: Window, ends: Ends, *, logarithmic: bool) -> Window:
    """The range with the ends that were typed in place of those found, as far as the axis has them."""
    low, high = (
        found_end if end is None or (logarithmic and end <= 0) else _logarithm(end, logarithmic)
        for found_end, end in zip(found, ends, strict=True)
    )
    if low < high:
        return low, high
    width = found[1] - found[0]
    return (low, low + width) if ends[0] is not None else (high - width, high)


def _logarithm(end: float, logarithmic: bool) -> float:
    return math.log10(end) if logarithmic else end


def _values(window: Window, *, logarithmic: bool) -> tuple[float, float]:
    low, high = window
    if not logarithmic:
        return low, high
    with np.errstate(over="ignore"):
        ends: Floats = np.power(10.0, np.array([low, high]))
    return float(ends[0]), float(ends[1])
