"""The table beside the plots, with its tools: which values, copy, save, and the baseline by a run's header."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from storage.records import RunRecord
from widgets import theme
from widgets.compare.table import VALUES, ComparisonModel
from widgets.parts import label, line, tool_button
from widgets.saving import ask_where, copy_table, save_table
from widgets.text import plural
from workbench.session import Session

_FEW_RUNS = 40
_PAUSE_MS = 500
"""The table of more runs is made anew no more often than this."""
_COLUMN_WIDTH = 136
_ROW_HEIGHT = 25
_WIDEST_NAMES = 190


class TableSide(QWidget):
    pin_wanted = Signal(object)
    """The id of the run to be the baseline, or None."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._runs: Sequence[RunRecord] = ()
        self._ids: list[int] = []
        self._baseline: int | None = None
        self.model = ComparisonModel()
        self._soon = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._soon.timeout.connect(lambda: self.model.show_runs(self._runs))
        self._make_table()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(line())
        layout.addLayout(self._tools())
        layout.addWidget(line())
        layout.addWidget(self.table, 1)

    def _make_table(self) -> None:
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
        rows.setMaximumWidth(_WIDEST_NAMES)
        rows.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def _tools(self) -> QHBoxLayout:
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
        copy.clicked.connect(self.copy)
        save.clicked.connect(self._ask_where)
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 4, 8, 4)
        bar.setSpacing(8)
        bar.addWidget(self._count, 1)
        for each in (self.differing, self.value, copy, save):
            bar.addWidget(each)
        return bar

    # -- what is shown ----------------------------------------------------------------------------
    def show_runs(self, runs: Sequence[RunRecord], baseline: int | None) -> None:
        """Many runs that change all the time are shown anew now and then."""
        self._runs, self._baseline = runs, baseline
        self._count.setText(plural(len(runs), "run"))
        self.model.show_base(baseline)
        ids = [run.id for run in runs]
        if len(runs) <= _FEW_RUNS or ids != self._ids:
            self._ids = ids
            self.model.show_runs(runs)
        elif not self._soon.isActive():
            self._soon.start()

    def _show_run_menu(self, place: QPoint) -> None:
        column = self.table.horizontalHeader().logicalIndexAt(place)
        if not 0 <= column < len(self._runs):
            return
        run = self._runs[column]
        pinned = run.id == self._baseline
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(
            "Unpin the baseline" if pinned else "Pin as the baseline",
            lambda: self.pin_wanted.emit(None if pinned else run.id),
        )
        menu.popup(self.table.horizontalHeader().mapToGlobal(place))

    # -- as text ----------------------------------------------------------------------------------
    def copy(self) -> None:
        copy_table(self._session, self.model.as_csv("\t"), "the table")

    def _ask_where(self) -> None:
        ask_where(self, "Save the table as CSV", Path("comparison.csv"), "CSV (*.csv)", self.save)

    def save(self, path: Path) -> None:
        save_table(self._session, path, self.model.as_csv(), "the table")
