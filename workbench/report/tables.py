"""The tables of a report: results, what differs, repetitions."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator, Sequence

from storage.records import RunRecord, is_system
from workbench.commands.output import duration_text, size_text
from workbench.comparison import MetricRow, duration_row, metric_rows, parameter_rows
from workbench.explain.difference import Difference, differences
from workbench.replicates import Group
from workbench.report.content import ReportCell, ReportTable, cell_text

_SIDE_BY_SIDE = 6
"""So many runs stand beside each other; more of them below each other."""
MOST_RUNS = 200
MOST_BESIDE = 12
_LONGEST_VALUE = 60
_HASH = re.compile("[0-9a-f]{40,64}")


def all_tables(
    runs: Sequence[RunRecord], base: int, groups: Sequence[Group], judged: Sequence[str]
) -> Iterator[ReportTable]:
    yield _results(runs[:MOST_RUNS], base if base < MOST_RUNS else None)
    if len(runs) > 1:
        yield _differences(runs, base)
    if judged and any(len(group.runs) > 1 for group in groups):
        yield _repetitions(groups, judged)


def left_out(runs: Sequence[RunRecord]) -> list[str]:
    """What the tables do not have."""
    said = []
    if len(runs) > MOST_RUNS:
        said.append(f"The table of results has the first {MOST_RUNS} of {len(runs):,} runs.")
    if len(runs) > MOST_BESIDE:
        said.append(f"What differs is shown for the base run and the first others, {MOST_BESIDE} of {len(runs):,} runs.")  # fmt: skip
    return said


# -- results ----------------------------------------------------------------------------------------
def _results(runs: Sequence[RunRecord], base: int | None) -> ReportTable:
    named = [("state", [ReportCell(run.state.value) for run in runs])]
    for parameter in parameter_rows(runs):
        if parameter.differs or len(runs) == 1:
            cells = [ReportCell(_short(cell_text(value))) for value in parameter.values]
            named.append((parameter.name, cells))
    measured = [row for row in metric_rows(runs) if not is_system(row.name)]
    named += [(row.name, _measured(row, base)) for row in measured]
    lasted = duration_row(runs, round(time.time() * 1e6))
    texts = [ReportCell(duration_text(value) or "–", _role(lasted, at)) for at, value in enumerate(lasted.values)]  # fmt: skip
    named.append(("duration", texts))
    remark = "Of each metric the best value of the run; ★ marks the best run."
    if base is not None and len(runs) > 1:
        remark += " Smaller, the difference to the base run."
    return _turned("Results", runs, named, base, remark)


def _measured(row: MetricRow, base: int | None) -> list[ReportCell]:
    reference = None if base is None else row.values[base]
    cells = []
    for at, value in enumerate(row.values):
        aside = ""
        if value is not None and reference is not None and value != reference:
            aside = f"{value - reference:+.3g}".replace("-", "−")
        text = size_text(value) if value is not None and row.name.endswith("bytes") else cell_text(value)  # fmt: skip
        cells.append(ReportCell(text, _role(row, at), aside))
    return cells


def _role(row: MetricRow, place: int) -> str:
    return "best" if place in row.best else ""


def _turned(
    title: str, runs: Sequence[RunRecord], named: Sequence[tuple[str, list[ReportCell]]],
    base: int | None, remark: str,
) -> ReportTable:  # fmt: skip
    """A column a run, or a row a run where they are many."""
    names = [_run_cell(run, at == base and len(runs) > 1) for at, run in enumerate(runs)]
    colors = tuple(run.color for run in runs)
    if len(runs) <= _SIDE_BY_SIDE:
        headers = ("", *(cell.text for cell in names))
        rows = tuple((ReportCell(name), *cells) for name, cells in named)
        return ReportTable(title, headers, rows, (None, *colors), (), remark)
    headers = ("run", *(name for name, _ in named))
    rows = tuple((names[at], *(cells[at] for _, cells in named)) for at in range(len(runs)))
    return ReportTable(title, headers, rows, (), colors, remark)


def _run_cell(run: RunRecord, is_base: bool) -> ReportCell:
    return ReportCell(f"#{run.id} {run.name}" + (" (base)" if is_base else ""), "base" if is_base else "")  # fmt: skip


# -- differences ------------------------------------------------------------------------------------
def _differences(runs: Sequence[RunRecord], base: int) -> ReportTable:
    others = [run for at, run in enumerate(runs) if at != base]
    beside = [runs[base], *others][:MOST_BESIDE]
    rows = [row for row in differences(beside) if row.name != "waited (s)"]
    return ReportTable(
        "What differs",
        ("", "", *(_run_cell(run, at == 0).text for at, run in enumerate(beside))),
        tuple(_difference_row(row) for row in rows),
        (None, None, *(run.color for run in beside)),
        (),
        "What is equal in all runs is not shown. Bold is what differs from the base run."
        if rows
        else "Spec, queue, environment, packages and code of the runs are the same.",
    )


def _difference_row(row: Difference) -> tuple[ReportCell, ...]:
    cells = (
        ReportCell(_short(cell_text(value)), "" if row.change(at) == "same" else "differs")
        for at, value in enumerate(row.values)
    )
    return (ReportCell(str(row.section)), ReportCell(row.name), *cells)


def _short(text: str) -> str:
    """Hashes and long texts in a form that fits into a table."""
    if _HASH.fullmatch(text):
        return f"{text[:10]}…"
    if len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[: _LONGEST_VALUE // 2]}…{text[-_LONGEST_VALUE // 2 :]}"


# -- repetitions ------------------------------------------------------------------------------------
def _repetitions(groups: Sequence[Group], metrics: Sequence[str]) -> ReportTable:
    rows = tuple(
        (ReportCell(group.label), ReportCell(f"{len(group.runs):,}"), *(_spread(group, metric) for metric in metrics))
        for group in groups[:MOST_RUNS]
    )  # fmt: skip
    return ReportTable(
        "Repetitions", ("", "n", *metrics), rows, (), tuple(group.runs[0].color for group in groups[:MOST_RUNS]),
        "Mean of the best values of the runs ± their standard deviation; smaller, the smallest and the largest.",
    )  # fmt: skip


def _spread(group: Group, metric: str) -> ReportCell:
    having = [run.summary[metric].best for run in group.runs if metric in run.summary]
    values = [value for value in having if value is not None]
    if not values:
        return ReportCell("–")
    if len(values) == 1:
        return ReportCell(cell_text(values[0]))
    text = f"{cell_text(statistics.fmean(values))} ± {statistics.stdev(values):.2g}"
    return ReportCell(text, aside=f"{cell_text(min(values))} – {cell_text(max(values))}")
