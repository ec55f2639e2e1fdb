"""The pictures of a duel's page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from runners.protocol import Framework, State
from workbench.duel.comparing import mean_interval
from workbench.duel.figures import Figure
from workbench.duel.results import Measured, Results
from workbench.duel.rows import entries
from workbench.duel.telling import value_words
from workbench.metrics import scale, title
from workbench.replicates import Centre, Spread, pool
from workbench.report.content import Floats, ReportBand, ReportLine, ReportPlot
from workbench.report.interval_chart import IntervalChart, IntervalRow
from workbench.ticks import Scale

_BINS = 80
_MOST_CURVES = 4
_MS = 1e3


def intervals(results: Results, figure: Figure) -> IntervalChart | None:
    """Every run as a dot and each contestant's mean with its 95 % interval; None where nobody has the figure."""
    found = entries(results, figure.name)
    if not found:
        return None
    positive = all(value > 0 for one in found for value in one.values.values())
    names = [contestant.name for contestant in results.match.contestants]
    rows = []
    for one in found:
        mean, low, high = mean_interval(figure, one.values.values())
        values = tuple(one.values.values())
        rows.append(IntervalRow(one.name, names.index(one.name), values, mean, low, high, value_words(figure, mean)))  # fmt: skip
    unit = {"bytes": Scale.BYTES, "s": Scale.DURATION}.get(figure.unit, Scale.NUMBER)
    better = "higher is better" if figure.higher_is_better else "lower is better"
    return IntervalChart(
        figure.title, f"a dot a run; bar: mean and 95 % interval; {better}", unit, figure.ratio and positive, tuple(rows)
    )  # fmt: skip


# -- curves -----------------------------------------------------------------------------------------
def curves(results: Results) -> Iterator[ReportPlot]:
    """The curves that the results keep, over the steps, and the first one over the time too."""
    names = list(dict.fromkeys(name for one in results.measured for name in one.curves))
    names.sort(key=lambda name: (not name.startswith("val/"), name))
    for name in names[:_MOST_CURVES]:
        if plot := _curve(results, name, 0, "step"):
            yield plot
    if names and (plot := _curve(results, names[0], 1, "seconds of training")):
        yield plot


def _curve(results: Results, name: str, along: int, x_title: str) -> ReportPlot | None:
    def points(one: Measured) -> tuple[Floats, Floats] | None:
        found = np.array(one.curves.get(name, ()), np.float64).reshape(-1, 3)
        return (found[:, along], found[:, 2]) if len(found) else None

    note = "mean over the seeds, band: 95 % confidence"
    return _pooled(results, points, title(name), note, x_title, scale(name))


def blocks(results: Results) -> ReportPlot | None:
    """How the median step changes in the course of the trainings."""

    def points(one: Measured) -> tuple[Floats, Floats] | None:
        if len(one.blocks) < 2:
            return None
        return np.arange(1.0, len(one.blocks) + 1) / len(one.blocks), np.array(one.blocks) * _MS

    note = "median step in equal parts of a training; band: smallest and largest of the runs"
    return _pooled(results, points, "Step in the course of training, ms", note, "part of the training", Scale.NUMBER, Spread.RANGE)  # fmt: skip


def _pooled(
    results: Results, points: Callable[[Measured], tuple[Floats, Floats] | None], heading: str, note: str,
    x_title: str, y_scale: Scale, spread: Spread = Spread.CONFIDENCE,
) -> ReportPlot | None:  # fmt: skip
    lines, bands = [], []
    for at, contestant in enumerate(results.match.contestants):
        found = [points(one) for one in results.measured if one.contestant == at and one.state is State.FINISHED]  # fmt: skip
        having = [one for one in found if one is not None]
        if having:
            pooled = pool(having, Centre.MEAN, spread)
            lines.append(_line(contestant.name, at, contestant.framework, pooled.x, pooled.middle))
            kept = np.isfinite(pooled.low) & np.isfinite(pooled.high)
            bands.append(ReportBand(at, pooled.x[kept], pooled.low[kept], pooled.high[kept]))
    return _plot(heading, lines, bands, x_title, y_scale, note) if lines else None


def _line(name: str, color: int, framework: Framework, x: Floats, y: Floats) -> ReportLine:
    return ReportLine(name, color, x, y, dashed=framework is Framework.TENSORFLOW)


# -- how long steps take ----------------------------------------------------------------------------
def step_times(results: Results) -> ReportPlot | None:
    """How the time of a step is distributed, all runs of a contestant together, each run counting alike."""
    measured = [one for one in results.measured if one.state is State.FINISHED and any(one.histogram.get("counts", ()))]  # fmt: skip
    ends = [edge for one in measured for edge in one.histogram["edges"] if edge > 0]
    if not ends or min(ends) == max(ends):
        return None
    edges = np.geomspace(min(ends), max(ends), _BINS + 1)
    lines = []
    for at, contestant in enumerate(results.match.contestants):
        shares = [_shares(one, edges) for one in measured if one.contestant == at]
        if shares:
            x, y = np.repeat(np.log10(edges * _MS), 2)[1:-1], np.repeat(np.mean(shares, axis=0), 2)
            lines.append(_line(contestant.name, at, contestant.framework, x, y))
    note = "share of the steps of all runs, warm-up left out; logarithmic bins"
    return _plot("Time a step takes, ms", lines, [], "ms", Scale.NUMBER, note, log_x=True)


def _shares(one: Measured, edges: Floats) -> Floats:
    """The share of a run's steps between the edges, taken as evenly spread within each of its own bins."""
    counts = np.array(one.histogram["counts"], np.float64)
    below = np.concatenate(([0.0], np.cumsum(counts))) / counts.sum()
    return np.diff(np.interp(edges, np.array(one.histogram["edges"]), below))


def _plot(
    heading: str, lines: Sequence[ReportLine], bands: Sequence[ReportBand], x_title: str, y_scale: Scale, note: str,
    *, log_x: bool = False,
) -> ReportPlot:  # fmt: skip
    x_range = _range([line.x for line in lines], 0.01)
    y_range = _range([*(line.y for line in lines), *(band.low for band in bands), *(band.high for band in bands)], 0.05)  # fmt: skip
    return ReportPlot(heading, tuple(lines), tuple(bands), x_title, Scale.NUMBER, y_scale, log_x, False, x_range, y_range, note)  # fmt: skip


def _range(arrays: Sequence[Floats], margin: float) -> tuple[float, float]:
    values = np.concatenate([np.zeros(0), *arrays])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    span = high - low
    if span <= abs(low) * 1e-12 or not math.isfinite(span):
        span = abs(low) or 1.0
    return low - margin * span, high + margin * span
