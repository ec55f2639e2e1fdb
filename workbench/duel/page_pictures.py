"""The pictures of a duel's page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from runners.protocol import Framework, State
from workbench.duel.comparing import mean_interval
from workbench.duel.figures import Figure, leading
from workbench.duel.results import Measured, Results
from workbench.duel.rows import entries
from workbench.duel.rows import names as figure_names
from workbench.duel.scaling import TITLES, Curve, drawn
from workbench.duel.telling import value_words
from workbench.metrics import scale, title
from workbench.replicates import Centre, Spread, pool
from workbench.report.content import Floats, ReportBand, ReportLine, ReportPlot
from workbench.report.interval_chart import IntervalChart, IntervalRow
from workbench.ticks import Scale

_BINS = 80
_MOST_CURVES = 3
_MS = 1e3

Points = Callable[[Measured], tuple[Floats, Floats] | None]
"""What to draw of a run: places in rising order, and values."""


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
    decides = leading(figure_names(results))
    first = (decides.name.replace("test/", "val/") if decides else "", "val/loss", "train/loss")
    names.sort(key=lambda name: first.index(name) if name in first else len(first))
    for at, name in enumerate(names[:_MOST_CURVES]):
        note = "mean over the seeds, band: 95 % confidence"
        yield from _pooled(results, _points(name), title(name), note, "step", scale(name))
        if not at:
            yield from _pooled(
                results, _points(name), title(name), f"{note}; each step at its mean time", "seconds of training", scale(name),
                times=_points(name, value=1),
            )  # fmt: skip


def _points(name: str, value: int = 2) -> Points:
    """The steps of a run's curve with its values, or with its seconds where ``value`` is 1."""

    def points(one: Measured) -> tuple[Floats, Floats] | None:
        found = np.array(one.curves.get(name, ()), np.float64).reshape(-1, 3)
        return (found[:, 0], found[:, value]) if len(found) > 1 else None

    return points


def blocks(results: Results) -> ReportPlot | None:
    """How the median step changes in the course of the trainings."""

    def points(one: Measured) -> tuple[Floats, Floats] | None:
        if len(one.blocks) < 2:
            return None
        return np.arange(1.0, len(one.blocks) + 1) / len(one.blocks), np.array(one.blocks) * _MS

    note = "median step in equal parts of a training; band: smallest and largest of the runs"
    heading = "Step in the course of training, ms"
    found = _pooled(results, points, heading, note, "part of the training", Scale.NUMBER, spread=Spread.RANGE)  # fmt: skip
    return next(iter(found), None)


def _pooled(
    results: Results, points: Points, heading: str, note: str, x_title: str, y_scale: Scale,
    *, spread: Spread = Spread.CONFIDENCE, times: Points | None = None,
) -> list[ReportPlot]:  # fmt: skip
    """A line with a band for each contestant; no plot where none has points. ``times`` says where the places of ``points`` stand on the x axis."""
    lines, bands = [], []
    for at, contestant in enumerate(results.match.contestants):
        if having := _of(results, at, points):
            pooled = pool(having, Centre.MEAN, spread)
            x = pooled.x if times is None else pool(_of(results, at, times)).middle
            lines.append(_line(contestant.name, at, contestant.framework, x, pooled.middle))
            kept = np.isfinite(pooled.low) & np.isfinite(pooled.high)
            bands.append(ReportBand(at, x[kept], pooled.low[kept], pooled.high[kept]))
    return [_plot(heading, lines, bands, x_title, y_scale, note)] if lines else []


def _of(results: Results, contestant: int, points: Points) -> list[tuple[Floats, Floats]]:
    found = (points(one) for one in results.measured if one.contestant == contestant and one.state is State.FINISHED)  # fmt: skip
    return [one for one in found if one is not None]


def _line(name: str, color: int, framework: Framework, x: Floats, y: Floats) -> ReportLine:
    return ReportLine(name, color, x, y, dashed=framework is Framework.TENSORFLOW)


# -- scaling ----------------------------------------------------------------------------------------
def scaling_curves(results: Results) -> Iterator[ReportPlot]:
    """The speed, and for the sizes of a batch the memory, of each contestant; on logarithmic axes."""
    for what, figure, found in drawn(results):
        yield _scaling_plot(results, found, what, figure)


def _scaling_plot(results: Results, found: Sequence[Curve], what: str, figure: Figure) -> ReportPlot:  # fmt: skip
    contestants = results.match.contestants
    lines = [
        _line(contestants[one.contestant].name, one.contestant, contestants[one.contestant].framework, np.log10(one.values), np.log10(one.reached))
        for one in found
    ]  # fmt: skip
    unit = Scale.BYTES if figure.unit == "bytes" else Scale.NUMBER
    heading = f"{figure.title} by {TITLES[what]}"
    note = f"{figure.unit}; a short run each" if unit is Scale.NUMBER else "a short run each"
    return _plot(heading, lines, [], TITLES[what], unit, note, log_x=True, log_y=True)


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
    *, log_x: bool = False, log_y: bool = False,
) -> ReportPlot:  # fmt: skip
    x_range = _range([line.x for line in lines], 0.01)
    y_range = _range([*(line.y for line in lines), *(band.low for band in bands), *(band.high for band in bands)], 0.05)  # fmt: skip
    return ReportPlot(heading, tuple(lines), tuple(bands), x_title, Scale.NUMBER, y_scale, log_x, log_y, x_range, y_range, note)  # fmt: skip


def _range(arrays: Sequence[Floats], margin: float) -> tuple[float, float]:
    values = np.concatenate([np.zeros(0), *arrays])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    span = high - low
    if span <= abs(low) * 1e-12 or not math.isfinite(span):
        span = abs(low) or 1.0
    return low - margin * span, high + margin * span
