"""A report of runs as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from workbench.explain.significance import Significance, Verdict
from workbench.explain.words import figure, probability
from workbench.report.content import ReportContent
from workbench.report.document import (  # fmt: skip
    Block,
    Bullets,
    Card,
    CodeDiff,
    Document,
    Heading,
    Pictures,
    Text,
)


def page(report: ReportContent) -> Document:
    return Document(report.title, report.facts, tuple(_blocks(report)))


def _blocks(report: ReportContent) -> Iterator[Block]:
    if report.plots:
        yield Heading("Curves")
        yield Pictures(report.plots)
    yield from report.tables
    if report.chance:
        yield Heading("Is it chance?")
        yield Text(report.chance)
        yield from map(_card, report.significances)
    if report.code:
        yield Heading("Code")
        yield from (CodeDiff(f"{name} against the base run", diff) for name, diff in report.code)
    if report.notes:
        yield Heading("Notes")
        yield from report.notes
    if report.left_out:
        yield Heading("Not in this report")
        yield Bullets(report.left_out)


def _card(each: Significance) -> Card:
    return Card(str(each.verdict), _KINDS.get(each.verdict, "none"), each.headline, _figures(each), each.explanation)  # fmt: skip


_KINDS: Mapping[Verdict, Literal["different", "hint"]] = {
    Verdict.DIFFERENT: "different",
    Verdict.HINT: "hint",
}


def _figures(each: Significance) -> str:
    """All figures of a comparison in a line."""
    one, two = each.names
    parts = [
        f"{name}: {figure(mean)} ± {figure(deviation)} (n = {n})"
        for name, mean, deviation, n in zip(each.names, each.means, each.deviations, each.runs, strict=True)
        if n > 1
    ]  # fmt: skip
    if each.interval is not None:
        low, high = map(figure, each.interval)
        parts.append(f"{one} − {two} = {figure(each.difference)}, {100 * each.confidence:.4g} % interval {low} to {high}")  # fmt: skip
    for test in (each.t, each.ranks):
        if test is not None:
            df = "" if test.df is None else f"({test.df:.3g})"
            parts.append(f"{test.name}{df} {figure(test.statistic)}, {probability(test.p)}")
    if each.effect is not None:
        parts.append(f"{each.effect_name} = {figure(each.effect)}")
    return " · ".join(parts)
