"""What a report says, before it is written in any format. Texts are as they are; who writes them escapes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from storage.records import Cell
from workbench.explain.difference import CodeDifference
from workbench.explain.significance import Significance
from workbench.plot_settings import PlotOptions, PlotSettings
from workbench.ticks import Scale

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What is on the screen, or what was typed: the runs in their order, which metrics are drawn and how.

    Without ``metrics`` those are drawn that the window shows at first. ``base`` is the id of the run that the others are compared with, None is the first.
    ``options`` are one plot's own, by its metric. ``remarks`` say what else is on the screen and not in the report.
    """

    run_ids: tuple[int, ...]
    metrics: tuple[str, ...] = ()
    settings: PlotSettings = field(default_factory=PlotSettings)
    options: Mapping[str, PlotOptions] = field(default_factory=dict)
    base: int | None = None
    title: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A line in units of its plot: exponents of ten on logarithmic axes. NaN is a gap. ``color`` is an index into the palette of runs."""

    label: str
    color: int
    x: Floats
    y: Floats
    faint: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class ReportBand:
    """The area between ``low`` and ``high``, in units of the plot."""

    color: int
    x: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class ReportPlot:
    """``note`` says how many points are shown, and why others are not."""

    title: str
    lines: tuple[ReportLine, ...]
    bands: tuple[ReportBand, ...]
    x_title: str
    x_scale: Scale
    y_scale: Scale
    log_x: bool
    log_y: bool
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    note: str


@dataclass(frozen=True, slots=True)
class ReportCell:
    """``role`` is "best", "base", "differs", "bad" or ""; ``aside`` stands smaller behind the text."""

    text: str
    role: str = ""
    aside: str = ""


@dataclass(frozen=True, slots=True)
class ReportTable:
    """``colors`` are those of the runs, by column or, where a row is a run, by row. ``remark`` says how to read it. One without a ``title``
    belongs to what stands before it. A table of ``prose`` has sentences in its cells, which may take several lines.
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[ReportCell, ...], ...]
    column_colors: tuple[int | None, ...] = ()
    row_colors: tuple[int | None, ...] = ()
    remark: str = ""
    prose: bool = False


@dataclass(frozen=True, slots=True)
class ReportNote:
    """``markdown`` as its author wrote it."""

    title: str
    markdown: str


@dataclass(frozen=True, slots=True)
class ReportContent:
    """``facts`` stand below the title. ``left_out`` says in sentences what is not in the report."""

    title: str
    facts: tuple[tuple[str, str], ...]
    plots: tuple[ReportPlot, ...]
    tables: tuple[ReportTable, ...]
    significances: tuple[Significance, ...]
    chance: str
    """What is to be said of chance before the single comparisons."""
    code: tuple[tuple[str, CodeDifference], ...]
    notes: tuple[ReportNote, ...]
    left_out: tuple[str, ...]


def cell_text(value: Cell | tuple[object, ...]) -> str:
    """A value as a person reads it; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:.6g}".replace("-", "−") if isinstance(value, float) else str(value)
