"""The tables of figures on a duel's page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from runners.export.formats import FORMATS
from runners.protocol import State
from workbench.duel.comparing import Comparison, Entry, Judged, mean_interval
from workbench.duel.exported import exporting
from workbench.duel.figures import CODE, CONDITIONS, EXPORTED, FIGURES, Figure, Row, figure_of
from workbench.duel.results import LARGEST_BATCH, Exported, Results
from workbench.duel.rows import code_entries, eager_prices, entries, names
from workbench.duel.scaling import TITLES, of
from workbench.duel.telling import change_words, ends_words, spread_words, value_words
from workbench.duel.verdict import RowVerdict, Verdict
from workbench.explain.words import figure, probability
from workbench.report.content import ReportCell, ReportTable

_SPEED = "samples_per_s"
_HOW = "Mean over the seeds (geometric where ratios are compared); smaller, its 95 % interval."


def figures_table(results: Results, verdict: Verdict, row: Row) -> ReportTable:
    """All figures of a row, a column a contestant; ★ marks who is not beaten in the one that decides the row."""
    contestants = [contestant.name for contestant in results.match.contestants]
    decides = verdict.row(row)
    rows = tuple(
        (ReportCell(one.title), *_cells(one, entries(results, one.name), contestants, decides))
        for one in _figures(results, row)
    )
    colors = (None, *range(len(contestants)))
    return ReportTable("", ("", *contestants), rows, colors, remark=_HOW if rows else "Nothing of this has been measured.")  # fmt: skip


def _figures(results: Results, row: Row) -> list[Figure]:
    """Those of the row, as they are listed; then the task's own."""
    having = [name for name in names(results) if name not in CONDITIONS]
    listed = [one for one in FIGURES if one.row is row and one.name in having]
    known = {one.name for one in FIGURES}
    own = [figure_of(name) for name in sorted(having, reverse=True) if name not in known]
    return [*(one for one in own if one.row is row), *listed]


def _cells(
    one: Figure, having: Sequence[Entry], columns: Sequence[str], decides: RowVerdict
) -> Iterator[ReportCell]:
    by_name = {entry.name: entry for entry in having}
    starred = _starred(one, decides)
    for name in columns:
        if name not in by_name:
            yield ReportCell("–")
            continue
        mean, low, high = mean_interval(one, by_name[name].values.values())
        yield ReportCell(value_words(one, mean), "best" if name in starred else "", spread_words(one, low, high))  # fmt: skip


def _starred(one: Figure, decides: RowVerdict) -> tuple[str, ...]:
    if decides.judged is None or decides.figure is None or decides.figure.name != one.name:
        return ()
    return decides.holders if len(decides.holders) < len(decides.judged.entries) else ()


def flexibility_table(results: Results) -> ReportTable:
    rows = [
        (ReportCell(entry.name), ReportCell(f"{figure(mean)} times"), ReportCell(spread))
        for entry in eager_prices(results)
        for mean, low, high in [mean_interval(figure_of("price_of_eager"), entry.values.values())]
        for spread in [f"{figure(low)} to {figure(high)}" if math.isfinite(low) else "–"]
    ]
    remark = "How many times as long a step takes in eager mode as it does as a graph of the same framework, with the same weights and batches."
    return ReportTable("", ("", "eager over graph", "95 % interval"), tuple(rows), remark=remark if rows else "")  # fmt: skip


def shape_table(results: Results) -> ReportTable | None:
    """What a batch of another size costs, where the proofs tell."""
    rows = []
    for proof in results.proofs:
        if proof.shape_change_s is not None and math.isfinite(proof.shape_change_s):
            name = results.match.contestants[proof.contestant].name
            rows.append((ReportCell(name), ReportCell(value_words(figure_of("step_s"), proof.shape_change_s))))  # fmt: skip
    remark = "How much longer the first step with a batch of another size takes than an ordinary one, once: graphs may be traced or compiled again for it."
    return ReportTable("", ("", "more time for another size"), tuple(rows), remark=remark) if rows else None  # fmt: skip


def scaling_tables(results: Results) -> Iterator[ReportTable]:
    """A table for each parameter that was scaled, a row a contestant, and one of the largest batches."""
    for what, title in TITLES.items():
        if found := of(results, what):
            yield _scaling_table(results, what, title, sorted({one.value for one in found}))
    if largest := of(results, LARGEST_BATCH):
        rows = tuple((ReportCell(results.match.contestants[one.contestant].name), *_largest(one.figures)) for one in largest)  # fmt: skip
        yield ReportTable("", ("", "largest batch that fits", "smallest that does not"), rows, row_colors=tuple(one.contestant for one in largest))  # fmt: skip


def _scaling_table(results: Results, what: str, title: str, values: Sequence[int]) -> ReportTable:
    rows = []
    for at, contestant in enumerate(results.match.contestants):
        mine = {one.value: one.figures for one in of(results, what) if one.contestant == at}
        base = next((mine[value] for value in values if _SPEED in mine.get(value, {})), {})
        cells = (_scaled_cell(mine.get(value, {}), base) for value in values)
        rows.append((ReportCell(contestant.name), *cells))
    headers = (title.capitalize(), *(f"{value:,}" for value in values))
    remark = "Samples a second; smaller, how many times those in the first column."
    return ReportTable("", headers, tuple(rows), row_colors=tuple(range(len(rows))), remark=remark)


def _scaled_cell(figures: Mapping[str, float], base: Mapping[str, float]) -> ReportCell:
    if _SPEED not in figures:
        return ReportCell("–")
    times = figures[_SPEED] / base[_SPEED]
    return ReportCell(figure(figures[_SPEED]), aside="" if figures is base else f"{figure(times)} times")  # fmt: skip


def _largest(figures: Mapping[str, float]) -> tuple[ReportCell, ReportCell]:
    most, least = figures.get(LARGEST_BATCH), figures.get("failing_batch")
    if most is None:
        return ReportCell("–"), ReportCell("–")
    return ReportCell(f"{most:,.0f}"), ReportCell(f"{least:,.0f}" if least else "all that were tried fit")  # fmt: skip


def code_table(results: Results) -> ReportTable | None:
    """None where no code was counted."""
    counted = {one.name: code_entries(results, one) for one in CODE}
    frameworks = [entry.name for entry in counted[CODE[0].name]]
    rows = tuple(
        (ReportCell(one.title), *(ReportCell(f"{entry.values[0]:,.0f}") for entry in counted[one.name]))
        for one in CODE
    )  # fmt: skip
    return ReportTable("", ("", *frameworks), rows) if frameworks else None


def formats_table(results: Results) -> ReportTable:
    """What running each format costs, a row a format and contestant, the framework itself first."""
    rows, owners = [], []
    for format in FORMATS:
        for at in exporting(results):
            some = [o for o in results.exported if (o.format, o.contestant) == (format.id, at)]
            if some:
                name = results.match.contestants[at].name
                rows.append((ReportCell(format.title), ReportCell(name), *_format_cells(some)))
                owners.append(at)
    headers = ("Format", "", "check", *(title for title, _ in EXPORTED.values()))
    return ReportTable("", headers, tuple(rows), row_colors=tuple(owners), remark=f"{_HOW} The fastest of the numbers of threads.")  # fmt: skip


def _format_cells(some: Sequence[Exported]) -> Iterator[ReportCell]:
    failed = any(one.passed is False for one in some)
    passed = all(one.passed for one in some)
    yield ReportCell("failed" if failed else "passed" if passed else "not checked", "bad" if failed else "")  # fmt: skip
    for name, (title, unit) in EXPORTED.items():
        shown = Figure(name, title, unit, Row.DEPLOYMENT, False, name != "difference", 0.0)
        values = [one.figures[name] for one in some if name in one.figures]
        mean, low, high = mean_interval(shown, values)
        yield ReportCell(value_words(shown, mean), aside=spread_words(shown, low, high))


def comparisons_table(verdict: Verdict) -> ReportTable:
    """Every comparison behind the verdict."""
    rows = [
        cells
        for one in verdict.rows
        if one.judged is not None
        for pair in one.judged.comparisons
        for cells in [_comparison(one.judged, pair)]
    ]
    return ReportTable(
        "", ("first", "second", "figure", "first against second", "interval", "seeds", "p", "effect", "finding"), tuple(rows), prose=True,
        remark="The intervals of a figure hold together with 95 %. p is that of the paired t test, before it is held against the level of its step (Holm). The effect is Cohen's d_z: the mean difference over "
        "the differences' standard deviation; positive is better.",
    )  # fmt: skip


def _comparison(judged: Judged, pair: Comparison) -> tuple[ReportCell, ...]:
    first, second = judged.entries[pair.one].name, judged.entries[pair.other].name
    untested = not judged.figure.scatters or not math.isfinite(pair.low)
    return tuple(
        map(
            ReportCell,
            (
                first, second, judged.figure.title,
                change_words(judged.figure, pair),
                ends_words(judged.figure, pair), str(pair.seeds),
                "–" if untested else probability(pair.p).removeprefix("p = "),
                "–" if math.isnan(pair.effect) else figure(pair.effect),
                str(pair.finding),
            ),
        )
    )  # fmt: skip


def conditions_table(results: Results, verdict: Verdict) -> ReportTable:
    """How quiet the machine was, a row a contestant."""
    measured = [one for one in results.measured if one.state is State.FINISHED]
    rows = []
    for at, contestant in enumerate(results.match.contestants):
        found = [one.figures for one in measured if one.contestant == at]
        spread = verdict.noise.spreads.get(at, math.nan)
        cells = [ReportCell("–" if math.isnan(spread) else f"{100 * spread:.3g} %")]
        cells += [ReportCell(_span([f[name] for f in found if name in f], name)) for name in CONDITIONS]  # fmt: skip
        rows.append((ReportCell(contestant.name), *cells))
    titles = [f"{words}, {unit}" if unit else words for words, unit in CONDITIONS.values()]
    return ReportTable(
        "", ("", "Variation of its own median step", *titles), tuple(rows), prose=True
    )


def _span(values: Sequence[float], name: str) -> str:
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return "–"
    if name == "other_cpu_share":
        return f"{100 * min(finite):.2g} to {100 * max(finite):.2g} %"
    return f"{figure(min(finite))} to {figure(max(finite))}"
