"""Runs side by side: the parameters that differ, and every metric with the best marked; also as a report in a file."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storage.records import RunRecord, is_system
from workbench.bench import Workbench
from workbench.commands.opening import chosen_runs, now, open_workbench
from workbench.commands.output import number_text, print_json, print_line, print_table, value_text
from workbench.commands.parser import UsageError
from workbench.commands.progress import ProgressLine
from workbench.comparison import MetricRow, ParameterRow, duration_row, metric_rows, parameter_rows
from workbench.plot_settings import LONGEST_WINDOW, STRONGEST, WIDEST_SIGMA, PlotSettings, Smoothing
from workbench.replicates import Centre, Replicates, Spread
from workbench.smoothing import Method
from workbench.x_axis import XAxis

BEST_MARK = " *"
_MOST_BESIDE = 12
"""Runs in a table that a terminal can show."""
_AXES = {"step": XAxis.STEP, "epoch": XAxis.EPOCH, "time": XAxis.RELATIVE, "wall": XAxis.WALL}
_LARGEST = {Method.EXPONENTIAL: STRONGEST, Method.MEAN: LONGEST_WINDOW, Method.GAUSSIAN: WIDEST_SIGMA}  # fmt: skip
_METHODS = {"ema": Method.EXPONENTIAL, "mean": Method.MEAN, "gaussian": Method.GAUSSIAN}


def compare(args: argparse.Namespace) -> int:
    settings = plot_settings(args)
    for path in filter(None, (args.html, args.markdown)):
        if not path.absolute().parent.is_dir():
            raise UsageError(f"there is no folder {path.absolute().parent}")
    with open_workbench(args) as workbench:
        runs = chosen_runs(workbench, args)
        base = None if args.baseline is None else workbench.store.find_run(args.baseline)
        if base is not None:
            runs = [base, *(run for run in runs if run.id != base.id)]
        written = _write_report(workbench, args, runs, base, settings)
    if args.json:
        print_json({**comparison_json(runs), **({"files": written} if written else {})})
    elif written:
        for path in written:
            print_line(str(path))
    else:
        print_comparison(runs)
    return 0


# -- the report -------------------------------------------------------------------------------------
def plot_settings(args: argparse.Namespace) -> PlotSettings:
    """Raises UsageError."""
    axis = _AXES.get(args.x, XAxis.METRIC)
    return PlotSettings(
        x_axis=axis,
        x_metric=args.x if axis is XAxis.METRIC else "",
        log_x=args.log_x,
        log_y=args.log_y,
        smoothing=_smoothing(args.smoothing),
        replicates=_replicates(args.replicates),
    )


def _smoothing(text: str | None) -> Smoothing:
    if text is None:
        return Smoothing()
    name, colon, amount = text.rpartition(":")
    method = _METHODS.get(name if colon else "ema")
    try:
        value = float(amount)
    except ValueError:
        value = math.nan
    if method is None or not 0 <= value <= _LARGEST[method]:
        raise UsageError(
            f"--smoothing {text} is not understood: give a weight from 0 to {STRONGEST} (such as 0.9), "
            "mean:POINTS or gaussian:SIGMA"
        )
    return Smoothing(method, value)


def _replicates(band: str | None) -> Replicates | None:
    return None if band is None else Replicates(centre=Centre.MEAN, spread=Spread(band))


def _write_report(
    workbench: Workbench, args: argparse.Namespace, runs: Sequence[RunRecord],
    base: RunRecord | None, settings: PlotSettings,
) -> list[Path]:  # fmt: skip
    """Write the files that were asked for; returns their paths."""
    if args.html is None and args.markdown is None:
        return []
    from workbench.report.assemble import assemble
    from workbench.report.content import ReportRequest
    from workbench.report.markdown import write_html, write_markdown
    from workbench.report.page import page

    request = ReportRequest(
        tuple(run.id for run in runs), tuple(args.metrics), settings,
        base=None if base is None else base.id, title=args.title,
    )  # fmt: skip
    _require_metrics(runs, args.metrics, settings.x_metric)
    with ProgressLine(sys.stderr) as progress:
        report = page(assemble(workbench.store, request, progress.tell))
    written = []
    if args.html is not None:
        write_html(report, args.html)
        written.append(args.html)
    if args.markdown is not None:
        written += write_markdown(report, args.markdown)
    return written


def _require_metrics(runs: Sequence[RunRecord], metrics: Sequence[str], x_metric: str) -> None:
    known = {name for run in runs for name in run.summary}
    for name in filter(None, (*metrics, x_metric)):
        if name not in known:
            listed = ", ".join(sorted(name for name in known if not is_system(name)))
            axes = f"; --x also takes {', '.join(_AXES)}" if name == x_metric else ""
            raise UsageError(f"none of the runs has a metric {name!r}; they have: {listed}{axes}")


# -- the table --------------------------------------------------------------------------------------
def comparison_json(runs: Sequence[RunRecord]) -> dict[str, Any]:
    """Values stand in the order of ``runs``; ``best`` lists the ids of the runs that are best."""
    return {
        "runs": [{"id": run.id, "name": run.name, "state": run.state} for run in runs],
        "parameters": {row.name: row.values for row in _differing(runs)},
        "metrics": {
            row.name: {"values": row.values, "best": [runs[place].id for place in sorted(row.best)]}
            for row in _metrics(runs)
        },
    }


def print_comparison(runs: Sequence[RunRecord]) -> None:
    """A column a run, or of many a row a run."""
    states = ["state", *(run.state.value for run in runs)]
    parameters = [[row.name, *map(value_text, row.values)] for row in _differing(runs)]
    metrics = [_metric_cells(row) for row in _metrics(runs) if not is_system(row.name)]
    names = ["", *(f"{run.id} {run.name}" for run in runs)]
    if len(runs) <= _MOST_BESIDE:
        print_table(names, [states, *parameters, [""] * len(names), *metrics])
    else:
        columns = [["run", *names[1:]], states, *parameters, *metrics]
        header, *rows = zip(*columns, strict=True)
        print_table(header, rows)
    print(f"\nof each metric the best value of the run;{BEST_MARK} marks the best run")


def _differing(runs: Sequence[RunRecord]) -> list[ParameterRow]:
    return [row for row in parameter_rows(runs) if row.differs]


def _metrics(runs: Sequence[RunRecord]) -> list[MetricRow]:
    return [*metric_rows(runs), duration_row(runs, now())]


def _metric_cells(row: MetricRow) -> list[str]:
    marks = [BEST_MARK if place in row.best else "" for place in range(len(row.values))]
    texts = [number_text(value) + mark for value, mark in zip(row.values, marks, strict=True)]
    return [row.name, *texts]
