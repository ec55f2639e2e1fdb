"""Which parameters a metric depends on, computed in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QProgressBar

from widgets.explain.bars import Bars
from widgets.explain.column_box import ColumnBox
from widgets.explain.part import Part, field, offer
from widgets.explain.source import Source, Table
from widgets.parts import button, column, label, scrolled
from workbench.explain.correlation import Correlation, correlations
from workbench.explain.importance import Cancelled, Importances, TooLittle, importances

_FIELDS = ("framework", "template", "mode", "dataset", "device", "seed")
_TICK_MS = 150


class _Progress:
    """Shared with the worker: it is asked at each step whether to go on, and so counts the steps."""

    def __init__(self, columns: int) -> None:
        self.stopped = False
        self._steps, self._of = 0, 9 * columns + 9

    def cancelled(self) -> bool:
        self._steps += 1
        return self.stopped

    @property
    def percent(self) -> int:
        return min(99, 100 * self._steps // self._of)


@dataclass(frozen=True, slots=True)
class _Explained:
    importances: Importances
    correlations: list[Correlation]


class ImportancePart(Part):
    """Computed when it is first seen and when something else is chosen. Where only runs changed, a person asks for it."""

    glyph = "chart-bar"
    column_wanted = Signal(str, str)
    """A column to look at, and the metric that it may explain."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.measure = ColumnBox("Metric")
        self.again = button("Compute again")
        self.cancel = button("Cancel")
        self.bar = QProgressBar()
        self.bar.setFixedWidth(140)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the computation")
        self.bars = Bars()
        self.words = label("", wrap=True)
        self.left_out = label("", "dim", wrap=True)
        self._progress: _Progress | None = None
        self._of: Any = None
        self._clock = QTimer(self, interval=_TICK_MS)
        self._clock.timeout.connect(self._show_progress)
        self._running = field("Computing", self.bar)
        self.tools.set_items(
            [field("Metric", self.measure), self.again, self._running, self.cancel]
        )
        area = scrolled(self.bars, "")
        layout = column(self.words, area, self.left_out, space=4)
        layout.setStretch(1, 1)
        layout.setContentsMargins(0, 0, 0, 6)
        for each in (self.words, self.left_out):
            each.setContentsMargins(12, 2, 12, 2)
        self.body.setLayout(layout)
        self.measure.chosen.connect(self.refresh)
        self.again.clicked.connect(self._compute_again)
        self.cancel.clicked.connect(self.stop)
        self.bars.column_wanted.connect(lambda name: self.column_wanted.emit(name, self.measure.column))  # fmt: skip
        self._set_busy(None)

    # -- reading ----------------------------------------------------------------------------------
    def offer(self) -> None:
        offer(self.source, [(self.measure, self.source.metrics)])
        if not self.measure.column:
            self.measure.show_column(self.source.main_metric)

    def columns(self) -> list[str]:
        metric = self.measure.column
        return [*self.source.parameters, *_FIELDS, metric] if metric else []

    def refresh(self) -> None:
        key = self.source.which, str(self.source.runs), self.measure.column, bool(self.columns())
        if key == self._of and self.isVisible():
            self.again.setVisible(self._progress is None)
            return
        if self.isVisible():
            self._of = key
        super().refresh()

    def _compute_again(self) -> None:
        self._of = None
        self.refresh()

    def work(self) -> Callable[[Table], _Explained]:
        names = [name for name in self.columns() if name != self.measure.column]
        metric, progress = self.measure.column, _Progress(len(names))
        self.stop()
        self._set_busy(progress)

        def compute(table: Table) -> _Explained:
            found = importances(table.columns, metric, names, progress.cancelled)
            linked = correlations(table.columns, metric, names, lambda: progress.stopped)
            return _Explained(found, linked)

        return compute

    def take(self, _table: Table, result: _Explained) -> None:
        self._set_busy(None)
        found = result.importances
        self.words.setText("\n".join(found.words))
        self.bars.show_rows(found.rows, result.correlations, doubtful=not found.trustworthy)
        reasons = (f"{name} {why}" for name, why in found.left_out.items())
        self.left_out.setText(f"Left out: {', '.join(reasons)}." if found.left_out else "")
        self.left_out.setVisible(bool(found.left_out))

    def refuse(self, error: Exception) -> None:
        self._set_busy(None)
        if isinstance(error, Cancelled):
            self.say("Cancelled", "Nothing was computed. “Compute again” starts anew.")
            self.again.show()
        elif isinstance(error, TooLittle):
            self.say("There is too little to learn from", f"{str(error)[:1].upper()}{str(error)[1:]}.")  # fmt: skip
        else:
            super().refuse(error)

    def say_nothing_there(self) -> None:
        self._set_busy(None)
        super().say_nothing_there()

    # -- progress ---------------------------------------------------------------------------------
    def stop(self) -> None:
        """End the computation that goes on."""
        if self._progress is not None:
            self._progress.stopped = True

    def _set_busy(self, progress: _Progress | None) -> None:
        self._progress = progress
        for each in (self._running, self.cancel):
            each.setVisible(progress is not None)
        self.again.setVisible(False)
        self._clock.start() if progress is not None else self._clock.stop()
        self.bar.setValue(0)
        if progress is not None:
            self.say("Computing …", "A random forest learns the metric from the parameters, which takes some seconds.")  # fmt: skip

    def _show_progress(self) -> None:
        if self._progress is not None:
            self.bar.setValue(self._progress.percent)
