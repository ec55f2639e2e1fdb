"""Any two columns against each other, coloured by a third, with trends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QCheckBox, QComboBox, QSizePolicy

from storage.records import Cell
from widgets.compare.color_key import ColorKey
from widgets.explain.column_box import ColumnBox
from widgets.explain.part import Part, all_columns, field, foot, offer
from widgets.explain.scatter_canvas import Points, ScatterCanvas
from widgets.explain.shades import Shades
from widgets.explain.source import Source, Table
from widgets.parts import ElidedLabel, column, label
from widgets.plain import line
from workbench.explain.distribution import Trend, linear_trend, local_trend
from workbench.explain.scales import ColumnScale, Floats, numbers_of, telling
from workbench.replicates import words

_TRENDS = {"No trend": (), "Line": (linear_trend,), "Curve": (local_trend,), "Line and curve": (linear_trend, local_trend)}  # fmt: skip
_HINT = "Drag a box around points to select their runs (with Shift: add them)."
_JITTER = 0.5


class ScatterPart(Part):
    glyph = "chart-scatter-plot"

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.across, self.up = ColumnBox("x axis"), ColumnBox("y axis")
        self.color = ColumnBox("Colour by", "nothing")
        self.log_x, self.log_y = QCheckBox("log x"), QCheckBox("log y")
        self._log: dict[str, bool] = {}
        self.trend = QComboBox()
        self.trend.addItems(list(_TRENDS))
        self.trend.setCurrentText("Line")
        self.trend.setAccessibleName("Trend")
        self.canvas = ScatterCanvas(source.session)
        self.key = ColorKey()
        self.words = label("", "dim", wrap=True)
        self.note = ElidedLabel(_HINT, "dim")
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.words.setContentsMargins(10, 0, 10, 0)
        self.tools.set_items(
            [field("x", self.across), self.log_x, field("y", self.up), self.log_y, field("Colour", self.color), self.trend]
        )  # fmt: skip
        layout = column(self.key, self.canvas, self.words, foot(self.note), space=2)
        layout.setStretch(1, 1)
        layout.setContentsMargins(0, 0, 0, 4)
        self.body.setLayout(layout)
        for box in (self.across, self.up, self.color):
            box.chosen.connect(self.refresh)
        self.trend.activated.connect(self.refresh)
        self.log_x.toggled.connect(lambda on: self._turn_log(self.across.column, on))
        self.log_y.toggled.connect(lambda on: self._turn_log(self.up.column, on))
        self.canvas.selected.connect(self._select)
        self.canvas.hovered.connect(self._tell)

    def show_columns(self, x: str, y: str) -> None:
        self.across.show_column(x)
        self.up.show_column(y)
        self.refresh()

    # -- reading ----------------------------------------------------------------------------------
    def offer(self) -> None:
        names = all_columns(self.source)
        offer(self.source, [(self.across, names), (self.up, names), (self.color, names)])
        if not self.up.column and self.source.main_metric:
            self.up.show_column(self.source.main_metric)

    def columns(self) -> list[str]:
        if not self.up.column:
            return []
        first = (
            [self.across.column] if self.across.column else self.source.parameters or ["created"]
        )
        return [*first, self.up.column, *filter(None, [self.color.column])]

    def work(self) -> Callable[[Table], Points]:
        x, y, color, log = self.across.column, self.up.column, self.color.column, dict(self._log)
        parameters, trends = self.source.parameters, _TRENDS[self.trend.currentText()]

        def make(table: Table) -> Points:
            across = x or _most_telling(table, y, parameters)
            scales = tuple(ColumnScale.of(name, table[name], log.get(name)) for name in (across, y))
            places = [_spread(scale, table[scale.column]) for scale in scales]
            units = [_units(scale, table[scale.column]) for scale in scales]
            drawn: Sequence[Trend] = ()
            if all(each is not None for each in units):
                drawn = [trend(*units) for trend in trends]
            shades = (
                Shades.of(ColumnScale.of(color, table[color]), table)
                if color
                else Shades.plain(len(table))
            )
            return Points(places[0], places[1], (scales[0], scales[1]), shades, tuple(drawn))

        return make

    def take(self, table: Table, result: Points) -> None:
        across, up = result.scales
        if not self.across.column:
            self.across.show_column(across.column)
        for box, scale in ((self.log_x, across), (self.log_y, up)):
            box.blockSignals(True)
            box.setChecked(scale.logarithmic)
            box.setEnabled(scale.can_be_logarithmic)
            box.blockSignals(False)
        self.canvas.show_points(result, self.source.marked(table))
        self.key.show_key(result.shades.key, None)
        self._say_trends(result)
        self._tell(None)

    def _turn_log(self, name: str, on: bool) -> None:
        self._log[name] = on
        self.refresh()

    def _say_trends(self, points: Points) -> None:
        logs = [s.column for s in points.scales if s.logarithmic]
        names = {1: ("Trend",), 2: ("Line", "Curve")}.get(len(points.trends), ())
        said = [f"{name}: {t.words}" for name, t in zip(names, points.trends, strict=True)]
        if points.trends and logs and any(len(trend.x) for trend in points.trends):
            said.append(f"of log₁₀ {' and '.join(map(line, logs))}")
        if any(len(trend.x) for trend in points.trends):
            said.append("the bands hold the true course with 95 % confidence")
        self.words.setText("; ".join(said))
        self.words.setVisible(bool(said))

    # -- selection --------------------------------------------------------------------------------
    def follow(self) -> None:
        if self.table is not None:
            self.canvas.show_marked(self.source.marked(self.table))
            self._tell(self.canvas.row)

    def _select(self, rows: NDArray[np.intp], add: bool) -> None:
        if self.table is None:
            return
        before = self.source.session.selection if add else ()
        self.source.select([*before, *map(int, self.table.ids[rows])])

    def _tell(self, row: int | None) -> None:
        table, points = self.table, self.canvas.points
        if table is None or points is None:
            return
        if row is None or row >= len(table):
            there = int(np.isfinite(points.x * points.y).sum())
            missing = len(table) - there
            lost = f", {missing:,} without both values" if missing else ""
            self.note.set_full(f"{there:,} of {len(table):,} runs{lost}. {_HINT}")
            return
        run = self.source.session.runs.get(int(table.ids[row]))
        name = run.name if run else f"run {table.ids[row]}"
        scales = [*points.scales]
        values = [f"{scale.column} {scale.text(table[scale.column][row])}" for scale in scales]
        if self.color.column in table.columns:
            values.append(f"{self.color.column} {words(table[self.color.column][row])}")
        self.note.set_full(f"{name}: {', '.join(values)}")


def _most_telling(table: Table, metric: str, parameters: Sequence[str]) -> str:
    found = telling(table.columns, metric, parameters, 1)
    return found[0] if found else (list(parameters) or ["created"])[0]


def _spread(scale: ColumnScale, cells: Sequence[Cell]) -> Floats:
    """Places on a scale; those of one kind are spread around it, always in the same way."""
    places = scale.places(cells)
    if scale.kinds:
        aside = np.random.default_rng(0).uniform(-_JITTER, _JITTER, len(places))
        places = places + aside * _JITTER / len(scale.kinds)
    return places


def _units(scale: ColumnScale, cells: Sequence[Cell]) -> Any:
    """What a trend is computed from; None for kinds, which have none."""
    numbers = None if scale.kinds else numbers_of(cells)
    if numbers is None:
        return None
    raw = scale.raw(numbers)
    return [None if value != value else value for value in raw.tolist()]
