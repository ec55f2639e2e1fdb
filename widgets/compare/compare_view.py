"""Compare: the selected runs in one plot a metric, and in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from storage.query.fields import FIELDS
from storage.records import Fields, RunRecord, is_system
from widgets import theme
from widgets.choices import Choices
from widgets.compare.color_key import ColorKey
from widgets.compare.layouts import Layouts
from widgets.compare.report_dialog import ReportDialog
from widgets.compare.report_request import report_request
from widgets.compare.style_panel import StylePanel
from widgets.compare.styling import CurveMaker, Styling
from widgets.compare.table import VALUES, ComparisonModel
from widgets.parts import EmptyState, label, line, tool_button
from widgets.plots.plot_curve import PlotCurve
from widgets.plots.plot_files import in_background
from widgets.plots.plot_grid import PlotGrid, PlotSpec
from widgets.plots.turning_splitter import TurningSplitter
from workbench import metrics
from workbench.replicates import words
from workbench.session import Session

_BASELINE = "compare/baseline"
_READ_AT_FIRST = 8
"""So many plots are read before it is known which of them are on the screen."""
_FEW_RUNS = 40
_TABLE_MS = 500
"""The table of more runs is made anew no more often than this."""
_SHOWN_AT_FIRST = ("loss", "train/loss", "val/loss", "train/accuracy", "val/accuracy")
_COLUMN_WIDTH = 136
_ROW_HEIGHT = 25


@dataclass(frozen=True, slots=True)
class _Panel:
    """What a plot is of: one metric first, then those dragged onto it."""

    metrics: tuple[str, ...]
    runs: tuple[int, ...]


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
        self._panels: dict[str, _Panel] = {}
        self._curves: dict[str, dict[tuple[int, str], PlotCurve]] = {}
        self._names: set[str] = set()
        self._maker: CurveMaker | None = None
        self._in_table: list[int] = []
        self.baseline: int | None = (choices.get(_BASELINE, 0) if choices else 0) or None
        self._make_grid()
        self._make_table()
        self._splitter = TurningSplitter(
            self.grid, self._table_side(), 0.6, "compare/split", self._choices
        )
        self.pages = QStackedWidget()
        self.pages.addWidget(
            EmptyState(
                "compare-horizontal",
                "No runs are selected",
                "Select two or more runs on the left (Ctrl or Shift and click) to see them beside each other.",
            )
        )
        self.pages.addWidget(self._splitter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pages)
        session.ready.connect(self._show)
        session.runs_changed.connect(self._runs_changed)
        session.selection_changed.connect(self._show)
        session.points_arrived.connect(self.grid.points_arrived)
        self._table_soon = QTimer(self, singleShot=True, interval=_TABLE_MS)
        self._table_soon.timeout.connect(lambda: self.model.show_runs(self.runs))

    def _make_grid(self) -> None:
        session = self._session
        self.grid = PlotGrid(in_background(session))
        self.grid.told.connect(lambda words: session.notice.emit(words, None))
        self.grid.shown_changed.connect(self._show)
        self.grid.sight_changed.connect(self._read_those_in_sight)
        self.grid.changed.connect(self._remember)
        self.key = ColorKey()
        self.grid.put_below_toolbar(self.key)
        self.style_panel = StylePanel()
        self.style_panel.setParent(self, Qt.WindowType.Popup)
        self.style_panel.chosen.connect(self.set_style)
        self.style_panel.baseline_chosen.connect(self.pin)
        self.style_panel.reset_wanted.connect(self.reset_layout)
        self._style_button = tool_button(
            "palette-outline", "Colours, strokes, plots by parameter, repetitions, baseline"
        )
        self._style_button.clicked.connect(self._open_style)
        self.grid.toolbar.add(self._style_button)
        self.report_button = tool_button(
            "file-document-outline", "Make a report of what is shown (HTML or Markdown)"
        )
        self.report_button.clicked.connect(self.report)
        self.grid.toolbar.add(self.report_button)
        self._fresh = self._layout_now()
        self.layouts = Layouts(session, self._choices, self)
        self.layouts.loaded.connect(self._take_layout)

    def _make_table(self) -> None:
        self.model = ComparisonModel()
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setFont(theme.font())
        self.table.setAccessibleName("Comparison of the selected runs")
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        columns, rows = self.table.horizontalHeader(), self.table.verticalHeader()
        columns.setDefaultSectionSize(_COLUMN_WIDTH)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setIconSize(QSize(12, 12))
        columns.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        columns.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        columns.customContextMenuRequested.connect(self._show_run_menu)
        rows.setDefaultSectionSize(_ROW_HEIGHT)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def _table_side(self) -> QWidget:
        self.differing = QCheckBox("Only what differs")
        self.differing.setChecked(True)
        self.differing.toggled.connect(self.model.show_only_differing)
        self.value = QComboBox()
        self.value.addItems(list(VALUES))
        self.value.setToolTip("Which value of each metric")
        self.value.setAccessibleName("Which value of each metric")
        self.value.currentTextChanged.connect(self.model.show_value)
        self._count = label("", "dim")
        copy = tool_button("content-copy", "Copy the table")
        save = tool_button("content-save-outline", "Save the table as CSV")
        copy.clicked.connect(self.copy_table)
        save.clicked.connect(self._ask_where)
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 4, 8, 4)
        bar.setSpacing(8)
        bar.addWidget(self._count, 1)
        for each in (self.differing, self.value, copy, save):
            bar.addWidget(each)
        side = QWidget()
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(line())
        layout.addLayout(bar)
        layout.addWidget(line())
        layout.addWidget(self.table, 1)
        return side

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

    def _show_run_menu(self, place: QPoint) -> None:
        column = self.table.horizontalHeader().logicalIndexAt(place)
        if not 0 <= column < len(self.runs):
            return
        run = self.runs[column]
        pinned = run.id == self.baseline
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(
            "Unpin the baseline" if pinned else "Pin as the baseline",
            lambda: self.pin(None if pinned else run.id),
        )
        menu.popup(self.table.horizontalHeader().mapToGlobal(place))

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
        self._take_layout(self._fresh)
        self._remember()
        self._session.notice.emit(
            "The plots are arranged as at first", lambda: self._put_back(before)
        )

    def _put_back(self, layout: Any) -> None:
        self._take_layout(layout)
        self._remember()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.layouts.flush()
        super().closeEvent(event)

    # -- showing ------------------------------------------------------------------------------------
    @property
    def runs(self) -> list[RunRecord]:
        """The runs to show."""
        known = self._session.runs
        wanted = dict.fromkeys((self.baseline or 0, *self._session.selection))
        return [known[run_id] for run_id in wanted if run_id in known] if self._session.selection else []  # fmt: skip

    def _runs_changed(self, changed: list[RunRecord]) -> None:
        """Take up what changed: the cost is that of the changed runs, unless plots come or go."""
        shown = {*self._session.selection, self.baseline}
        mine = [run for run in changed if run.id in shown]
        if not mine or not self.isVisible():
            return
        anew = self._maker is None or self._style.by_columns or any(
            run.trashed is not None or not self._names.issuperset(run.summary) for run in mine
        )  # fmt: skip
        if anew:
            self._show()
            return
        for key, curves in self._curves.items():
            if self._renew(curves, mine):
                self.grid.update_curves(key, list(curves.values()))
        self._show_table()

    def _renew(self, curves: dict[tuple[int, str], PlotCurve], runs: list[RunRecord]) -> bool:
        changed = False
        for run in runs:
            for metric in run.summary:
                known = curves.get((run.id, metric))
                if known is not None:
                    name = known.name.replace(known.run.name, run.name, 1)
                    count = run.summary[metric].count
                    curves[run.id, metric] = replace(known, run=run, name=name, known=count)
                    changed = True
        return changed

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def _show(self) -> None:
        if not self.isVisible() or self._applying:
            return
        runs = self.runs
        self.pages.setCurrentIndex(1 if runs else 0)
        if runs:
            experiments = {run.experiment for run in runs if run.id in self._session.selection}
            self.layouts.show(experiments.pop() if len(experiments) == 1 else "")
        self.model.show_base(self.baseline)
        self._show_table()
        self._count.setText(f"{len(runs):,} run{'' if len(runs) == 1 else 's'}")
        self._show_plots(runs)

    def _show_table(self) -> None:
        runs = self.runs
        if len(runs) <= _FEW_RUNS or [run.id for run in runs] != self._in_table:
            self._in_table = [run.id for run in runs]
            self.model.show_runs(runs)
        elif not self._table_soon.isActive():
            self._table_soon.start()

    def _show_plots(self, runs: list[RunRecord]) -> None:
        self._maker = CurveMaker(self._session, runs, self._style, self.baseline)
        self.key.show_key(self._maker.color, self._maker.stroke)
        self._names = {name for run in runs for name in run.summary}
        names = metrics.in_order(self._names)
        self.grid.toolbar.offer_x(names)
        specs = [spec for name in names for spec in self._specs(name, runs)]
        wanted = [spec.metric for spec in specs if self.grid.wants(spec)]
        seen = set(self.grid.in_sight) if self.grid.plots else set(wanted[:_READ_AT_FIRST])
        self._read(seen.intersection(wanted))
        self.grid.show_specs(
            [
                replace(spec, curves=list(self._curves.get(spec.metric, {}).values()))
                for spec in specs
            ]
        )

    def _specs(self, name: str, runs: list[RunRecord]) -> list[PlotSpec]:
        """The plot of a metric, or one for each value of the column that parts them, without their curves."""
        assert self._maker is not None
        shown = _shown_at_first(name, runs)
        parts = self._maker.panels
        if parts is None:
            return [self._spec(name, name, tuple(run.id for run in runs), shown, "")]
        by_value: dict[str, list[int]] = {}
        for run in runs:
            by_value.setdefault(words(parts.values.get(run.id)), []).append(run.id)
        return [
            self._spec(f"{name} · {parts.column}={value}", name, tuple(ids), shown, f"{parts.column}={value}")
            for value, ids in by_value.items()
        ]  # fmt: skip

    def _spec(self, key: str, name: str, ids: tuple[int, ...], shown: bool, part: str) -> PlotSpec:
        own = self.grid.options(key)
        extra = tuple(run_id for run_id in own.runs if run_id in self._session.runs)
        names = tuple(dict.fromkeys((name, *own.metrics)))
        self._panels[key] = _Panel(names, tuple(dict.fromkeys((*ids, *extra))))
        title = ", ".join(map(metrics.title, names)) + (f" · {part}" if part else "")
        return PlotSpec(key, (), shown, title, names)

    # -- which curves are read ------------------------------------------------------------------------
    def _read_those_in_sight(self) -> None:
        """Only what is on the screen is read; a plot that is scrolled to gets its curves then."""
        if self._maker is None or not self.isVisible():
            return
        seen = set(self.grid.in_sight)
        self._read(seen)
        for key in self.grid.plots:
            self.grid.update_curves(key, list(self._curves.get(key, {}).values()))

    def _read(self, keys: set[str]) -> None:
        settings = self.grid.settings
        x_metric = settings.x_metric
        keys = {key for key in keys if key in self._panels}
        drawn = {key: self._drawn(self._panels[key]) for key in keys}
        wanted = {(run.id, name) for pairs in drawn.values() for run, name in pairs}
        if x_metric:
            wanted |= {(run.id, x_metric) for pairs in drawn.values() for run, _ in pairs}
        whole = settings.needs_all_points
        self._session.watch(self, wanted, whole=whole)
        assert self._maker is not None
        self._curves = {}
        for key in keys:
            names = self._panels[key].metrics
            self._curves[key] = {
                (run.id, name): self._maker.curve(
                    run, name, place=names.index(name), among=len(names), x_metric=x_metric, whole=whole
                )
                for run, name in drawn[key]
            }  # fmt: skip

    def _drawn(self, panel: _Panel) -> list[tuple[RunRecord, str]]:
        known = self._session.runs
        runs = [known[run_id] for run_id in panel.runs if run_id in known]
        return [(run, name) for name in panel.metrics for run in runs if name in run.summary]

    # -- as a report or as text ------------------------------------------------------------------------------------
    def report(self) -> ReportDialog:
        """Ask what a report of this comparison is to hold and where it goes."""
        metrics_of = {key: panel.metrics for key, panel in self._panels.items()}
        request = report_request(self.runs, self.grid, metrics_of, self._style, self.baseline)
        dialog = ReportDialog(self, self._session, request)
        dialog.open()
        return dialog

    def copy_table(self) -> None:
        """As text with tabs, which spreadsheets take."""
        QGuiApplication.clipboard().setText(self.model.as_csv("\t"))
        self._session.notice.emit("Copied the table", None)

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, "Save the table as CSV")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setNameFilter("CSV (*.csv)")
        dialog.selectFile("comparison.csv")
        dialog.fileSelected.connect(lambda path: self.save_table(Path(path)))
        dialog.open()

    def save_table(self, path: Path) -> None:
        table = self.model.as_csv()
        self._session.call(
            lambda _: path.write_text(table, encoding="utf-8"),
            lambda _: self._session.notice.emit(f"Saved the table to {path}", None),
            lambda error: self._session.failed.emit(f"The table could not be saved: {error}"),
        )


def _fields(runs: Sequence[RunRecord]) -> Fields:
    """The columns that these runs have, the parameters in which they differ first."""
    parameters: dict[str, set[str]] = {}
    for run in runs:
        for name, value in run.spec.parameters.items():
            parameters.setdefault(name, set()).add(repr(value))
    ordered = sorted(parameters, key=lambda name: len(parameters[name]) == 1)
    return Fields(
        FIELDS, tuple(ordered), tuple(metrics.in_order(name for run in runs for name in run.summary))
    )  # fmt: skip


def _shown_at_first(name: str, runs: list[RunRecord]) -> bool:
    """Losses and accuracies that change; a metric of one point is in the table."""
    longest = max((run.summary[name].count for run in runs if name in run.summary), default=0)
    return name in _SHOWN_AT_FIRST or (
        longest > 1
        and not is_system(name)
        and name not in ("lr", "samples_per_s", "epoch_s")
        and not name.startswith("test/")
    )
