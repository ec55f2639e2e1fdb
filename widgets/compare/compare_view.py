"""Compare: the selected runs in one plot a metric, and in one table."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from runners.protocol import Framework
from storage.records import RunRecord, is_system
from widgets import theme
from widgets.choices import Choices
from widgets.compare.table import VALUES, ComparisonModel
from widgets.parts import EmptyState, label, line, tool_button
from widgets.plots.plot_curve import Look, PlotCurve
from widgets.plots.plot_grid import PlotGrid, PlotSpec
from widgets.plots.turning_splitter import TurningSplitter
from workbench import metrics
from workbench.session import Session

_CHOICES = "compare/plots"
_SHOWN_AT_FIRST = ("loss", "train/loss", "val/loss", "train/accuracy", "val/accuracy")
_COLUMN_WIDTH = 136
_ROW_HEIGHT = 25


class CompareView(QWidget):
    """Any number of selected runs, in the order they were selected."""

    def __init__(
        self, session: Session, choices: Choices | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._choices = choices
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

    def _make_grid(self) -> None:
        session = self._session
        self.grid = PlotGrid(lambda work, then: session.call(lambda _: work(), then))
        self.grid.told.connect(lambda words: session.notice.emit(words, None))
        self.grid.shown_changed.connect(self._show)
        if self._choices is not None:
            self.grid.restore(self._choices.get(_CHOICES, ""))
        self.grid.changed.connect(self._remember)

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

    def _remember(self) -> None:
        if self._choices is not None:
            self._choices.set(_CHOICES, self.grid.state())

    # -- showing ------------------------------------------------------------------------------------
    @property
    def runs(self) -> list[RunRecord]:
        """The runs to show."""
        known = self._session.runs
        return [known[run_id] for run_id in self._session.selection if run_id in known]

    def _runs_changed(self, changed: list[RunRecord]) -> None:
        if {run.id for run in changed} & set(self._session.selection):
            self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def _show(self) -> None:
        if not self.isVisible():
            return
        runs = self.runs
        self.pages.setCurrentIndex(1 if runs else 0)
        self.model.show_runs(runs)
        self._count.setText(f"{len(runs):,} run{'' if len(runs) == 1 else 's'}")
        self._show_plots(runs)

    def _show_plots(self, runs: list[RunRecord]) -> None:
        names = metrics.in_order(name for run in runs for name in run.summary)
        specs = [PlotSpec(name, (), _shown_at_first(name, runs)) for name in names]
        wanted = {spec.metric for spec in specs if self.grid.wants(spec)}
        self._session.watch(
            self, [(run.id, name) for run in runs for name in run.summary if name in wanted]
        )
        self.grid.show_specs(
            [PlotSpec(spec.metric, self._curves(runs, spec.metric), spec.shown) for spec in specs]
        )

    def _curves(self, runs: list[RunRecord], name: str) -> list[PlotCurve]:
        looks = _looks(runs)
        return [
            PlotCurve(
                run,
                name,
                run.name,
                self._session.curve(run.id, name),
                run.summary[name].count,
                looks[run.spec.framework],
            )
            for run in runs
            if name in run.summary
        ]

    # -- as text ------------------------------------------------------------------------------------
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


def _looks(runs: list[RunRecord]) -> dict[Framework, Look]:
    """Dashes for one of two frameworks: from the same weights and batches their curves lie on each other."""
    mixed = len({run.spec.framework for run in runs}) > 1
    return {
        Framework.PYTORCH: Look.PLAIN,
        Framework.TENSORFLOW: Look.DASHED if mixed else Look.PLAIN,
    }


def _shown_at_first(name: str, runs: list[RunRecord]) -> bool:
    """Losses and accuracies that change; a metric of one point is in the table."""
    longest = max((run.summary[name].count for run in runs if name in run.summary), default=0)
    return name in _SHOWN_AT_FIRST or (
        longest > 1
        and not is_system(name)
        and name not in ("lr", "samples_per_s", "epoch_s")
        and not name.startswith("test/")
    )
