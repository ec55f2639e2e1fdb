"""Numbers that runs predicted in the test part, beside each other: against the truth, and forecasts along time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from runners.protocol import ArtifactKind
from storage.records import RunRecord
from widgets import plain
from widgets.flow_grid import FlowGrid
from widgets.outputs.number_plots import NARROWEST, ForecastPlot, PairsPlot
from widgets.outputs.page import Page, chooser, offer, scrolled_cards, sort_out
from widgets.outputs.run_chip import RunChip
from widgets.outputs.step_slider import StepSlider
from widgets.parts import label, row
from widgets.text import short
from workbench.artifacts import ArtifactCache, ArtifactError
from workbench.predicted import Forecasts, Pairs, parse_forecasts, parse_regression
from workbench.session import Session

_Regressions = list[tuple[RunRecord, tuple[Pairs, ...]]]
_Made = list[tuple[RunRecord, Forecasts]]


class _NumbersPage(Page):
    """A card for each run, of the chosen target or channel."""

    def __init__(self, session: Session, cache: ArtifactCache, glyph: str, what: str) -> None:
        super().__init__(session, cache, glyph)
        self.names = chooser(what)
        self.grid = FlowGrid(NARROWEST, 4)
        self.set_content(scrolled_cards(self.grid))
        self.names.currentIndexChanged.connect(self._draw)

    def _draw(self) -> None:
        raise NotImplementedError

    def _show_cards(self, cards: list[tuple[RunRecord, str, QWidget]]) -> None:
        made = []
        for run, aside, plot in cards:
            card = QWidget()
            layout = QVBoxLayout(card)
            layout.setContentsMargins(0, 0, 0, 8)
            layout.setSpacing(3)
            layout.addWidget(RunChip(run))
            layout.addWidget(label(aside, "dim", scale=0.92))
            layout.addWidget(plot)
            made.append(card)
        self.grid.set_items(made)
        self.show_content()


class RegressionPage(_NumbersPage):
    kind = ArtifactKind.REGRESSION

    def __init__(self, session: Session, cache: ArtifactCache) -> None:
        super().__init__(session, cache, "chart-scatter-plot", "Which target")
        self._found: _Regressions = []
        layout = row(label("Target", "dim"), self.names)
        layout.setContentsMargins(10, 3, 8, 3)
        layout.addStretch(1)
        self.bar.setLayout(layout)

    def show_outputs(self) -> None:
        wanted = self.first_of(ArtifactKind.REGRESSION)
        if not wanted:
            self.say_empty(
                "No predicted numbers yet",
                "A run that learns a regression keeps its predictions of the test part when it ends.",
            )
            return

        def take(found: list[tuple[Pairs, ...] | ArtifactError]) -> None:
            self._found, problems = sort_out(wanted, found)
            offer(
                self.names,
                list(dict.fromkeys(each.name for _, pairs in self._found for each in pairs)),
            )
            self._draw()
            self.tell_problems(problems)

        self.read(wanted, parse_regression, take)

    def _draw(self) -> None:
        name = self.names.currentText()
        chosen = [(run, each) for run, pairs in self._found for each in pairs if plain.line(each.name) == name]  # fmt: skip
        limits = _limits([each for _, each in chosen])
        self._show_cards(
            [(run, _figures(each.figures), PairsPlot(each, run.color, limits)) for run, each in chosen]
        )  # fmt: skip


class ForecastsPage(_NumbersPage):
    kind = ArtifactKind.FORECASTS

    def __init__(self, session: Session, cache: ArtifactCache) -> None:
        super().__init__(session, cache, "chart-timeline-variant", "Which channel")
        self._found: _Made = []
        self.slider = StepSlider()
        layout = row(label("Channel", "dim"), self.names, self.slider, space=12)
        layout.setContentsMargins(10, 3, 8, 3)
        layout.addStretch(1)
        layout.setStretch(2, 6)
        self.bar.setLayout(layout)
        self.slider.slider.setAccessibleName("The step at which the forecast begins")
        self.slider.changed.connect(self._draw)

    def show_outputs(self) -> None:
        wanted = self.first_of(ArtifactKind.FORECASTS)
        if not wanted:
            self.say_empty(
                "No forecasts yet",
                "A run that learns to forecast keeps some windows of the test part when it ends.",
            )
            return

        def take(found: list[Forecasts | ArtifactError]) -> None:
            self._found, problems = sort_out(wanted, found)
            offer(
                self.names,
                list(dict.fromkeys(name for _, made in self._found for name in made.channels)),
            )
            self.slider.set_steps(each.start for _, made in self._found for each in made.windows)
            self._draw()
            self.tell_problems(problems)

        self.read(wanted, parse_forecasts, take)

    def _draw(self) -> None:
        name, start = self.names.currentText(), self.slider.step or 0
        cards: list[tuple[RunRecord, str, QWidget]] = []
        for run, made in self._found:
            channels = [plain.line(each) for each in made.channels]
            windows = [each for each in made.windows if each.start <= start] or list(
                made.windows[:1]
            )
            if name not in channels or not windows:
                continue
            window, channel = max(windows, key=lambda each: each.start), channels.index(name)
            if channel < window.truth.shape[1]:
                cards.append(
                    (run, _figures(made.figures), ForecastPlot(window, channel, run.color))
                )
        self._show_cards(cards)


def _limits(found: Sequence[Pairs]) -> tuple[float, float]:
    """The same for all, so that they can be compared."""
    every = [
        values[np.isfinite(values)] for each in found for values in (each.truth, each.prediction)
    ]
    joined = np.concatenate(every) if every else np.zeros(0)
    return (float(joined.min()), float(joined.max())) if len(joined) else (0.0, 1.0)


_SAID: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "r2": ("R²", lambda value: f"{value:.4f}"),
    "mae": ("MAE", short),
    "rmse": ("RMSE", short),
    "mape": ("MAPE", lambda value: f"{value:.1%}"),
    "naive_mae": ("MAE of the last value", short),
}


def _figures(figures: Mapping[str, float]) -> str:
    known = {name: figures[name] for name in _SAID if isfinite(figures.get(name, float("nan")))}
    return "   ".join(f"{_SAID[name][0]} {_SAID[name][1](value)}" for name, value in known.items())
