"""Two duels side by side: two machines, two versions, two models. What one contestant reached in both is compared run by run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from workbench.commands.output import time_text, value_text
from workbench.duel.comparing import mean_interval
from workbench.duel.figures import FIGURES, Figure, figure_of, leading
from workbench.duel.match import FEWEST_SEEDS
from workbench.duel.results import Results
from workbench.duel.rows import entries, names
from workbench.duel.telling import percent, spread_words, value_words
from workbench.duel.verdict import RowVerdict, judge
from workbench.duel.weights import DEFAULT, PROFILES
from workbench.explain.effect import Figures
from workbench.explain.words import figure as number
from workbench.report.content import ReportCell, ReportTable
from workbench.report.document import Block, Document, Heading, Text

_CONFIDENCE = 0.95
_PACKAGES = ("torch", "tensorflow", "keras", "numpy")


def document(one: Results, other: Results) -> Document:
    """What differs between the duels, both verdicts, and what each contestant that took part in both reached."""
    called = _called(one, other)
    facts = tuple(
        (name, f"{each.match.template} on {each.match.dataset}, {', '.join(each.machine.values()) or 'machine not known'}, {time_text(each.created)[:16]}")
        for name, each in zip(called, (one, other), strict=True)
    )  # fmt: skip
    return Document(f"{called[0]} beside {called[1]}", facts, tuple(_blocks(one, other, called)))


def _called(one: Results, other: Results) -> tuple[str, str]:
    first, second = (each.name or each.duel[:8] for each in (one, other))
    return (first, second) if first != second else (f"{first} (first)", f"{second} (second)")


def _blocks(one: Results, other: Results, called: tuple[str, str]) -> Iterator[Block]:
    yield Heading("What differs")
    differing = tuple(_differing(_settings(one), _settings(other)))
    yield ReportTable(
        "", ("", *called), differing, prose=True,
        remark="" if differing else "Machine, versions and settings are the same, so what differs below is chance or the machine's mood.",
    )  # fmt: skip
    yield Heading("Both verdicts")
    yield _verdicts(one, other, called)
    yield Heading("What each contestant reached")
    shared = [c.name for c in one.match.contestants if c.name in {o.name for o in other.match.contestants}]  # fmt: skip
    if not shared:
        yield Text("No contestant took part in both.")
        return
    yield Text(
        f"The second over the first, with its 95 % interval by Welch's t test where both have {FEWEST_SEEDS} seeds. Runs of two duels were not measured in "
        "turns, so a machine that was busier on one of the days shows here as a difference. Each line is tested by itself: of twenty without a difference about one shows one by chance.",
        "aside",
    )  # fmt: skip
    yield _reached(one, other, called, shared)


def _verdicts(one: Results, other: Results, called: tuple[str, str]) -> ReportTable:
    first, second = (judge(each, PROFILES[DEFAULT]) for each in (one, other))
    rows = tuple(
        (ReportCell(str(a.row).capitalize(), "base"), _told(a, a), _told(b, a))
        for a, b in zip(first.rows, second.rows, strict=True)
    )
    return ReportTable("", ("", *called), rows, prose=True)


def _told(row: RowVerdict, base: RowVerdict) -> ReportCell:
    """With bold where it is not what the first duel says."""
    said = row.winner or str(row.ruling)
    return ReportCell(said, "differs" if said != (base.winner or str(base.ruling)) else "", row.size)  # fmt: skip


# -- settings ---------------------------------------------------------------------------------------
def _settings(results: Results) -> dict[str, str]:
    match = results.match
    found = {**results.machine, "template": match.template, "dataset": match.dataset, "SHA-256 of its arrays": results.dataset_hash}  # fmt: skip
    found |= {"contestants": ", ".join(c.name for c in match.contestants), "seeds": value_text(match.seeds), "device": match.device}  # fmt: skip
    found |= {name: value_text(value) for name, value in match.parameters.items()}
    if match.target:
        found["target"] = f"{match.target.metric} {match.target.value:g}"
    for one in results.measured:
        packages: Mapping[str, object] = one.environment.get("packages") or {}
        found |= {name: str(packages[name]) for name in _PACKAGES if name in packages}
        found |= {name: value_text(one.environment[name]) for name in ("python", "threads") if name in one.environment}  # fmt: skip
    return found


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[tuple[ReportCell, ...]]:  # fmt: skip
    for name in dict.fromkeys((*one, *other)):
        first, second = one.get(name, "–"), other.get(name, "–")
        if first != second:
            yield ReportCell(name), ReportCell(first), ReportCell(second)


# -- figures ----------------------------------------------------------------------------------------
def _reached(one: Results, other: Results, called: tuple[str, str], shared: Sequence[str]) -> ReportTable:  # fmt: skip
    rows = [
        (ReportCell(name), ReportCell(figure.title), *cells)
        for figure in _figures(one, other)
        for name in shared
        if (cells := _pair(figure, name, one, other))
    ]
    return ReportTable("", ("", "figure", "second against first", *called), tuple(rows), prose=True)


def _figures(one: Results, other: Results) -> list[Figure]:
    both = [name for name in names(one) if name in names(other)]
    listed = [figure for figure in FIGURES if figure.name in both]
    lead = leading(both)
    tested = [figure_of(name) for name in both if name.startswith("test/") and (lead is None or name != lead.name)]  # fmt: skip
    return [*([lead] if lead else []), *tested, *listed]


def _pair(figure: Figure, name: str, one: Results, other: Results) -> tuple[ReportCell, ...]:
    values = [_values(figure, name, results) for results in (one, other)]
    if not all(map(len, values)):
        return ()
    cells = []
    for found in values:
        mean, low, high = mean_interval(figure, found.tolist())
        cells.append(ReportCell(value_words(figure, mean), aside=spread_words(figure, low, high)))
    return ReportCell(_against(figure, *values)), *cells


def _values(figure: Figure, name: str, results: Results) -> np.ndarray:
    found = next((e.values.values() for e in entries(results, figure.name) if e.name == name), ())
    return np.array([value for value in found if value > 0 or not figure.ratio])


def _against(figure: Figure, first: np.ndarray, second: np.ndarray) -> str:
    scaled = [np.log(values) if figure.ratio else values for values in (first, second)]
    difference = float(scaled[1].mean() - scaled[0].mean())
    interval = Figures.of(scaled[1], scaled[0], paired=False, confidence=_CONFIDENCE).interval
    ends = (difference, *(interval or ()))
    words = [_signed(math.exp(end) - 1) if figure.ratio else _plus(end) for end in ends]
    return words[0] + (f" ({words[1]} to {words[2]})" if interval else "")


def _signed(share: float) -> str:
    return f"+{percent(share)}" if share > 0 else percent(share)


def _plus(value: float) -> str:
    return f"+{number(value)}" if value > 0 else number(value)
