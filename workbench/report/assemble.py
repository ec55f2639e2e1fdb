"""Reads what a report says from the history."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from storage.query import value_of
from storage.records import RunRecord, is_system
from storage.store import Store
from workbench.commands.output import time_text, version
from workbench.curve import Curve
from workbench.errors import WorkbenchError
from workbench.explain.difference import CodeDifference, code_difference
from workbench.explain.significance import Group, Sample, Significance, against
from workbench.metrics import in_order
from workbench.replicates import Group as Repetitions
from workbench.replicates import grouped
from workbench.report import tables
from workbench.report.content import ReportContent, ReportNote, ReportPlot, ReportRequest
from workbench.report.plots import make_plot

_SHOWN_AT_FIRST = ("loss", "train/loss", "val/loss", "train/accuracy", "val/accuracy")
_MOST_GROUPS = 12
_MOST_TESTED = 4
_MOST_CODE = 8
_CURVES_KEPT = 64


class Cancelled(Exception):
    """Nobody wants the report any more."""


def assemble(
    store: Store,
    request: ReportRequest,
    tell: Callable[[str, float], None] = lambda _what, _part: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ReportContent:
    """What the request asks for, as the history is now. ``tell`` hears what is done and how far (0 to 1).

    Raises StoreError, WorkbenchError where there is nothing to report, and Cancelled.
    """
    runs = store.runs_by_id(list(dict.fromkeys(request.run_ids)))
    if not runs:
        raise WorkbenchError("there are no such runs, so there is nothing to report")
    base = next((at for at, run in enumerate(runs) if run.id == request.base), 0)
    metrics = list(request.metrics or shown_at_first(runs))
    missing = [name for name in metrics if not any(name in run.summary for run in runs)]
    metrics = [name for name in metrics if name not in missing]
    plots = _plots(store, request, runs, metrics, tell, cancelled)
    tell("comparing", 0.9)
    groups = _groups(runs, request)
    judged = _judged(runs, metrics)
    significances, chance = _significances(groups, runs[base], judged)
    return ReportContent(
        title=request.title or _title(runs),
        facts=tuple(_facts(runs, base)),
        plots=tuple(plots),
        tables=tuple(tables.all_tables(runs, base, groups, judged)),
        significances=tuple(significances),
        chance=chance,
        code=tuple(_code(runs, base)),
        notes=tuple(_notes(store, runs)),
        left_out=tuple(_left_out(request, runs, metrics, missing, groups)),
    )


def shown_at_first(runs: Sequence[RunRecord]) -> list[str]:
    """Losses and accuracies that change, as the window shows before a person chooses."""
    longest: dict[str, int] = {}
    for run in runs:
        for name, summary in run.summary.items():
            longest[name] = max(longest.get(name, 0), summary.count)
    return [name for name in in_order(longest) if _is_shown(name, longest[name])]


def _is_shown(name: str, longest: int) -> bool:
    wanted = not is_system(name) and name not in ("lr", "samples_per_s", "epoch_s")
    return name in _SHOWN_AT_FIRST or (longest > 1 and wanted and not name.startswith("test/"))


def _plots(
    store: Store, request: ReportRequest, runs: Sequence[RunRecord], metrics: Sequence[str],
    tell: Callable[[str, float], None], cancelled: Callable[[], bool],
) -> list[ReportPlot]:  # fmt: skip
    @lru_cache(_CURVES_KEPT)
    def read(run_id: int, metric: str) -> Curve:
        if cancelled():
            raise Cancelled
        points = store.series(run_id, metric)
        curve = Curve()
        curve.append(points.steps, points.times, points.values)
        return curve

    made = []
    for at, metric in enumerate(metrics):
        tell(f"drawing {metric}", 0.9 * at / len(metrics))
        options = request.options.get(metric)
        settings = options.over(request.settings) if options else request.settings
        made.append(make_plot(runs, metric, settings, read))
    return made


# -- words ------------------------------------------------------------------------------------------
def _title(runs: Sequence[RunRecord]) -> str:
    if len(runs) == 1:
        return runs[0].name
    experiments = {run.experiment for run in runs}
    where = f" of {next(iter(experiments))}" if len(experiments) == 1 else ""
    return f"{len(runs):,} runs{where} compared"


def _facts(runs: Sequence[RunRecord], base: int) -> list[tuple[str, str]]:
    ran = [run.started for run in runs if run.started is not None]
    facts = [
        ("Runs", f"{len(runs):,}"),
        ("Compared with", f"#{runs[base].id} {runs[base].name}" if len(runs) > 1 else ""),
        ("Trained", _span(min(ran), max(ran)) if ran else "not yet"),
        ("Report of", f"{time_text(round(time.time() * 1e6))}, Twinbench {version()}"),
    ]
    return [(name, text) for name, text in facts if text]


def _span(first: int, last: int) -> str:
    one, other = time_text(first)[:10], time_text(last)[:10]
    return one if one == other else f"{one} to {other}"


def _notes(store: Store, runs: Sequence[RunRecord]) -> list[ReportNote]:
    names = list(dict.fromkeys(run.experiment for run in runs))
    of_experiments = [(name, store.experiment(name).note) for name in names]
    notes = [
        ReportNote(f"Experiment {name}", note) for name, note in of_experiments if note.strip()
    ]
    return notes + [
        ReportNote(f"#{run.id} {run.name}", run.note) for run in runs if run.note.strip()
    ]


def _code(runs: Sequence[RunRecord], base: int) -> list[tuple[str, CodeDifference]]:
    """The differences of code between the base run and the others that kept any."""
    found: list[tuple[str, CodeDifference]] = []
    for run in runs:
        if run.id != runs[base].id and len(found) < _MOST_CODE:
            diff = code_difference(Path(runs[base].folder), Path(run.folder))
            if diff.files:
                found.append((f"#{run.id} {run.name}", diff))
    return found


def _left_out(
    request: ReportRequest, runs: Sequence[RunRecord], metrics: Sequence[str],
    missing: Sequence[str], groups: Sequence[Repetitions],
) -> list[str]:  # fmt: skip
    said = list(request.remarks)
    if gone := len(set(request.run_ids)) - len(runs):
        said.append(f"{gone:,} of the runs that were asked for are not in the history any more.")
    if missing:
        said.append(f"No run has {', '.join(missing)}.")
    drawn = set(metrics)
    others = [n for n in in_order({n for run in runs for n in run.summary}) if n not in drawn]
    system = [name for name in others if is_system(name)]
    others = [name for name in others if not is_system(name)]
    if others:
        said.append(f"Not drawn: {', '.join(others)}.")
    if system:
        said.append(f"Not drawn: {len(system):,} readings of the machine.")
    said += tables.left_out(runs)
    if len(groups) > _MOST_GROUPS + 1:
        said.append(f"Of {len(groups) - 1:,} groups the first {_MOST_GROUPS} are tested against the base.")  # fmt: skip
    return said


# -- chance -----------------------------------------------------------------------------------------
def _groups(runs: Sequence[RunRecord], request: ReportRequest) -> list[Repetitions]:
    choice = request.settings.replicates
    return grouped(runs, choice.columns if choice else (), value_of)


def _judged(runs: Sequence[RunRecord], metrics: Sequence[str]) -> list[str]:
    """The metrics whose results are compared: the shown ones that can be better, the main ones first."""
    have = {name for run in runs for name, one in run.summary.items() if one.best is not None}
    results = [name for name in ("test/accuracy", "test/loss") if name in have]
    shown = [name for name in metrics if name in have and not is_system(name) and name != "lr"]
    return list(dict.fromkeys([*results, *shown]))


def _significances(
    groups: Sequence[Repetitions], base: RunRecord, metrics: Sequence[str]
) -> tuple[list[Significance], str]:
    if len(groups) < 2:
        return [], ""
    largest = max(len(group.runs) for group in groups)
    if largest == 1:
        return [], (
            "Each configuration was trained once. How much of a difference is chance cannot be told from single runs: train each with "
            "several seeds, the same ones for all."
        )
    base_group = next(group for group in groups if base.id in {run.id for run in group.runs})
    others = [group for group in groups if group is not base_group][:_MOST_GROUPS]
    found = []
    for metric in metrics[:_MOST_TESTED]:
        found += against(
            _group(base_group, metric), [_group(each, metric) for each in others], metric
        )
    return found, (
        f"Runs that differ in nothing but the seed are repetitions. Each group of them is compared with that of the base run ({base_group.label}), by the best value "
        "of each run."
    )


def _group(repetitions: Repetitions, metric: str) -> Group:
    values = [
        (run.summary[metric].best if metric in run.summary else None, run.spec.seed)
        for run in repetitions.runs
    ]
    samples = (Sample(np.nan if value is None else value, seed) for value, seed in values)
    return Group(repetitions.label, tuple(samples))
