"""Live: one run as it trains, with its curves, its output and what it keeps."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from storage.records import RunRecord, is_system
from widgets.choices import Choices
from widgets.live.failure import FailureBox
from widgets.live.run_header import RunHeader
from widgets.live.run_outputs import LiveOutputs
from widgets.parts import EmptyState, line
from widgets.plots.plot_curve import Look, PlotCurve
from widgets.plots.plot_files import in_background
from widgets.plots.plot_grid import PlotGrid, PlotSpec
from widgets.plots.turning_splitter import TurningSplitter
from workbench import metrics
from workbench.session import Session

_CHOICES = "live/plots"
_NOT_SHOWN_AT_FIRST = ("samples_per_s", "epoch_s")
_LOOKS = {"train": Look.PLAIN, "val": Look.DASHED, "test": Look.DOTTED}


class LiveView(QWidget):
    """Shows the current one of the selected runs or, if none is selected, the newest that trains.

    One that was shown while it trained stays when it has ended.
    """

    extend_wanted = Signal(int)

    def __init__(
        self, session: Session, choices: Choices | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._choices = choices
        self._shown_id: int | None = None
        self._make_parts()
        session.ready.connect(self._show)
        session.runs_changed.connect(self._runs_changed)
        session.selection_changed.connect(self._show)
        session.points_arrived.connect(self._points_arrived)

    def _make_parts(self) -> None:
        session = self._session
        self._make_header()
        self.failure = FailureBox(session)
        self.grid = PlotGrid(in_background(session))
        self.grid.told.connect(lambda words: session.notice.emit(words, None))
        self.grid.shown_changed.connect(self._show)
        if self._choices is not None:
            self.grid.restore(self._choices.get(_CHOICES, ""))
        self.grid.changed.connect(self._remember)
        self.outputs = LiveOutputs(session)
        self._splitter = TurningSplitter(self.grid, self.outputs, 0.69, "live/split", self._choices)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.failure)
        layout.addWidget(line())
        layout.addWidget(self._splitter, 1)
        self.pages = QStackedWidget()
        self.pages.addWidget(
            EmptyState(
                "chart-line",
                "Nothing trains now",
                "Select a run on the left to see it, or start one under New run.",
            )
        )
        self.pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.pages)

    def _make_header(self) -> None:
        session = self._session
        self.header = header = RunHeader()
        header.pause_wanted.connect(lambda run_id: session.control.pause_runs([run_id]))
        header.resume_wanted.connect(lambda run_id: session.control.resume_runs([run_id]))
        header.stop_wanted.connect(lambda run_id: session.control.stop_runs([run_id]))
        header.kill_wanted.connect(lambda run_id: session.control.stop_runs([run_id], kill=True))
        header.retry_wanted.connect(
            lambda run_id: session.control.retry_runs([run_id], self._watch)
        )
        header.extend_wanted.connect(self.extend_wanted)

    def _watch(self, runs: list[RunRecord]) -> None:
        self._session.select(run.id for run in runs)

    def _remember(self) -> None:
        if self._choices is not None:
            self._choices.set(_CHOICES, self.grid.state())

    # -- which run ----------------------------------------------------------------------------------
    @property
    def run(self) -> RunRecord | None:
        """The run to show."""
        runs = self._session.runs
        for run_id in self._session.selection:
            if run_id in runs:
                return runs[run_id]
        active = [run.id for run in self._session.going.values() if run.state.active]
        return runs.get(max(active) if active else self._shown_id or 0)

    def _runs_changed(self, changed: list[RunRecord]) -> None:
        run = self.run
        if run is None or run.id != self._shown_id or any(each.id == run.id for each in changed):
            self._show()

    def _points_arrived(self, run_id: int, metric: str) -> None:
        if run_id == self._shown_id:
            self.grid.points_arrived(run_id, metric)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    # -- showing ------------------------------------------------------------------------------------
    def _show(self) -> None:
        if not self.isVisible():
            return
        run = self.run
        self.pages.setCurrentIndex(0 if run is None else 1)
        self._shown_id = run.id if run is not None else None
        if run is None:
            self._session.watch(self, [])
            return
        self.header.show_run(run)
        self.failure.show_run(run)
        self.outputs.show_run(run)
        self._show_plots(run)

    def _show_plots(self, run: RunRecord) -> None:
        groups: dict[str, list[str]] = {}
        for metric in metrics.in_order(run.summary):
            groups.setdefault(metrics.quantity(metric), []).append(metric)
        wanted = [metric for name, group in groups.items() if self._wants(name) for metric in group]
        settings = self.grid.settings
        self.grid.toolbar.offer_x([metric for group in groups.values() for metric in group])
        on_axis = [settings.x_metric] if settings.x_metric in run.summary else []
        self._session.watch(
            self,
            [(run.id, metric) for metric in (*wanted, *on_axis)],
            whole=settings.needs_all_points,
        )
        self.grid.show_specs([self._spec(run, name, group) for name, group in groups.items()])

    def _wants(self, name: str) -> bool:
        return self.grid.wants(PlotSpec(name, (), _shown_at_first(name)))

    def _spec(self, run: RunRecord, name: str, group: list[str]) -> PlotSpec:
        settings, read = self.grid.settings, self._session.curve
        x_metric = settings.x_metric if settings.x_metric in run.summary else ""
        along = read(run.id, x_metric, whole=True) if x_metric else None
        whole = settings.needs_all_points
        curves = [
            PlotCurve(
                run, metric, metrics.source(metric),
                read(run.id, metric, whole=True) if whole else read(run.id, metric),
                run.summary[metric].count, look, along,
            )
            for metric, look in looks(group).items()
        ]  # fmt: skip
        return PlotSpec(name, curves, _shown_at_first(name))


def _shown_at_first(name: str) -> bool:
    if is_system(name):
        return name.endswith("/percent")
    return name not in _NOT_SHOWN_AT_FIRST


def looks(group: list[str]) -> Mapping[str, Look]:
    """How to tell the metrics of one quantity apart; what is logged each step lies behind the rest."""
    if len(group) == 1:
        return {group[0]: Look.PLAIN}
    system = [metric for metric in group if is_system(metric)]
    if system:
        order = (Look.PLAIN, Look.DASHED, Look.DOTTED)
        return {metric: order[place % 3] for place, metric in enumerate(system)}
    return {metric: _LOOKS.get(metrics.split_of(metric), Look.FAINT) for metric in group}
