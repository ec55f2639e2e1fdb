"""Plots in as many columns as there is room for, with the choices that they share and those of each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from widgets.dragged import Dragged
from widgets.parts import EmptyState, line
from widgets.plots.drop_target import Zone
from widgets.plots.plot_area import PlotArea
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.plot_files import Background
from widgets.plots.plot_toolbar import PlotToolbar
from widgets.plots.plot_view import PlotView
from widgets.plots.turns import Turns
from workbench import metrics
from workbench.plot_settings import PlotOptions, PlotSettings
from workbench.replicates import Replicates


@dataclass(frozen=True, slots=True)
class PlotSpec:
    """A plot that can be shown. ``metric`` names what it shows, and is how it is remembered.

    ``title`` is given where the plot is not of that metric alone.
    """

    metric: str
    curves: Sequence[PlotCurve]
    shown: bool = True
    """Whether it is shown unless a person chose otherwise."""
    title: str = ""
    drags: tuple[str, ...] = ()
    """The metrics that are dragged with its title; with none, nothing can be dropped on it either."""


class PlotGrid(QWidget):
    changed = Signal()
    """A person chose something that is to be remembered."""
    shown_changed = Signal()
    """Other plots, or other curves in them, are wanted than before."""
    sight_changed = Signal()
    """Other plots are on the screen than before."""
    told = Signal(str)

    def __init__(self, background: Background | None = None) -> None:
        super().__init__()
        self._background = background
        self._turns = Turns()
        self._choices: dict[str, bool] = {}
        self._options: dict[str, PlotOptions] = {}
        self._order: list[str] = []
        self._specs: dict[str, PlotSpec] = {}
        self._offered: list[tuple[str, bool]] = []
        self._drawn_in: dict[tuple[int, str], list[PlotView]] = {}
        self._seen: list[str] = []
        self._replicates: Replicates | None = None
        self.maximised: str | None = None
        self.plots: dict[str, PlotView] = {}
        self.toolbar = PlotToolbar()
        self._area = PlotArea()
        self._empty = EmptyState(
            "chart-line", "No curves yet", "They appear with the first points that are logged."
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._area)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        for each in (self.toolbar, line()):
            self._layout.addWidget(each)
        self._layout.addWidget(self._stack, 1)
        self._look = QTimer(self, singleShot=True, interval=0)
        self._look.timeout.connect(self._look_around)
        self._area.sight_changed.connect(self._look.start)
        self.toolbar.changed.connect(self._settings_changed)
        self.toolbar.chosen.connect(self.choose)
        self.toolbar.reset_wanted.connect(self.reset)

    def put_below_toolbar(self, widget: QWidget) -> None:
        self._layout.insertWidget(1, widget)

    # -- what is shown --------------------------------------------------------------------------
    def show_specs(self, specs: Sequence[PlotSpec]) -> None:
        """Offer these plots and show those that are wanted, in a person's order or else in this one. Plots that stay keep
        their zoom."""
        self._specs = {spec.metric: spec for spec in specs}
        self._arrange()

    def update_curves(self, metric: str, curves: Sequence[PlotCurve]) -> None:
        """Give a plot that is shown the same curves with newer records."""
        if metric in self.plots:
            self._specs[metric] = replace(self._specs[metric], curves=curves)
            self.plots[metric].set_curves(curves)
            self._index()

    def wants(self, spec: PlotSpec) -> bool:
        """Whether this plot would be shown."""
        return self._choices.get(spec.metric, spec.shown)

    def options(self, metric: str) -> PlotOptions:
        return self._options.get(metric, PlotOptions())

    @property
    def settings(self) -> PlotSettings:
        """What all plots share."""
        return replace(self.toolbar.settings, replicates=self._replicates)

    def set_replicates(self, replicates: Replicates | None) -> None:
        self._replicates = replicates
        self._apply_settings()

    @property
    def in_sight(self) -> list[str]:
        """The plots of which something is on the screen."""
        return [metric for metric, plot in self.plots.items() if plot.in_sight]

    def _look_around(self) -> None:
        """Draw what came into sight."""
        seen = self.in_sight
        for metric in seen:
            self.plots[metric].draw_when_seen()
        if seen != self._seen:
            self._seen = seen
            self.sight_changed.emit()

    def _arrange(self) -> None:
        shown = {spec.metric: spec for spec in self._in_order() if self.wants(spec)}
        for metric in [metric for metric in self.plots if metric not in shown]:
            plot = self.plots.pop(metric)
            plot.hide()
            plot.deleteLater()
        for metric, spec in shown.items():
            self._dress(self.plots.get(metric) or self._make(metric), spec)
        self.plots = {metric: self.plots[metric] for metric in shown}
        self._index()
        self._place()
        offered = [(metric, metric in shown) for metric in self._specs]
        if offered != self._offered:
            self._offered = offered
            self.toolbar.offer(offered)
        self._look.start()

    def _in_order(self) -> list[PlotSpec]:
        """As a person ordered them; those that came later stand behind the one before them."""
        if not self._order:
            return list(self._specs.values())
        known = [name for name in self._order if name in self._specs]
        before = ""
        for name in self._specs:
            if name not in known:
                known.insert(known.index(before) + 1 if before else len(known), name)
            before = name
        return [self._specs[name] for name in known]

    def _dress(self, plot: PlotView, spec: PlotSpec) -> None:
        plot.options = self.options(spec.metric)
        plot.set_curves(spec.curves)
        plot.set_settings(plot.options.over(self.settings))
        title = spec.title or metrics.title(spec.metric)
        plot.set_title(
            title, metrics.unit(spec.metric), Dragged(metrics=spec.drags, plot=spec.metric)
        )

    def _index(self) -> None:
        self._drawn_in = {}
        for plot in self.plots.values():
            for curve in plot.curves:
                self._drawn_in.setdefault(curve.key, []).append(plot)

    def _place(self) -> None:
        if self.maximised not in self.plots:
            self.maximised = None
        alone = self.maximised
        for metric, plot in self.plots.items():
            if alone not in (None, metric):
                plot.hide()
        shown = [self.plots[alone]] if alone is not None else list(self.plots.values())
        self._area.set_plots(shown)
        self._stack.setCurrentIndex(1 if self.plots else 0)
        if any(spec.shown for spec in self._specs.values()):
            self._empty.say("No plot is chosen", "Choose some with the button at the top right.")
        else:
            self._empty.say("No curves yet", "They appear with the first points that are logged.")
        self._look.start()

    def _make(self, metric: str) -> PlotView:
        plot = PlotView(
            metrics.title(metric),
            unit=metrics.unit(metric),
            numbers=metrics.scale(metric),
            background=self._background,
            turns=self._turns,
        )
        plot.x_moved.connect(lambda window: self._follow(plot, window))
        plot.told.connect(self.told)
        plot.options_changed.connect(lambda options: self.set_options(metric, options))
        plot.maximise_wanted.connect(lambda: self.maximise(metric))
        plot.close_wanted.connect(lambda: self.choose(metric, False))
        plot.dropped.connect(lambda what, zone: self._drop(metric, what, zone))
        self.plots[metric] = plot
        return plot

    def points_arrived(self, run_id: int, metric: str) -> None:
        """Draw the plots that show this curve, or have it on the x axis, again, soon."""
        plots = self._drawn_in.get((run_id, metric), ())
        if metric == self.toolbar.settings.x_metric:
            plots = list(self.plots.values())
        for plot in plots:
            plot.mark_dirty()

    # -- what a person does -----------------------------------------------------------------------
    def _settings_changed(self) -> None:
        self._apply_settings()
        self.changed.emit()

    def _apply_settings(self) -> None:
        shared = self.settings
        for metric, plot in self.plots.items():
            plot.set_settings(self.options(metric).over(shared))
        self.shown_changed.emit()

    def choose(self, metric: str, shown: bool) -> None:
        """Show a plot, or do not."""
        self._choices[metric] = shown
        self._offered = [(name, shown if name == metric else on) for name, on in self._offered]
        self._arrange()
        self.changed.emit()
        self.shown_changed.emit()

    def set_options(self, metric: str, options: PlotOptions) -> None:
        """Give a plot choices of its own."""
        before = self.options(metric)
        self._options[metric] = options
        self._arrange()
        self.changed.emit()
        if (before.metrics, before.runs) != (options.metrics, options.runs):
            self.shown_changed.emit()

    def maximise(self, metric: str) -> None:
        """Let a plot fill the grid, or go back to its place."""
        self.maximised = None if self.maximised == metric else metric
        self._place()

    def _drop(self, metric: str, what: Dragged, zone: Zone) -> None:
        if zone is not Zone.INTO:
            self.put(what.plot, beside=metric, behind=zone is Zone.BEHIND)
            return
        options = self.options(metric)
        drawn = {curve.metric for curve in self.plots[metric].curves}
        runs = {curve.run.id for curve in self.plots[metric].curves}
        more = tuple(name for name in what.metrics if name not in drawn)
        others = tuple(run for run in what.runs if run not in runs)
        self.set_options(
            metric,
            replace(options, metrics=(*options.metrics, *more), runs=(*options.runs, *others)),
        )

    def put(self, metric: str, *, beside: str, behind: bool) -> None:
        """Put a plot before or behind another one."""
        order = [spec.metric for spec in self._in_order() if spec.metric != metric]
        if beside in order and metric in self._specs:
            order.insert(order.index(beside) + behind, metric)
            self._order = order
            self._arrange()
            self.changed.emit()

    def _follow(self, moved: PlotView, window: object) -> None:
        """Move the other plots of the same x axis along."""
        if not self.toolbar.linked:
            return
        for plot in self.plots.values():
            if plot is not moved and plot.axis is moved.axis and not plot.settings.locked:
                plot.set_x_window(window)  # type: ignore[arg-type]

    def reset(self) -> None:
        for plot in self.plots.values():
            plot.reset()

    # -- what is remembered -------------------------------------------------------------------------
    def state(self) -> str:
        return json.dumps(self.to_plain())

    def restore(self, text: str) -> None:
        """Take what `state` gave; anything else is left alone."""
        try:
            raw = json.loads(text)
        except ValueError:
            return
        self.take_plain(raw)

    def to_plain(self) -> dict[str, Any]:
        """Which plots are shown, in which order and with which choices."""
        options = {name: each.to_plain() for name, each in self._options.items()}
        return {
            "toolbar": self.toolbar.state(), "shown": dict(self._choices),
            "order": list(self._order), "options": options,
        }  # fmt: skip

    def take_plain(self, raw: Any) -> None:
        """Take what `to_plain` gave; anything else is left alone."""
        try:
            shown: Mapping[str, bool] = raw["shown"]
            choices = {str(metric): bool(on) for metric, on in shown.items()}
            order = [str(metric) for metric in raw.get("order", [])]
            options = {
                str(metric): PlotOptions.from_plain(each)
                for metric, each in raw.get("options", {}).items()
            }
            toolbar = str(raw["toolbar"])
        except (ValueError, TypeError, KeyError, AttributeError):
            return
        self._choices, self._order, self._options = choices, order, options
        self.toolbar.restore(toolbar)
        self._arrange()
