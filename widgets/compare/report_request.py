"""What a report of the comparison on the screen is to hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage.records import RunRecord
from widgets.compare.styling import Styling
from widgets.plots.plot_grid import PlotGrid
from workbench.plot_settings import PlotOptions
from workbench.report.content import ReportRequest


def report_request(
    runs: Sequence[RunRecord],
    grid: PlotGrid,
    metrics_of: Mapping[str, tuple[str, ...]],
    style: Styling,
    baseline: int | None,
) -> ReportRequest:
    """The shown plots in their order, a metric each. ``metrics_of`` are those of each plot; what else is on the screen is remarked."""
    options: dict[str, PlotOptions] = {}
    for key in grid.plots:
        for metric in metrics_of.get(key, ()):
            options.setdefault(metric, grid.options(key))
    return ReportRequest(
        tuple(run.id for run in runs),
        tuple(options),
        grid.settings,
        options,
        baseline,
        remarks=tuple(_remarks(grid, metrics_of, style)),
    )


def _remarks(
    grid: PlotGrid, metrics_of: Mapping[str, tuple[str, ...]], style: Styling
) -> list[str]:
    said = []
    if style.color_by:
        said.append(
            f"In the window the runs were coloured by {style.color_by}; here each has its own colour."
        )
    if style.stroke_by:
        said.append(f"In the window the strokes told {style.stroke_by}.")
    if style.panel_by:
        said.append(f"In the window the plots were parted by {style.panel_by}.")
    if any(len(metrics_of.get(key, ())) > 1 for key in grid.plots):
        said.append("Metrics that shared a plot in the window have one each here.")
    return said
