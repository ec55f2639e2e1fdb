"""Parallel coordinates: every run a line over axes of parameters and metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QSizePolicy

from widgets.compare.color_key import ColorKey
from widgets.explain.axis_places import Axes, Axis
from widgets.explain.column_box import ColumnBox
from widgets.explain.parallel_canvas import ParallelCanvas
from widgets.explain.part import Part, all_columns, field, foot, offer
from widgets.explain.shades import Shades
from widgets.explain.source import Source, Table
from widgets.parts import ElidedLabel, button, column
from widgets.plain import tip
from widgets.text import plural
from workbench.explain.scales import ColumnScale, telling

_AXES_AT_FIRST = 7
_HINT = "Drag on an axis to choose a range, drag its name to move it, click its name for more."


@dataclass(frozen=True, slots=True)
class _Made:
    axes: Axes
    shades: Shades
    metric: str


class ParallelPart(Part):
    glyph = "chart-timeline-variant"

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.axes: tuple[Axis, ...] = ()
        self._selected: frozenset[int] | None = None
        self.color = ColumnBox("Colour by", "the last axis")
        self.add = ColumnBox("Add an axis", "column …")
        self.clear = button("Clear")
        self.clear.setToolTip("Take all brushes away (Escape)")
        self.canvas = ParallelCanvas(source.session)
        self.key = ColorKey()
        self.note = ElidedLabel(_HINT, "dim")
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.tools.set_items([field("Colour", self.color), field("Add axis", self.add), self.clear])
        layout = column(self.key, self.canvas, foot(self.note), space=2)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setStretch(1, 1)
        self.body.setLayout(layout)
        self._connect()

    def _connect(self) -> None:
        canvas = self.canvas
        self.color.chosen.connect(self.refresh)
        self.add.chosen.connect(self._add)
        self.clear.clicked.connect(self._clear)
        canvas.brushed.connect(self._select_brushed)
        canvas.axes_wanted.connect(self._change)
        canvas.picked.connect(self._pick)
        canvas.menu_wanted.connect(self._show_menu)
        canvas.hovered.connect(self._tell)

    # -- reading ----------------------------------------------------------------------------------
    def offer(self) -> None:
        names = all_columns(self.source)
        offer(self.source, [(self.color, names), (self.add, names)])

    def columns(self) -> list[str]:
        metric = self.source.main_metric
        if not metric:
            return []
        shown = [axis.column for axis in self.axes] or [*self.source.parameters, metric]
        return [*shown, *filter(None, [self.color.column])]

    def work(self) -> Callable[[Table], _Made]:
        axes, color = self.axes, self.color.column
        parameters, metric = self.source.parameters, self.source.main_metric

        def make(table: Table) -> _Made:
            wanted = axes
            if not wanted:
                chosen = telling(table.columns, metric, parameters, _AXES_AT_FIRST)
                wanted = tuple(Axis(name) for name in (*chosen, metric))
            by = color or wanted[-1].column
            scale = ColumnScale.of(by, table[by])
            return _Made(Axes.of(wanted, table), Shades.of(scale, table), by)

        return make

    def take(self, table: Table, result: _Made) -> None:
        if self.canvas.axes.has_brush and len(self.canvas.axes.axes) == len(result.axes.axes):
            known = {axis.column: axis.brush for axis in self.canvas.axes.axes}
            kept = (replace(axis, brush=known.get(axis.column)) for axis in result.axes.axes)
            result = replace(result, axes=replace(result.axes, axes=tuple(kept)))
        if len(table) > 0 and len(result.axes.axes) > 1:
            self.axes = tuple(replace(axis, brush=None) for axis in result.axes.axes)
        self.canvas.show_axes(result.axes, result.shades, self.source.marked(table))
        self.key.show_key(result.shades.key, None)
        self._tell(None)

    def refuse(self, error: Exception) -> None:
        self.axes = ()
        super().refuse(error)

    # -- selection --------------------------------------------------------------------------------
    def follow(self) -> None:
        if self.table is None:
            return
        if self._selected != frozenset(self.source.session.selection):
            self.canvas.clear_brushes()
        self.canvas.show_marked(self.source.marked(self.table))
        self._tell(None)

    def _select_brushed(self) -> None:
        if self.table is None:
            return
        ids = self.table.ids[self.canvas.bright] if self.canvas.axes.has_brush else ()
        self._select(map(int, ids))

    def _select(self, ids: Any) -> None:
        known = self.source.session.runs
        wanted = [run_id for run_id in ids if run_id in known]
        self._selected = frozenset(wanted)
        self.source.select(wanted)
        self._tell(None)

    def _pick(self, row: int | None) -> None:
        if self.table is not None:
            self.canvas.clear_brushes()
            self._select([] if row is None else [int(self.table.ids[row])])

    def _clear(self) -> None:
        self.canvas.clear_brushes()
        self._select([])

    def _tell(self, row: int | None) -> None:
        if self.table is None:
            return
        if row is not None and row < len(self.table):
            run = self.source.session.runs.get(int(self.table.ids[row]))
            values = (
                f"{axis.column} {scale.text(self.table[axis.column][row])}"
                for axis, scale in zip(self.canvas.axes.axes, self.canvas.axes.scales, strict=True)
            )
            name = run.name if run else f"run {self.table.ids[row]}"
            self.note.set_full(f"{name}: {', '.join(values)}")
            self.canvas.setToolTip(tip(name))
            return
        self.canvas.setToolTip("")
        shown, bright = len(self.table), int(self.canvas.bright.sum())
        count = plural(shown, "run") if bright == shown else f"{bright:,} of {plural(shown, 'run')}"
        self.note.set_full(f"{count}. {_HINT}")

    # -- axes -------------------------------------------------------------------------------------
    def _add(self, name: str) -> None:
        self.add.show_column("")
        if name and name not in {axis.column for axis in self.axes}:
            self._change((*self.axes[:-1], Axis(name), *self.axes[-1:]))

    def _change(self, axes: tuple[Axis, ...]) -> None:
        self.axes = axes
        self.refresh()

    def _show_menu(self, at: int, point: QPoint) -> None:
        canvas, last = self.canvas, len(self.axes) - 1
        axis, scale = canvas.axes.axes[at], canvas.axes.scales[at]
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Turn round", lambda: canvas.flip(at))
        log = menu.addAction("Logarithmic", lambda: canvas.turn_log(at))
        log.setCheckable(True)
        log.setChecked(scale.logarithmic)
        log.setEnabled(scale.can_be_logarithmic)
        menu.addSeparator()
        if at > 0:
            menu.addAction("Move to the left", lambda: canvas.move_axis(at, at - 1))
        if at < last:
            menu.addAction("Move to the right", lambda: canvas.move_axis(at, at + 1))
        menu.addAction("Colour by it", lambda: self._color_by(axis.column))
        remove = menu.addAction("Remove", lambda: canvas.remove(at))
        remove.setEnabled(last > 1)
        menu.popup(point)

    def _color_by(self, name: str) -> None:
        self.color.show_column(name)
        self.refresh()
