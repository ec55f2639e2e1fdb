"""How a metric is spread over the values of a column."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtWidgets import QCheckBox, QSizePolicy

from widgets.explain.box_canvas import BoxCanvas, Spread
from widgets.explain.column_box import ColumnBox
from widgets.explain.part import COMMON_FIELDS, Part, field, foot, offer
from widgets.explain.source import Source, Table
from widgets.new_run.segments import Segments
from widgets.parts import ElidedLabel, column
from widgets.text import plural
from workbench.errors import WorkbenchError
from workbench.explain.distribution import boxes
from workbench.explain.scales import ColumnScale, numbers_of, telling
from workbench.explain.words import figure

_HINT = "Click a group to select its runs."


class DistributionPart(Part):
    glyph = "chart-box-plus-outline"

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.measure, self.by = ColumnBox("Metric"), ColumnBox("By")
        self.log = QCheckBox("log")
        self._log: dict[str, bool] = {}
        self.kind = Segments({"box": "Box", "violin": "Violin"})
        self.kind.setAccessibleName("Kind of plot")
        self.canvas = BoxCanvas()
        self.note = ElidedLabel(_HINT, "dim")
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.tools.set_items([field("Metric", self.measure), self.log, field("by", self.by), self.kind])  # fmt: skip
        layout = column(self.canvas, foot(self.note), space=2)
        layout.setStretch(0, 1)
        layout.setContentsMargins(0, 0, 0, 4)
        self.body.setLayout(layout)
        for box in (self.measure, self.by):
            box.chosen.connect(self.refresh)
        self.kind.changed.connect(self.refresh)
        self.log.toggled.connect(self._turn_log)
        self.canvas.picked.connect(self._pick)
        self.canvas.hovered.connect(self._tell)

    def offer(self) -> None:
        source = self.source
        names = [*source.parameters, *COMMON_FIELDS]
        offer(source, [(self.measure, [*source.metrics, "duration", "samples_per_s"]), (self.by, names)])  # fmt: skip
        if not self.measure.column:
            self.measure.show_column(source.main_metric)

    def columns(self) -> list[str]:
        if not self.measure.column:
            return []
        return [self.measure.column, *([self.by.column] if self.by.column else self.source.parameters or ["framework"])]  # fmt: skip

    def work(self) -> Callable[[Table], Spread]:
        metric, by, log = self.measure.column, self.by.column, self._log.get(self.measure.column)
        parameters = self.source.parameters

        def make(table: Table) -> Spread:
            found = telling(table.columns, metric, parameters, 1) if not by else []
            group = by or (found or parameters or ["framework"])[0]
            values = numbers_of(table[metric])
            if values is None:
                raise WorkbenchError(f"{metric} has no numbers in these runs.")
            scale = ColumnScale.of(metric, table[metric], log)
            return Spread(tuple(boxes(table[group], table[metric])), values, scale, group)

        return make

    def take(self, table: Table, result: Spread) -> None:
        if not self.by.column:
            self.by.show_column(result.by)
        self.log.blockSignals(True)
        self.log.setChecked(result.scale.logarithmic)
        self.log.setEnabled(result.scale.can_be_logarithmic)
        self.log.blockSignals(False)
        violins = self.kind.value == "violin"
        self.canvas.show_spread(result, self.source.marked(table), violins=violins)
        self._tell(-1)

    def _turn_log(self, on: bool) -> None:
        self._log[self.measure.column] = on
        self.refresh()

    def follow(self) -> None:
        if self.table is not None:
            self.canvas.show_marked(self.source.marked(self.table))

    def _pick(self, rows: tuple[int, ...] | None) -> None:
        if self.table is not None:
            picked = self.table.ids[np.array(rows, np.intp)] if rows else ()
            self.source.select(map(int, picked))

    def _tell(self, at: int) -> None:
        spread = self.canvas.spread
        if spread is None:
            return
        if not 0 <= at < len(spread.boxes):
            count = sum(box.n for box in spread.boxes)
            self.note.set_full(f"{plural(count, 'run')} in {plural(len(spread.boxes), 'group')}. {_HINT}")  # fmt: skip
            return
        box = spread.boxes[at]
        self.note.set_full(
            f"{box.label}: {plural(box.n, 'run')}, mean {figure(box.mean)}, median {figure(box.median)}, "
            f"half of them from {figure(box.low_quartile)} to {figure(box.high_quartile)}"
        )
