"""Every figure of a duel as a chart, by the rows of the verdict; of speed also the single steps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from widgets import theme
from widgets.duel.figure_chart import FigureChart, bars
from widgets.duel.reading import Reading
from widgets.duel.scaling_plot import ScalingPlot
from widgets.duel.step_times import DriftPlot, step_shapes
from widgets.flow import Flow
from widgets.flow_grid import FlowGrid
from widgets.icons import run_swatch
from widgets.new_run.segments import Segments
from widgets.outputs.histogram_plot import HistogramPlot
from widgets.parts import EmptyState, button, column, label, row, scrolled
from widgets.text import capital
from workbench.duel import exported, scaling
from workbench.duel.figures import CONDITIONS, Figure, Row, figure_of
from workbench.duel.results import Results
from workbench.duel.rows import names

_CARD, _PLOT = 300, 200
_ROWS = (Row.LEARNING, Row.SPEED, Row.MEMORY, Row.FLEXIBILITY, Row.DEPLOYMENT, Row.MOBILE)
_OF_EXPORTS = (Row.DEPLOYMENT, Row.MOBILE)
SCALING = "scaling"
_NOTHING = ("Nothing of this was measured yet", "Figures come with the runs that finish.")
_NOT_EXPORTED = (
    "No training of this duel was exported",
    "Exported, checked and measured, its models tell who is ahead in deployment and on small devices.",
)
_NOT_SCALED = (
    "Nothing was scaled",
    "Say with which batch sizes and numbers of threads to measure the speed when you start a duel.",
)


class FiguresPage(QWidget):
    export_wanted = Signal()
    """The trainings of the duel are to be exported."""

    def __init__(self) -> None:
        super().__init__()
        self._reading: Reading | None = None
        self.rows = Segments({each: capital(each) for each in (*_ROWS, SCALING)})
        self.rows.setAccessibleName("Figures of")
        self.rows.set_value(Row.SPEED)
        self.key = ColorKey()
        self.cards = FlowGrid(_CARD, maximum_columns=4)
        self.steps = HistogramPlot()
        self.drift = DriftPlot()
        self.plots = FlowGrid(_CARD, maximum_columns=2)
        self.plots.set_items([
            _titled("How long steps took, in ms (all but the slowest hundredth)", self.steps),
            _titled("The median step in each twentieth of a training", self.drift),
        ])  # fmt: skip
        self.noise = label("", "warning", wrap=True)
        self.said = label("", wrap=True)
        self.scaling = FlowGrid(_CARD, maximum_columns=2)
        self.nothing = EmptyState("chart-box-outline", *_NOTHING)
        self.not_scaled = EmptyState("chart-box-outline", *_NOT_SCALED)
        self.export = button("Export the trainings", "file-export-outline", primary=True)
        self.export.clicked.connect(self.export_wanted)
        self.not_exported = EmptyState("chart-box-outline", *_NOT_EXPORTED, self.export)
        page = QWidget()
        page.setProperty("page", True)
        inside = column(
            self.noise, self.said, self.cards, self.key, self.plots, self.scaling, self.nothing, self.not_scaled, self.not_exported, space=10
        )  # fmt: skip
        inside.setContentsMargins(12, 8, 12, 12)
        inside.addStretch(1)
        page.setLayout(inside)
        bar = row(self.rows)
        bar.addStretch(1)
        bar.setContentsMargins(12, 6, 12, 2)
        layout = column(space=0)
        layout.addLayout(bar)
        layout.addWidget(scrolled(page, "Figures"), 1)
        self.setLayout(layout)
        self.rows.changed.connect(self._show)

    def show_reading(self, reading: Reading) -> None:
        self._reading = reading
        self.key.show_names([each.name for each in reading.results.match.contestants])
        self._show()

    def allow_export(self, allowed: bool) -> None:
        """Only the trainings of this home can be exported."""
        self.export.setVisible(allowed)

    def _show(self) -> None:
        if self._reading is None:
            return
        results, chosen = self._reading.results, self.rows.value
        charts = _charts(results, chosen)
        self.cards.set_items(charts)
        shapes = step_shapes(results) if chosen == Row.SPEED else []
        self.plots.setVisible(bool(shapes))
        self.steps.show_shapes(shapes, ridge=False)
        self.drift.show_results(results)
        scaled = self._show_scaling(results) if chosen == SCALING else False
        about_exports = chosen in _OF_EXPORTS and bool(results.exported)
        if about_exports:
            self.said.setText("\n".join(exported.sentences(results)))
        self.said.setVisible(scaled or about_exports)
        self.scaling.setVisible(scaled)
        self.not_scaled.setVisible(chosen == SCALING and not scaled)
        self.key.setVisible(scaled or bool(shapes))
        self.nothing.setVisible(not charts and chosen not in (SCALING, *_OF_EXPORTS))
        self.not_exported.setVisible(chosen in _OF_EXPORTS and not results.exported)
        reason = self._reading.verdict.noise.reason
        self.noise.setText(reason)
        self.noise.setVisible(bool(reason) and chosen in (Row.SPEED, Row.FLEXIBILITY))

    def _show_scaling(self, results: Results) -> bool:
        """Returns whether there is anything to show."""
        said = [*scaling.sentences(results), *scaling.largest(results), *scaling.problems(results)]
        self.said.setText("\n".join(said))
        plots = [(figure, ScalingPlot(results, what, figure, shown)) for what, figure, shown in scaling.drawn(results)]  # fmt: skip
        self.scaling.set_items(
            [_titled(f"{figure.title}{_unit(figure)}", plot) for figure, plot in plots]
        )
        return bool(said or plots)


def _charts(results: Results, chosen: str) -> list[FigureChart]:
    charts = []
    for name in names(results):
        figure = figure_of(name)
        if name not in CONDITIONS and figure.row == chosen and (shown := bars(figure, results)):
            charts.append(FigureChart(figure, shown))
    return charts


def _unit(figure: Figure) -> str:
    return "" if figure.unit == "bytes" else f", {figure.unit}"


class ColorKey(Flow):
    """Which colour is whose."""

    def __init__(self) -> None:
        super().__init__(12)
        self._names: list[str] = []

    def show_names(self, names: Sequence[str]) -> None:
        """The palette's colours in their order are those of the names."""
        if list(names) == self._names:
            return
        self._names = list(names)
        items = []
        for color, name in enumerate(names):
            swatch = label()
            swatch.setPixmap(run_swatch(color))
            item = QWidget()
            item.setLayout(row(swatch, label(name), space=5))
            items.append(item)
        self.set_items(items)


def _titled(title: str, plot: QWidget) -> QWidget:
    frame = QFrame()
    frame.setProperty("role", "panel")
    plot.setFixedHeight(_PLOT)
    layout = column(label(title, "heading", wrap=True, scale=0.95), plot, space=2)
    layout.setContentsMargins(theme.SPACE, 5, theme.SPACE, 4)
    layout.setStretch(1, 1)
    frame.setLayout(layout)
    return frame
