"""The table of a comparison: a column a run, a row a parameter or a metric. A cell is made when it is looked at."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from runners.protocol import Scalar
from storage.records import MetricSummary, RunRecord
from widgets import plain, text, theme
from widgets.icons import run_swatch
from widgets.runs.columns import now
from workbench.comparison import (
    Ranking,
    described_by,
    judged_duration,
    metric_names,
    metric_value,
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
_FEW_COLUMNS = 8
"""More columns than these are repainted as one."""


class _Kind(Enum):
    STATE = auto()
    HEADING = auto()
    PARAMETER = auto()
    METRIC = auto()
    DURATION = auto()


@dataclass(frozen=True, slots=True)
class _Row:
    kind: _Kind
    title: str

    @property
    def judged(self) -> bool:
        return self.kind in (_Kind.METRIC, _Kind.DURATION)


class ComparisonModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self._runs: list[RunRecord] = []
        self._by_id: dict[int, RunRecord] = {}
        self._rows: list[_Row] = []
        self._rankings: dict[_Row, Ranking] = {}
        self._only_differing = True
        self._value = VALUES["Best"]
        self._base: int | None = None
        theme.theme().changed.connect(self._repaint)

    def show_runs(self, runs: Sequence[RunRecord]) -> None:
        """Show these runs. Where they are the ones that are shown, only the columns of those that changed are touched."""
        if [run.id for run in runs] != [run.id for run in self._runs]:
            self._runs, self._by_id = list(runs), {run.id: run for run in runs}
            self._reset(self._made_rows())
            return
        pairs = enumerate(zip(self._runs, runs, strict=True))
        changed = [place for place, (old, new) in pairs if old is not new]
        before = [self._runs[place] for place in changed]
        for place in changed:
            self._runs[place] = self._by_id[runs[place].id] = runs[place]
        if any(
            _has_other_rows(old, self._runs[at]) for at, old in zip(changed, before, strict=True)
        ):
            rows = self._made_rows()
            if rows != self._rows:
                self._reset(rows)
                return
        if self._base in {self._runs[place].id for place in changed}:
            self._repaint()
        self._touch(changed)

    def show_only_differing(self, only: bool) -> None:
        self._only_differing = only
        self._reset(self._made_rows())

    def show_value(self, name: str) -> None:
        """One of `VALUES`."""
        self._value = VALUES[name]
        self._rankings.clear()
        self._repaint()

    def show_base(self, run_id: int | None) -> None:
        """Show beside each measured value how much it differs from that of this run; None shows values alone."""
        self._base = run_id
        self._repaint()
        if self._runs:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._runs) - 1)

    # -- rows ---------------------------------------------------------------------------------------
    def _made_rows(self) -> list[_Row]:
        if not self._runs:
            return []
        parameters = parameter_rows(self._runs)
        if self._only_differing and len(self._runs) > 1:
            parameters = [row for row in parameters if row.differs]
        return [
            _Row(_Kind.STATE, "state"),
            *([_Row(_Kind.HEADING, "Parameters")] if parameters else []),
            *(_Row(_Kind.PARAMETER, row.name) for row in parameters),
            _Row(_Kind.HEADING, "Metrics"),
            *(_Row(_Kind.METRIC, name) for name in metric_names(self._runs)),
            _Row(_Kind.DURATION, "duration"),
        ]

    def _reset(self, rows: list[_Row]) -> None:
        self.beginResetModel()
        self._rows = rows
        self._rankings.clear()
        self.endResetModel()

    def _touch(self, places: Sequence[int]) -> None:
        """Repaint the columns of runs that changed, and the cells that are best now or were."""
        if not places or not self._rows:
            return
        bottom, few = len(self._rows) - 1, len(places) <= _FEW_COLUMNS
        for first, last in zip(places, places, strict=True) if few else [(0, len(self._runs) - 1)]:
            self.dataChanged.emit(self.index(0, first), self.index(bottom, last))
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, first, last)
        for at, row in enumerate(self._rows):
            for place in self._judged_anew(row, places):
                self.dataChanged.emit(self.index(at, place), self.index(at, place))

    def _judged_anew(self, row: _Row, places: Sequence[int]) -> set[int]:
        """Where being the best changed, if the row was looked at before."""
        ranking = self._rankings.get(row)
        if ranking is None:
            return set()
        return {at for place in places for at in ranking.replace(place, self._judged(row, place))}

    def _repaint(self) -> None:
        if self.rowCount():
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    # -- values -------------------------------------------------------------------------------------
    def _scalar(self, row: _Row, run: RunRecord) -> Scalar | None:
        return run.state.value if row.kind is _Kind.STATE else described_by(run).get(row.title)

    def _measured(self, row: _Row, run: RunRecord) -> float | None:
        if row.kind is _Kind.DURATION:
            return run.duration_s(now())
        return metric_value(run, row.title, self._value)

    def _judged(self, row: _Row, place: int) -> float | None:
        run = self._runs[place]
        return judged_duration(run) if row.kind is _Kind.DURATION else self._measured(row, run)

    def _is_best(self, row: _Row, place: int) -> bool:
        if not row.judged:
            return False
        if row not in self._rankings:
            values = [self._judged(row, at) for at in range(len(self._runs))]
            metric = "duration_s" if row.kind is _Kind.DURATION else row.title
            self._rankings[row] = Ranking(metric, values)
        return place in self._rankings[row].best

    def _text(self, row: _Row, run: RunRecord) -> str:
        if not row.judged:
            return _value_text(self._scalar(row, run))
        value = self._measured(row, run)
        shown = (
            text.duration(value) if row.kind is _Kind.DURATION else _metric_text(row.title, value)
        )
        return (
            f"{shown}  {difference}" if (difference := self._difference(row, run, value)) else shown
        )

    def _difference(self, row: _Row, run: RunRecord, value: float | None) -> str:
        """To the base run, with its sign."""
        base = self._base_run
        if base is None or base is run or row.kind is _Kind.DURATION or value is None:
            return ""
        reference = self._measured(row, base)
        if reference is None or not (math.isfinite(value) and math.isfinite(reference)):
            return ""
        return f"{value - reference:+.3g}".replace("-", "−") if value != reference else "="

    @property
    def _base_run(self) -> RunRecord | None:
        return None if self._base is None else self._by_id.get(self._base)

    def _exact(self, row: _Row, run: RunRecord) -> str:
        """For files and tips."""
        if not row.judged:
            return _value_text(self._scalar(row, run))
        value = self._measured(row, run)
        return "" if value is None else repr(value)

    # -- for the view -------------------------------------------------------------------------------
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._runs)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, place = self._rows[index.row()], index.column()
        if row.kind is _Kind.HEADING:
            return QColor(theme.colors().window) if role == Role.BackgroundRole else None
        if role == Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Role.ToolTipRole:
            return self._tip(row, self._runs[place])
        if role in (Role.DisplayRole, Role.FontRole, Role.ForegroundRole):
            return self._look(row, place, role)
        return None

    def _look(self, row: _Row, place: int, role: int) -> Any:
        best = self._is_best(row, place)
        if role == Role.DisplayRole:
            return (_BEST_MARK if best else "") + plain.line(self._text(row, self._runs[place]))
        if not best:
            return None
        return theme.font(bold=True) if role == Role.FontRole else QColor(theme.colors().success)

    def _tip(self, row: _Row, run: RunRecord) -> str | None:
        exact = self._exact(row, run)
        return plain.tip(exact) if exact != self._text(row, run) else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            return self._run_header(self._runs[section], role)
        row = self._rows[section]
        if role == Role.DisplayRole:
            return plain.line(row.title)
        if role == Role.FontRole and row.kind is _Kind.HEADING:
            return theme.font(bold=True)
        if role == Role.ForegroundRole and row.kind is _Kind.HEADING:
            return QColor(theme.colors().text)
        return None

    def _run_header(self, run: RunRecord, role: int) -> Any:
        is_base = run.id == self._base
        if role == Role.DisplayRole:
            return plain.line(run.name) + (" (base)" if is_base else "")
        if role == Role.DecorationRole:
            return run_swatch(run.color)
        if role == Role.ToolTipRole:
            more = "\nthe others are compared with it" if is_base else ""
            return plain.tip(f"#{run.id} {run.name}\n{text.what_it_trains(run.spec)}{more}")
        return None

    # -- as text ------------------------------------------------------------------------------------
    def as_csv(self, separator: str = ",") -> str:
        """What is shown, with every digit; the first line names the runs."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=separator, lineterminator="\n")
        writer.writerow(["", *(run.name for run in self._runs)])
        writer.writerow(["id", *(run.id for run in self._runs)])
        writer.writerows(self._csv_rows())
        return out.getvalue()

    def _csv_rows(self) -> Iterable[list[str]]:
        for row in self._rows:
            if row.kind is not _Kind.HEADING:
                yield [row.title, *(self._exact(row, run) for run in self._runs)]


def _has_other_rows(old: RunRecord, new: RunRecord) -> bool:
    """Whether the change may bring a row or make one differ."""
    if old.summary.keys() != new.summary.keys():
        return True
    same_spec = old.spec is new.spec or old.spec == new.spec
    return not same_spec or old.assigned_device != new.assigned_device


def _metric_text(name: str, value: float | None) -> str:
    if value is not None and math.isfinite(value) and name.endswith("bytes"):
        return text.size(value)
    return text.number(value)


def _value_text(value: Scalar | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
