"""The runs of a duel as they go on: the state of each, and their curves, pooled by contestant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from runners.protocol import DuelRole
from storage.records import RunRecord, is_system
from widgets.choices import Choices
from widgets.duel.run_table import RunTable, placed
from widgets.parts import button, column, label, line, row
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.plot_files import in_background
from widgets.plots.plot_grid import PlotGrid, PlotSpec
from widgets.plots.tints import Tint
from workbench import metrics
from workbench.duel.match import Match
from workbench.duel.schedule import Part
from workbench.replicates import Replicates, Spread
from workbench.session import Session

_PLOTS = "duel/plots"
_SOON_MS = 200
_LEAST_TABLE = 40
_POOLED = Replicates(spread=Spread.CONFIDENCE)
_SHOWN_AT_FIRST = ("loss", "val/loss", "val/accuracy")
_HIDDEN = ("lr", "samples_per_s", "epoch_s")


class RunsPage(QWidget):
    run_wanted = Signal(int)
    compare_wanted = Signal(list)
    """list[int]: the match runs, to be compared."""

    def __init__(self, session: Session, choices: Choices | None = None) -> None:
        super().__init__()
        self._session, self._choices = session, choices
        self._duel = ""
        self._match: Match | None = None
        self._runs: Mapping[Part, RunRecord] = {}
        self.table = RunTable()
        self.table.setMinimumHeight(_LEAST_TABLE)
        self.compare = button("See them in Compare", "compare-horizontal", flat=True)
        self.grid = PlotGrid(in_background(session))
        self.grid.set_replicates(_POOLED)
        if choices is not None:
            self.grid.restore(choices.get(_PLOTS, ""))
        hint = label("Return on a run goes to it. Curves are means over the seeds, with 95 % bands.", "dim", wrap=True)  # fmt: skip
        foot = row(hint, self.compare)
        foot.setContentsMargins(10, 2, 8, 4)
        foot.setStretch(0, 1)
        layout = column(self.table, foot, line(), self.grid, space=0)
        layout.setStretch(3, 1)
        self.setLayout(layout)
        self.table.opened.connect(self.run_wanted)
        self.compare.clicked.connect(self._compare)
        self.grid.told.connect(lambda words: session.notice.emit(words, None))
        self.grid.shown_changed.connect(self._show_plots)
        self.grid.changed.connect(self._remember)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.refresh)
        session.points_arrived.connect(self.grid.points_arrived)
        session.runs_changed.connect(self._runs_changed)

    def show_duel(self, duel: str, match: Match) -> None:
        """Show its runs, now and whenever they change."""
        self._duel, self._match = duel, match
        self.refresh()

    def refresh(self) -> None:
        """Look at the session's runs again, if somebody sees it."""
        if self._match is None or not self.isVisible():
            return
        self._runs = placed(self._match, self._session.runs.values(), self._duel)
        self.table.show_runs(self._match, self._runs)
        self._show_plots()

    def _runs_changed(self, changed: list[RunRecord]) -> None:
        mine = any(
            run.spec.duel is not None and run.spec.duel.duel == self._duel for run in changed
        )
        if mine and not self._soon.isActive():
            self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    @property
    def match_runs(self) -> list[RunRecord]:
        """Those that are measured, by contestant and seed."""
        runs = [run for part, run in self._runs.items() if part.role is DuelRole.MATCH]
        return sorted(runs, key=lambda run: (_contestant(run), run.spec.seed))

    def _compare(self) -> None:
        self.compare_wanted.emit([run.id for run in self.match_runs])

    def _remember(self) -> None:
        if self._choices is not None:
            self._choices.set(_PLOTS, self.grid.state())

    # -- curves -----------------------------------------------------------------------------------
    def _show_plots(self) -> None:
        runs = self.match_runs
        names = metrics.in_order(name for run in runs for name in run.summary)
        self.grid.toolbar.offer_x(names)
        specs = [PlotSpec(name, (), _shown_at_first(name, runs)) for name in names]
        wanted = {spec.metric for spec in specs if self.grid.wants(spec)}
        x_metric = self.grid.settings.x_metric
        keys = [
            (run.id, name)
            for run in runs
            for name in run.summary
            if name in wanted or name == x_metric
        ]
        self._session.watch(self, keys, whole=True)
        self.grid.show_specs(
            [PlotSpec(each.metric, self._curves(each.metric, runs), each.shown) for each in specs]
        )

    def _curves(self, name: str, runs: Sequence[RunRecord]) -> list[PlotCurve]:
        read = self._session.curve
        x_metric = self.grid.settings.x_metric
        return [
            PlotCurve(
                run, name, run.name, read(run.id, name, whole=True), run.summary[name].count,
                along=read(run.id, x_metric, whole=True) if x_metric in run.summary else None,
                tint=Tint(_contestant(run)), group=self._name(run),
            )
            for run in runs
            if name in run.summary
        ]  # fmt: skip

    def _name(self, run: RunRecord) -> str:
        assert self._match is not None
        return self._match.contestants[_contestant(run)].name


def _contestant(run: RunRecord) -> int:
    part = run.spec.duel
    return part.contestant if part is not None and part.role is DuelRole.MATCH else -1


def _shown_at_first(name: str, runs: Sequence[RunRecord]) -> bool:
    longest = max((run.summary[name].count for run in runs if name in run.summary), default=0)
    return name in _SHOWN_AT_FIRST or (
        longest > 1 and name.startswith("val/") and not is_system(name) and name not in _HIDDEN
    )
