"""The page about the exports of all templates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.versions import versions
from runners.export.formats import Format, Precision
from runners.export.manifest import Check
from runners.export.scoring import HELD
from runners.protocol import FRAMEWORKS, Framework
from workbench.report.content import ReportCell, ReportTable
from workbench.report.document import Block, Bullets, Document, Heading, Text

_HOW = (
    "Each template was trained once in each framework, for some seconds only, and its model exported to every format that can be made here. Each export was loaded in its "
    "runtime, in a fresh process, and compared with the trained model on at most 1,000 held-out samples."
)
_READ = (
    "A number is the largest difference of any output, relative to the largest of the trained model's outputs. Formats of 8 bits are held to what they tell: beside the share of equal "
    "predictions stands what the figure of the task was and became. A dash: it was not made; the reasons stand below. An empty cell was not asked for."
)
_LIMITS = (
    "float32 may differ by 1e-4 and must agree in 99.9 % of the predictions, float16 by 1e-2 and in 99 %. With 8 bits 95 % must agree, and the task's own figure may be worse by "
    "0.02 at most: accuracy, or the root mean squared error in standard deviations of what is predicted, or in brightness."
)


@dataclass(frozen=True)
class Cell:
    """``problem`` says why the export was not made, or why it did not pass."""

    template: str
    framework: Framework
    format: Format
    check: Check | None
    problem: str = ""

    @property
    def failed(self) -> bool:
        """Whether it was made, or can be made here in general, and is not good."""
        return self.check is not None and not self.check.passed

    @property
    def words(self) -> str:
        if self.check is None:
            return "–"
        if self.format.precision is Precision.QUANTISED:
            told = _quantised(self.check)
        else:
            told = _difference(self.check.largest)
        return told if self.check.passed else f"failed: {told}"


def _difference(largest: float | None) -> str:
    return "–" if largest is None else f"{largest:.0e}" if largest else "0"


def _quantised(check: Check) -> str:
    agreement = "" if check.agreement is None else f"{100 * check.agreement:.3g} %, "
    held = {one.metric for one in HELD.values()}
    name = next((name for name in check.metrics if name in held), "")
    before, after = check.metrics.get(name, (0.0, 0.0))
    return f"{agreement}{name.replace('_', ' ')} {before:.3g} → {after:.3g}"


def page(cells: Sequence[Cell]) -> Document:
    made = sum(cell.check is not None for cell in cells)
    good = made - sum(cell.failed for cell in cells)
    facts = (("Versions", versions()), ("Exports", f"{made} made, {good} passed their check"))
    return Document("What every template can be exported to", facts, tuple(_blocks(cells)))


def _blocks(cells: Sequence[Cell]) -> Iterator[Block]:
    yield Text("This page was written by python -m benchmarks.exports, which makes it on any machine.")  # fmt: skip
    for text in (_HOW, _READ, _LIMITS):
        yield Text(text)
    for framework in FRAMEWORKS:
        if mine := [cell for cell in cells if cell.framework is framework]:
            yield Heading(framework.display_name)
            yield _table(mine)
    if failed := [cell for cell in cells if cell.failed]:
        yield Heading("What failed its check")
        yield Bullets(tuple(f"{_name(cell)}: {cell.problem}" for cell in failed))
    if missing := list(_missing(cells)):
        yield Heading("What was not made")
        yield Bullets(tuple(missing))


def _table(cells: Sequence[Cell]) -> ReportTable:
    formats = list(dict.fromkeys(cell.format.id for cell in cells))
    titles = {cell.format.id: cell.format.title for cell in cells}
    found = {(cell.template, cell.format.id): cell for cell in cells}
    templates = dict.fromkeys(cell.template for cell in cells)
    rows = tuple(
        (
            ReportCell(template, "base"),
            *(_cell(found.get((template, format))) for format in formats),
        )
        for template in templates
    )
    return ReportTable("", ("", *(titles[format] for format in formats)), rows)


def _cell(cell: Cell | None) -> ReportCell:
    if cell is None:
        return ReportCell("")
    return ReportCell(cell.words, "bad" if cell.failed else "")


def _missing(cells: Sequence[Cell]) -> Iterator[str]:
    """A sentence for each reason, with all that it holds for."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        if cell.check is None:
            key = (f"{cell.framework.display_name}, {cell.format.title}", _without_paths(cell.problem))  # fmt: skip
            reasons.setdefault(key, []).append(cell.template)
    for (name, problem), templates in reasons.items():
        every = {cell.template for cell in cells}
        whose = "" if set(templates) == every else f" ({', '.join(templates)})"
        yield f"{name}{whose}: {problem}"


def _name(cell: Cell) -> str:
    return f"{cell.framework.display_name}, {cell.format.title}, {cell.template}"


def _without_paths(text: str) -> str:
    """A page is made to be passed on, so it names no path of this machine."""
    return re.sub(r"(?<![\w.])(?:/|[A-Za-z]:\\)[^\s:,]*", "this Python", text)
