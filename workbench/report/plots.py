"""The plots of a report, from the points in the history and the settings of the plots on the screen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from runners.protocol import Framework
from storage.query import value_of
from storage.records import RunRecord
from workbench.along import CurveAlong
from workbench.curve import Curve
from workbench.line import PointLine
from workbench.metrics import scale, title, unit
from workbench.plot_settings import PlotSettings
from workbench.pyramid import drawable
from workbench.replicates import Spread, grouped, pool
from workbench.report.content import Floats, ReportBand, ReportLine, ReportPlot
from workbench.smoothing import SmoothedCurve
from workbench.x_axis import XAxis, placing

ReadCurve = Callable[[int, str], Curve]
"""All points of a metric of a run."""

COLUMNS = 1_000
"""A line is drawn from the minima and maxima of so many columns: more than a plot of a report has pixels."""
_ORDINARY = (1.0, 99.0)
_MOST_DASHED = 400
"""Corners; dashes of more of them are broken up."""
_X_MARGIN, _Y_MARGIN = 0.01, 0.05


@dataclass(frozen=True, slots=True)
class _Points:
    """A run's points in units of the x axis, in their order there."""

    run: RunRecord
    x: Floats
    y: Floats


def make_plot(
    runs: Sequence[RunRecord], metric: str, settings: PlotSettings, read: ReadCurve
) -> ReportPlot:
    """The plot of a metric of those runs that have it."""
    having = [run for run in runs if metric in run.summary]
    axis = settings.x_axis.of(metric, settings.x_metric)
    settings = replace(settings, log_x=settings.log_x and axis.can_be_logarithmic)
    raw = _all_points(having, metric, axis, settings, read, smooth=False)
    smooth = (
        _all_points(having, metric, axis, settings, read, smooth=True)
        if settings.smoothing.active
        else []
    )
    x_range = _x_range(raw, axis, settings)
    lines, bands = _lines(raw, smooth, x_range, settings)
    y_range = _y_range(raw, x_range, settings)
    x_title = settings.x_metric if axis is XAxis.METRIC else axis.words
    measured = f", {unit(metric)}" if unit(metric) else ""
    return ReportPlot(
        f"{title(metric)}{measured}", tuple(lines), tuple(bands), x_title, axis.scale, scale(metric),
        settings.log_x, settings.log_y, x_range, y_range, _note(having, metric, raw, x_range, settings),
    )  # fmt: skip


# -- points -----------------------------------------------------------------------------------------
def _all_points(
    runs: Sequence[RunRecord], metric: str, axis: XAxis, settings: PlotSettings, read: ReadCurve, *, smooth: bool
) -> list[_Points]:  # fmt: skip
    found = []
    for run in runs:
        curve = read(run.id, metric)
        line: PointLine = curve
        if smooth:
            smoothed = SmoothedCurve(curve, settings.smoothing.smoother())
            smoothed.catch_up()
            line = smoothed
        points = _placed(run, line, axis, settings, read)
        if points is not None:
            found.append(points)
    return found


def _placed(
    run: RunRecord, line: PointLine, axis: XAxis, settings: PlotSettings, read: ReadCurve
) -> _Points | None:
    if not len(line):
        return None
    if axis is XAxis.METRIC:
        line = CurveAlong(line, read(run.id, settings.x_metric)).line
        if not len(line):
            return None
    place = placing(axis, run, float(line.times[0]))
    if place is None:
        return None
    ordered = line.in_order(place.source)
    x = place.place(ordered.x(place.source), logarithmic=settings.log_x)
    kept = np.isfinite(x)
    return _Points(run, x[kept], ordered.values[kept])


# -- lines ------------------------------------------------------------------------------------------
def _lines(
    raw: Sequence[_Points], smooth: Sequence[_Points], x_range: tuple[float, float], settings: PlotSettings
) -> tuple[list[ReportLine], list[ReportBand]]:  # fmt: skip
    if settings.replicates is not None:
        return _pooled(smooth or raw, x_range, settings)
    mixed = _mixed(raw)
    under = [_line(each, x_range, settings, mixed=mixed, faint=bool(smooth)) for each in raw]
    over = [_line(each, x_range, settings, mixed=mixed) for each in smooth]
    return [*under, *over], []


def _mixed(points: Sequence[_Points]) -> bool:
    return len({each.run.spec.framework for each in points}) > 1


def _line(
    points: _Points, x_range: tuple[float, float], settings: PlotSettings, *, mixed: bool, faint: bool = False
) -> ReportLine:  # fmt: skip
    x, y = _envelope(points.x, points.y, x_range, log_y=settings.log_y)
    run = points.run
    return ReportLine(run.name, run.color, x, y, faint, mixed and _dashed(run, len(x)))


def _dashed(run: RunRecord, corners: int) -> bool:
    """Whether to dash a curve where there are both frameworks: from the same weights and batches their curves lie on each other."""
    return run.spec.framework is Framework.TENSORFLOW and corners <= _MOST_DASHED


def _envelope(
    x: Floats, y: Floats, x_range: tuple[float, float], *, log_y: bool
) -> tuple[Floats, Floats]:
    """The corners of the picture of all points between two places."""
    curve = Curve()
    curve.append(np.arange(len(x)), x, y)
    edges = np.linspace(*x_range, COLUMNS + 1)
    corners = curve.in_order("times").envelope("times", edges, positive=log_y)
    return corners.x, _in_units(corners.y, log_y=log_y)


def _in_units(y: Floats, *, log_y: bool) -> Floats:
    y = np.where(drawable(y, positive=log_y), y, np.nan)
    return np.asarray(np.log10(y) if log_y else y)


def _pooled(
    points: Sequence[_Points], x_range: tuple[float, float], settings: PlotSettings
) -> tuple[list[ReportLine], list[ReportBand]]:
    choice = settings.replicates
    assert choice is not None
    of_run = {each.run.id: each for each in points}
    lines, bands = [], []
    for group in grouped([each.run for each in points], choice.columns, value_of):
        members = [of_run[run.id] for run in group.runs]
        result = pool([(each.x, each.y) for each in members], choice.centre, choice.spread)
        first = group.runs[0]
        x, y = _envelope(result.x, result.middle, x_range, log_y=settings.log_y)
        dashed = _mixed(points) and _dashed(first, len(x))
        label = f"{group.label} (n = {len(members)})"
        lines.append(ReportLine(label, first.color, x, y, dashed=dashed))
        if choice.spread is not Spread.NONE:
            bands.append(_band(first.color, result.x, result.low, result.high, settings))
    return lines, bands


def _band(color: int, x: Floats, low: Floats, high: Floats, settings: PlotSettings) -> ReportBand:
    """With at most as many corners as a line: of each column the lowest low and the highest high."""
    shown = np.isfinite(low) & np.isfinite(high)
    x, low, high = x[shown], low[shown], high[shown]
    if len(x) > COLUMNS:
        starts = np.linspace(0, len(x), COLUMNS, endpoint=False).astype(np.int64)
        x, low, high = (
            x[starts],
            np.minimum.reduceat(low, starts),
            np.maximum.reduceat(high, starts),
        )
    if settings.log_y:
        smallest = high[high > 0].min(initial=np.inf) / 10
        above = high > 0
        x, low, high = x[above], np.maximum(low[above], smallest), high[above]
        low, high = np.log10(low), np.log10(high)
    return ReportBand(color, x, low, high)


# -- ranges -----------------------------------------------------------------------------------------
def _x_range(points: Sequence[_Points], axis: XAxis, settings: PlotSettings) -> tuple[float, float]:
    ends = [float(end) for each in points if len(each.x) for end in (each.x[0], each.x[-1])]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    if axis is not XAxis.WALL and not settings.log_x and low > 0 and low <= high / 2:
        low = 0.0
    return _chosen(_with_margin(low, high, _X_MARGIN), settings.fixed_x, logarithmic=settings.log_x)


def _y_range(
    points: Sequence[_Points], x_range: tuple[float, float], settings: PlotSettings
) -> tuple[float, float]:
    lows, highs = [], []
    for each in points:
        inside = each.y[(each.x >= x_range[0]) & (each.x <= x_range[1])]
        values = _in_units(inside, log_y=settings.log_y)
        values = values[np.isfinite(values)]
        if len(values):
            ends = np.percentile(values, (0, 100) if settings.outliers else _ORDINARY)
            lows.append(float(ends[0]))
            highs.append(float(ends[1]))
    low, high = (min(lows), max(highs)) if lows else (0.0, 1.0)
    return _chosen(_with_margin(low, high, _Y_MARGIN), settings.fixed_y, logarithmic=settings.log_y)


def _chosen(
    found: tuple[float, float], typed: tuple[float | None, float | None], *, logarithmic: bool
) -> tuple[float, float]:
    """The range with the ends that a person typed, if that leaves one."""
    low, high = (
        _unit(end, logarithmic) if end is not None else known
        for end, known in zip(typed, found, strict=True)
    )
    return (low, high) if low < high else found


def _unit(value: float, logarithmic: bool) -> float:
    if not logarithmic:
        return value
    return math.log10(value) if value > 0 else -math.inf


def _with_margin(low: float, high: float, margin: float) -> tuple[float, float]:
    span = high - low
    if span <= abs(low) * 1e-12:
        span = abs(low) or 1.0
        return low - 0.1 * span, high + 0.1 * span
    return low - margin * span, high + margin * span


# -- words ------------------------------------------------------------------------------------------
def _note(
    runs: Sequence[RunRecord], metric: str, points: Sequence[_Points],
    x_range: tuple[float, float], settings: PlotSettings,
) -> str:  # fmt: skip
    known = sum(run.summary[metric].count for run in runs)
    inside = [each.y[(each.x >= x_range[0]) & (each.x <= x_range[1])] for each in points]
    shown = sum(int(np.count_nonzero(drawable(y, positive=settings.log_y))) for y in inside)
    infinite = sum(int(np.count_nonzero(~np.isfinite(y))) for y in inside)
    parts = [f"{shown:,} of {known:,} points"]
    parts += [f"{infinite:,} not finite"] if infinite else []
    parts += ["the rare extremes may lie outside"] if not settings.outliers else []
    if settings.smoothing.active:
        parts.append(f"smoothed ({settings.smoothing.method} {settings.smoothing.amount:g})")
    if (choice := settings.replicates) is not None:
        band = {Spread.NONE: "", Spread.DEVIATION: "standard deviation", Spread.ERROR: "standard error",
                Spread.CONFIDENCE: "95 % confidence", Spread.RANGE: "minimum and maximum"}[choice.spread]  # fmt: skip
        parts.append(f"{choice.centre} of repetitions{', band: ' + band if band else ''}")
    without = len(runs) - len(points)
    parts += [f"{without:,} runs have no place on this axis"] if without else []
    return " · ".join(parts)
