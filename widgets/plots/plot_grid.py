"""Plots in as many columns as there is room for, with the choices that they share."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from widgets.parts import EmptyState, line, scrolled
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.plot_files import Background
from widgets.plots.plot_toolbar import PlotToolbar
from widgets.plots.plot_view import PlotView
from workbench import metrics

_MINIMUM_WIDTH = 270
_MINIMUM_HEIGHT = 176
_BEST_SHAPE = 1.7
"""Width over height."""


@dataclass(frozen=True, slots=True)
class PlotSpec:
    """A plot that can be shown. ``metric`` names what it shows, and is how it is remembered."""

    metric: str
    curves: Sequence[PlotCurve]
    shown: bool = True
    """Whether it is shown unless a person chose otherwise."""


class PlotGrid(QWidget):
    changed = Signal()
    """A person chose something that is to be remembered."""
    shown_changed = Signal()
    """Other plots are shown than before."""
    told = Signal(str)

    def __init__(self, background: Background | None = None) -> None:
        super().__init__()
        self._background = background
        self._choices: dict[str, bool] = {}
        self._specs: dict[str, PlotSpec] = {}
        self._offered: list[tuple[str, bool]] = []
        self.plots: dict[str, PlotView] = {}
        self.toolbar = PlotToolbar()
        self._area = _Area()
        scroll = scrolled(self._area)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.toolbar)
        layout.addWidget(line())
        self._empty = EmptyState("chart-line", "Nothing to draw", "No points were logged so far.")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(scroll)
        layout.addWidget(self._stack, 1)
        self.toolbar.changed.connect(self._settings_changed)
        self.toolbar.chosen.connect(self._choose)
        self.toolbar.reset_wanted.connect(self.reset)

    # -- what is shown --------------------------------------------------------------------------
    def show_specs(self, specs: Sequence[PlotSpec]) -> None:
        """Offer these plots, in this order, and show those that are wanted. Plots that stay keep their zoom."""
        self._specs = {spec.metric: spec for spec in specs}
        self._arrange()

    def wants(self, spec: PlotSpec) -> bool:
        return self._choices.get(spec.metric, spec.shown)

    def _arrange(self) -> None:
        shown = {metric: spec for metric, spec in self._specs.items() if self.wants(spec)}
        for metric in [metric for metric in self.plots if metric not in shown]:
            plot = self.plots.pop(metric)
            plot.hide()
            plot.deleteLater()
        for metric, spec in shown.items():
            plot = self.plots.get(metric) or self._make(metric)
            plot.set_curves(spec.curves)
            plot.set_settings(self.toolbar.settings)
        self.plots = {metric: self.plots[metric] for metric in shown}
        self._area.set_plots(list(self.plots.values()))
        self._show_empty()
        offered = [(metric, metric in shown) for metric in self._specs]
        if offered != self._offered:
            self._offered = offered
            self.toolbar.offer(offered)

    def _show_empty(self) -> None:
        self._stack.setCurrentIndex(1 if self.plots else 0)
        if self._specs:
            self._empty.say("No plot is chosen", "Choose some with the button at the top right.")
        else:
            self._empty.say("Nothing to draw", "No points were logged so far.")

    def _make(self, metric: str) -> PlotView:
        plot = PlotView(
            metrics.title(metric),
            unit=metrics.unit(metric),
            numbers=metrics.scale(metric),
            background=self._background,
        )
        plot.x_moved.connect(lambda window: self._follow(plot, window))
        plot.told.connect(self.told)
        self.plots[metric] = plot
        return plot

    def points_arrived(self, run_id: int, metric: str) -> None:
        """Draw the plots that show this curve again, soon."""
        for plot in self.plots.values():
            if any(curve.key == (run_id, metric) for curve in plot.curves):
                plot.mark_dirty()

    # -- what a person does -----------------------------------------------------------------------
    def _settings_changed(self) -> None:
        for plot in self.plots.values():
            plot.set_settings(self.toolbar.settings)
        self.changed.emit()

    def _choose(self, metric: str, shown: bool) -> None:
        self._choices[metric] = shown
        self._offered = [(name, shown if name == metric else on) for name, on in self._offered]
        self._arrange()
        self.changed.emit()
        self.shown_changed.emit()

    def _follow(self, moved: PlotView, window: object) -> None:
        """Move the other plots of the same x axis along."""
        if not self.toolbar.linked:
            return
        for plot in self.plots.values():
            if plot is not moved and plot.axis is moved.axis:
                plot.set_x_window(window)  # type: ignore[arg-type]

    def reset(self) -> None:
        for plot in self.plots.values():
            plot.reset()

    # -- what is remembered -------------------------------------------------------------------------
    def state(self) -> str:
        return json.dumps({"toolbar": self.toolbar.state(), "shown": self._choices})

    def restore(self, text: str) -> None:
        """Take what `state` gave; anything else is left alone."""
        try:
            raw = json.loads(text)
            shown: Mapping[str, bool] = raw["shown"]
            self._choices = {str(metric): bool(on) for metric, on in shown.items()}
            self.toolbar.restore(raw["toolbar"])
        except (ValueError, TypeError, KeyError, AttributeError):
            return
        self._arrange()


class _Area(QWidget):
    """Equal columns and equal rows, which share the room or, below a least size, are scrolled."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("page", True)
        self._plots: list[PlotView] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(1)

    def set_plots(self, plots: list[PlotView]) -> None:
        if plots != self._plots:
            self._plots = plots
            self._arrange(self._fitting())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitting() != self._columns:
            self._arrange(self._fitting())

    def _fitting(self) -> int:
        """As many columns as give the plots the shape that is nearest to the best one."""
        count, width, height = max(1, len(self._plots)), self.width(), self._seen_height()

        def misshape(columns: int) -> float:
            rows = -(-count // columns)
            shape = (width / columns) / max(_MINIMUM_HEIGHT, height / rows)
            return abs(math.log(max(shape, 0.01) / _BEST_SHAPE))

        room = max(1, min(count, width // _MINIMUM_WIDTH))
        return min(range(1, room + 1), key=misshape)

    def _seen_height(self) -> int:
        viewport = self.parentWidget()
        return viewport.height() if viewport is not None else self.height()

    def _arrange(self, columns: int) -> None:
        while self._grid.takeAt(0) is not None:
            pass
        for place in range(max(self._grid.columnCount(), columns)):
            self._grid.setColumnStretch(place, 1 if place < columns else 0)
        rows = -(-len(self._plots) // columns)
        for place in range(max(self._grid.rowCount(), rows)):
            self._grid.setRowStretch(place, 1 if place < rows else 0)
        for number, plot in enumerate(self._plots):
            plot.setMinimumSize(0, _MINIMUM_HEIGHT)
            self._grid.addWidget(plot, *divmod(number, columns))
            plot.show()
        self._columns = columns
