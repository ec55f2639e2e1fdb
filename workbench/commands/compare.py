"""Runs side by side: the parameters that differ, and every metric with the best marked."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from storage.records import RunRecord, is_system
from workbench.commands.opening import find_runs, now, open_workbench
from workbench.commands.output import number_text, print_json, print_table, value_text
from workbench.comparison import MetricRow, ParameterRow, duration_row, metric_rows, parameter_rows

BEST_MARK = " *"


def compare(args: argparse.Namespace) -> int:
    with open_workbench(args) as workbench:
        runs = find_runs(workbench, args.runs)
    if args.json:
        print_json(comparison_json(runs))
    else:
        print_comparison(runs)
    return 0


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
    headers = ["", *(f"{run.id} {run.name}" for run in runs)]
    states = [["state", *(run.state for run in runs)]]
    parameters = [[row.name, *map(value_text, row.values)] for row in _differing(runs)]
    metrics = [_metric_cells(row) for row in _metrics(runs) if not is_system(row.name)]
    print_table(headers, [*states, *parameters, ["", *[""] * len(runs)], *metrics])
    print(f"\nof each metric the best value of the run;{BEST_MARK} marks the best run")


def _differing(runs: Sequence[RunRecord]) -> list[ParameterRow]:
    return [row for row in parameter_rows(runs) if row.differs]


def _metrics(runs: Sequence[RunRecord]) -> list[MetricRow]:
    return [*metric_rows(runs), duration_row(runs, now())]


def _metric_cells(row: MetricRow) -> list[str]:
    marks = [BEST_MARK if place in row.best else "" for place in range(len(row.values))]
    texts = [number_text(value) + mark for value, mark in zip(row.values, marks, strict=True)]
    return [row.name, *texts]
