"""The table of a comparison: a column a run, a row a parameter or a metric."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from runners.protocol import Scalar
from storage.records import MetricSummary, RunRecord
from widgets import plain, text, theme
from widgets.icons import run_swatch
from widgets.runs.columns import now
from workbench.comparison import (
    MetricRow,
    ParameterRow,
    duration_row,
    metric_rows,
    parameter_rows,
)

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
VALUES: dict[str, Callable[[MetricSummary], float | None]] = {
    "Best": lambda summary: summary.best,
    "Last": lambda summary: summary.last,
    "Smallest": lambda summary: summary.minimum,
    "Largest": lambda summary: summary.maximum,
}
"""What of a metric's summary to show."""
_BEST_MARK = "★ "


@dataclass(frozen=True, slots=True)
class _Row:
    """``exact`` is for files; a heading has no values."""

    title: str
    texts: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    best: frozenset[int] = frozenset()

    @property
    def heading(self) -> bool:
        return not self.texts


class ComparisonModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self._runs: Sequence[RunRecord] = ()
        self._rows: list[_Row] = []
        self._only_differing = True
        self._value = "Best"
        theme.theme().changed.connect(self._repaint)

    def show_runs(self, runs: Sequence[RunRecord]) -> None:
        same = [run.id for run in runs] == [run.id for run in self._runs]
        names_same = [run.name for run in runs] == [run.name for run in self._runs]
        self._runs = runs
        self._update(keep=same and names_same)

    def show_only_differing(self, only: bool) -> None:
        self._only_differing = only
        self._update()

    def show_value(self, name: str) -> None:
        """One of `VALUES`."""
        self._value = name
        self._update()

    def _update(self, *, keep: bool = False) -> None:
        """Make the rows again; where only values changed, selection and scrolling stay."""
        rows = self._made_rows()
        if keep and [row.title for row in rows] == [row.title for row in self._rows]:
            self._rows = rows
            self._repaint()
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def _made_rows(self) -> list[_Row]:
        if not self._runs:
            return []
        parameters = parameter_rows(self._runs)
        if self._only_differing and len(self._runs) > 1:
            parameters = [row for row in parameters if row.differs]
        measured = metric_rows(self._runs, VALUES[self._value])
        states = tuple(run.state.value for run in self._runs)
        return [
            _Row("state", states, states),
            *([_Row("Parameters")] if parameters else []),
            *map(_parameter, parameters),
            _Row("Metrics"),
            *map(_metric, measured),
            _duration(duration_row(self._runs, now())),
        ]

    def _repaint(self) -> None:
        if self.rowCount():
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._runs)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, place = self._rows[index.row()], index.column()
        if row.heading:
            return QColor(theme.colors().window) if role == Role.BackgroundRole else None
        best = place in row.best
        if role == Role.DisplayRole:
            return (_BEST_MARK if best else "") + plain.line(row.texts[place])
        if role == Role.ToolTipRole and row.exact[place] != row.texts[place]:
            return plain.tip(row.exact[place])
        if role == Role.FontRole and best:
            return theme.font(bold=True)
        if role == Role.ForegroundRole and best:
            return QColor(theme.colors().success)
        if role == Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            return self._run_header(self._runs[section], role)
        row = self._rows[section]
        if role == Role.DisplayRole:
            return plain.line(row.title)
        if role == Role.FontRole and row.heading:
            return theme.font(bold=True)
        if role == Role.ForegroundRole and row.heading:
            return QColor(theme.colors().text)
        return None

    @staticmethod
    def _run_header(run: RunRecord, role: int) -> Any:
        if role == Role.DisplayRole:
            return plain.line(run.name)
        if role == Role.DecorationRole:
            return run_swatch(run.color)
        if role == Role.ToolTipRole:
            return plain.tip(f"#{run.id} {run.name}\n{text.what_it_trains(run.spec)}")
        return None

    # -- as text ------------------------------------------------------------------------------------
    def as_csv(self, separator: str = ",") -> str:
        """What is shown, with every digit; the first line names the runs."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=separator, lineterminator="\n")
        writer.writerow(["", *(run.name for run in self._runs)])
        writer.writerow(["id", *(run.id for run in self._runs)])
        writer.writerows([row.title, *row.exact] for row in self._rows if not row.heading)
        return out.getvalue()


def _parameter(row: ParameterRow) -> _Row:
    texts = tuple(map(_value_text, row.values))
    return _Row(row.name, texts, texts)


def _metric(row: MetricRow) -> _Row:
    texts = tuple(_metric_text(row.name, value) for value in row.values)
    exact = tuple("" if value is None else repr(value) for value in row.values)
    return _Row(row.name, texts, exact, row.best)


def _metric_text(name: str, value: float | None) -> str:
    if value is not None and math.isfinite(value) and name.endswith("bytes"):
        return text.size(value)
    return text.number(value)


def _duration(row: MetricRow) -> _Row:
    texts = tuple(map(text.duration, row.values))
    exact = tuple("" if value is None else repr(value) for value in row.values)
    return _Row("duration", texts, exact, row.best)


def _value_text(value: Scalar | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
