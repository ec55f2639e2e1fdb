"""Runs side by side: the parameters that differ, and every metric with the best marked."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from storage.records import RunRecord, better
from workbench.commands.opening import find_runs, open_workbench
from workbench.commands.output import number_text, print_json, print_table, value_text

BEST_MARK = " *"
_NOT_JUDGED = ("system/", "lr")


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
        "parameters": _differing(runs),
        "metrics": {
            name: {"values": values, "best": [runs[place].id for place in _winners(name, values)]}
            for name, values in _metrics(runs).items()
        },
    }


def print_comparison(runs: Sequence[RunRecord]) -> None:
    headers = ["", *(f"{run.id} {run.name}" for run in runs)]
    states = [["state", *(run.state for run in runs)]]
    parameters = [[name, *map(value_text, row)] for name, row in _differing(runs).items()]
    metrics = [
        _metric_row(name, values)
        for name, values in _metrics(runs).items()
        if not name.startswith(_NOT_JUDGED)
    ]
    print_table(headers, [*states, *parameters, ["", *[""] * len(runs)], *metrics])
    print(f"\nof each metric the best value of the run;{BEST_MARK} marks the best run")


def _metric_row(name: str, values: list[float | None]) -> list[str]:
    winners = _winners(name, values)
    marks = [BEST_MARK if place in winners else "" for place in range(len(values))]
    texts = [number_text(value) + mark for value, mark in zip(values, marks, strict=True)]
    return [name, *texts]


def _differing(runs: Sequence[RunRecord]) -> dict[str, list[Any]]:
    """What is not the same in all runs; None where a run does not have it."""
    described = [_described(run) for run in runs]
    names = dict.fromkeys(name for one in described for name in one)
    rows = {name: [one.get(name) for one in described] for name in names}
    return {name: row for name, row in rows.items() if any(value != row[0] for value in row)}


def _described(run: RunRecord) -> dict[str, Any]:
    spec = run.spec
    return {
        "template": spec.template,
        "framework": spec.framework.value,
        "mode": spec.mode.value,
        "dataset": spec.dataset,
        "seed": spec.seed,
        "device": run.assigned_device or spec.device,
        **spec.parameters,
    }


def _metrics(runs: Sequence[RunRecord]) -> dict[str, list[float | None]]:
    names = dict.fromkeys(name for run in runs for name in run.summary)
    return {
        name: [run.summary[name].best if name in run.summary else None for run in runs]
        for name in names
    }


def _winners(metric: str, values: Sequence[float | None]) -> list[int]:
    """The places of the best values; none where all read the same or better has no meaning."""
    read = [None if value is None else float(number_text(value)) for value in values]
    known = {value for value in read if value is not None}
    if len(known) < 2 or metric.startswith(_NOT_JUDGED):
        return []
    best = min(known) if better(metric) == "lower" else max(known)
    return [place for place, value in enumerate(read) if value == best]
