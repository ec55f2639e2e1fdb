"""Compare: the selected runs in one plot a metric, and in one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from storage.query.fields import FIELDS
from storage.records import Fields, RunRecord
from widgets.choices import Choices
from widgets.compare.color_key import ColorKey
from widgets.compare.compared_plots import ComparedPlots
from widgets.compare.layouts import Layouts
from widgets.compare.report_dialog import ReportDialog
from widgets.compare.report_request import report_request
from widgets.compare.style_panel import StylePanel
from widgets.compare.styling import Styling
from widgets.compare.table_side import TableSide
from widgets.parts import EmptyState, tool_button
from widgets.plots.plot_files import in_background
from widgets.plots.plot_grid import PlotGrid
from widgets.plots.turning_splitter import WIDE, TurningSplitter
from workbench import metrics
from workbench.session import Session

_BASELINE, _TABLE = "compare/baseline", "compare/table"
_PLOTS_SHARE = 0.6
_HIGH = 620
"""So high, or so wide that they stand beside each other, there is room for plots and the table."""


class CompareView(QWidget):
    """Any number of selected runs, in the order they were selected, and the baseline, if one is pinned, before them."""

    def __init__(
        self, session: Session, choices: Choices | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._choices = choices
        self._style = Styling()
        self._applying = False
        self.baseline: int | None = (choices.get(_BASELINE, 0) if choices else 0) or None
        self._wants_table = choices.get(_TABLE, "") if choices else ""
        self.side = TableSide(session)
        self.side.pin_wanted.connect(self.pin)
        self._make_grid()
        self._make_tools()
        self._fresh = self._layout_now()
        self.layouts = Layouts(session, choices, self._fresh, self)
        self.layouts.loaded.connect(self._take_layout)
        self.pages = QStackedWidget()
        self.pages.addWidget(
            EmptyState(
                "compare-horizontal",
                "No runs are selected",
                "Select two or more runs on the left (Ctrl or Shift and click) to see them beside each other.",
            )
        )
        self.pages.addWidget(
            TurningSplitter(self.grid, self.side, _PLOTS_SHARE, "compare/split", choices)
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pages)
        session.ready.connect(self._show)
        session.runs_changed.connect(self._runs_changed)
        session.selection_changed.connect(self._show)
        session.points_arrived.connect(self.grid.points_arrived)

    def _make_grid(self) -> None:
        session = self._session
        self.grid = PlotGrid(in_background(session))
        self.plots = ComparedPlots(session, self.grid)
        self.grid.told.connect(lambda words: session.notice.emit(words, None))
        self.grid.shown_changed.connect(self._show)
        self.grid.sight_changed.connect(self._sight_changed)
        self.grid.changed.connect(self._remember)
        self.key = ColorKey()
        self.grid.put_below_toolbar(self.key)

    def _make_tools(self) -> None:
        self.style_panel = StylePanel()
        self.style_panel.setParent(self, Qt.WindowType.Popup)
        self.style_panel.chosen.connect(self.set_style)
        self.style_panel.baseline_chosen.connect(self.pin)
        self.style_panel.reset_wanted.connect(self.reset_layout)
        self._style_button = tool_button(
            "palette-outline", "Colours, strokes, plots by parameter, repetitions, baseline"
        )
        self._style_button.clicked.connect(self._open_style)
        self.report_button = tool_button(
            "file-document-outline", "Make a report of what is shown (HTML or Markdown)"
        )
        self.report_button.clicked.connect(self.report)
        self.table_button = tool_button("table", "The table of parameters and metrics")
        self.table_button.setCheckable(True)
        self.table_button.clicked.connect(self.show_table)
        for tool in (self._style_button, self.report_button, self.table_button):
            self.grid.toolbar.add(tool)

    # -- what a person chose ------------------------------------------------------------------------
    def set_style(self, style: Styling) -> None:
        """Tell the runs apart in another way."""
        if style != self._style:
            self._style = style
            self.grid.set_replicates(style.replicates)
            self._remember()

    @property
    def style_chosen(self) -> Styling:
        return self._style

    def _open_style(self) -> None:
        self.style_panel.offer(_fields(self.runs), self.runs, self.baseline)
        self.style_panel.show_style(self._style)
        corner = self._style_button.rect().bottomRight()
        self.style_panel.open_at(self._style_button.mapToGlobal(corner))

    def pin(self, run_id: int | None) -> None:
        """Show this run always, stronger than the others, and their values as differences to its."""
        self.baseline = run_id
        if self._choices is not None:
            self._choices.set(_BASELINE, run_id or 0)
        self._show()

    def report(self) -> ReportDialog:
        """Ask what a report of this comparison is to hold and where it goes."""
        request = report_request(
            self.runs, self.grid, self.plots.metrics_of, self._style, self.baseline
        )
        dialog = ReportDialog(self, self._session, request)
        dialog.open()
        return dialog

    # -- the table ------------------------------------------------------------------------------------
    def show_table(self, shown: bool) -> None:
        """Show the table from now on, or leave all room to the plots."""
        self._wants_table = "shown" if shown else "hidden"
        if self._choices is not None:
            self._choices.set(_TABLE, self._wants_table)
        self._make_room()

    def _make_room(self) -> None:
        """Until a person chose, the table is shown where there is room for it."""
        roomy = self.width() >= WIDE or self.height() >= _HIGH
        shown = self._wants_table == "shown" or (not self._wants_table and roomy)
        self.side.setVisible(shown)
        self.table_button.setChecked(shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    # -- layouts --------------------------------------------------------------------------------------
    def _layout_now(self) -> dict[str, Any]:
        return {**self.grid.to_plain(), "style": self._style.to_plain()}

    def _remember(self) -> None:
        if not self._applying:
            self.layouts.keep(self._layout_now())

    def _take_layout(self, layout: Any) -> None:
        try:
            style = Styling.from_plain(layout["style"])
        except (ValueError, KeyError, TypeError, AttributeError):
            style = Styling()
        self._applying = True
        self._style = style
        self.grid.take_plain(layout)
        self.grid.set_replicates(style.replicates)
        self._applying = False
        self._show()

    def reset_layout(self) -> None:
        """Arrange the plots as at first; `Session.notice` offers the undo."""
        before = self._layout_now()
        self._put_back(self._fresh)
        self.grid.reset()
        self._session.notice.emit(
            "The plots are arranged as at first", lambda: self._put_back(before)
        )

    def _put_back(self, layout: Any) -> None:
        self._take_layout(layout)
        self._remember()

    def hideEvent(self, event: QHideEvent) -> None:
        self.layouts.flush()
        super().hideEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.layouts.flush()
        super().closeEvent(event)

    # -- showing ------------------------------------------------------------------------------------
    @property
    def runs(self) -> list[RunRecord]:
        """The runs to show."""
        known, selected = self._session.runs, self._session.selection
        wanted = dict.fromkeys((self.baseline or 0, *selected)) if selected else {}
        return [known[run_id] for run_id in wanted if run_id in known]

    def _runs_changed(self, changed: list[RunRecord]) -> None:
        shown = {*self._session.selection, self.baseline}
        mine = [run for run in changed if run.id in shown]
        if not mine or not self.isVisible():
            return
        if self.plots.take_changed(mine):
            self.side.show_runs(self.runs, self.baseline)
        else:
            self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def _sight_changed(self) -> None:
        if self.isVisible():
            self.plots.read_those_in_sight()

    def _show(self) -> None:
        if not self.isVisible() or self._applying:
            return
        runs = self.runs
        self.pages.setCurrentIndex(1 if runs else 0)
        if runs:
            experiments = {run.experiment for run in runs if run.id in self._session.selection}
            self.layouts.show(experiments.pop() if len(experiments) == 1 else "")
        self.side.show_runs(runs, self.baseline)
        told_apart = self.plots.show(runs, self._style, self.baseline)
        self.key.show_key(told_apart.color, told_apart.stroke)


def _fields(runs: Sequence[RunRecord]) -> Fields:
    """The columns that these runs have, the parameters in which they differ first."""
    parameters: dict[str, set[str]] = {}
    for run in runs:
        for name, value in run.spec.parameters.items():
            parameters.setdefault(name, set()).add(repr(value))
    ordered = sorted(parameters, key=lambda name: len(parameters[name]) == 1)
    measured = metrics.in_order(name for run in runs for name in run.summary)
    return Fields(FIELDS, tuple(ordered), tuple(measured))
