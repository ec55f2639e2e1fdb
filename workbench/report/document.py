"""A page as blocks, before it is written in any format: `workbench.report.html` and `workbench.report.markdown` write any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.explain.difference import CodeDifference
from workbench.report.content import ReportNote, ReportPlot, ReportTable
from workbench.report.interval_chart import IntervalChart

Picture = ReportPlot | IntervalChart


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` is 2 for a section, 3 within one."""

    text: str
    level: Literal[2, 3] = 2


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. ``role`` is "answer" for what the page is about, "alarm" for what makes it worthless, "aside" for how to read something."""

    text: str
    role: Literal["", "answer", "alarm", "aside"] = ""


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pictures:
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A finding: a word that classes it (``kind`` is "different", "hint" or "none"), the finding, its figures in a line, and what they mean."""

    tag: str
    kind: Literal["different", "hint", "none"]
    title: str
    figures: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeDiff:
    title: str
    difference: CodeDifference


@dataclass(frozen=True, slots=True)
class CodePair:
    """Two programs side by side, each with its title. A reader opens them where the format can hide them."""

    summary: str
    one: tuple[str, str]
    other: tuple[str, str]


Block = Heading | Text | Bullets | Pictures | ReportTable | Card | CodeDiff | CodePair | ReportNote


@dataclass(frozen=True, slots=True)
class Document:
    """``facts`` stand below the title."""

    title: str
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]

    @property
    def pictures(self) -> list[Picture]:
        return [one for block in self.blocks if isinstance(block, Pictures) for one in block.pictures]  # fmt: skip
