"""How the selected runs differ from one of them: specs, environments, packages and code."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QSplitter,
    QStackedWidget,
    QTableView,
    QWidget,
)

from storage.records import RunRecord
from widgets import theme
from widgets.choices import Choices
from widgets.explain.code_diff import CodeDiff
from widgets.explain.difference_model import DifferenceModel
from widgets.explain.part import field
from widgets.flow import Flow
from widgets.parts import EmptyState, column, label, row, tool_button, while_alive
from widgets.plain import line
from widgets.text import plural
from workbench.explain.difference import (
    CodeDifference,
    Difference,
    Section,
    code_difference,
    differences,
)
from workbench.session import Session

_BASELINE = "compare/baseline"
_MOST_RUNS = 100
_PAUSE_MS = 400
_NO_LIMIT = (1 << 24) - 1
"""Qt's QWIDGETSIZE_MAX."""


class DifferencesPart(QWidget):
    def __init__(self, session: Session, choices: Choices | None) -> None:
        super().__init__()
        self._session, self._choices = session, choices
        self._runs: list[RunRecord] = []
        self._stale, self._asked = True, 0
        self._base: int | None = None
        self.model = DifferenceModel()
        self.base, self.other = QComboBox(), QComboBox()
        self.equal = QCheckBox("Only what differs")
        self.equal.setChecked(True)
        self.table = QTableView()
        self.code = CodeDiff()
        self.code_words = label("", "dim", wrap=True)
        self._note = label("", "dim")
        self._soon = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._soon.timeout.connect(self.refresh)
        self._prepare()
        self._lay_out()
        self.base.activated.connect(self._choose_base)
        self.other.activated.connect(self._read_code)
        self.equal.toggled.connect(self.refresh)
        session.ready.connect(self.refresh)
        session.selection_changed.connect(self.refresh)
        session.runs_changed.connect(self._runs_changed)

    def _prepare(self) -> None:
        for box, name in ((self.base, "Base run"), (self.other, "Run whose code is compared")):
            box.setAccessibleName(name)
            box.setMinimumContentsLength(16)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)  # fmt: skip
        table = self.table
        table.setModel(self.model)
        table.setShowGrid(False)
        table.setFont(theme.font())
        table.setAccessibleName("Differences of the runs")
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.horizontalHeader().setDefaultSectionSize(170)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)  # fmt: skip
        table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.verticalHeader().setDefaultSectionSize(24)
        table.verticalHeader().setMaximumWidth(240)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        QShortcut(QKeySequence.StandardKey.Copy, table, self.copy_table, context=Qt.ShortcutContext.WidgetShortcut)  # fmt: skip

    def _lay_out(self) -> None:
        copy = tool_button("content-copy", "Copy the table")
        copy.clicked.connect(self.copy_table)
        tools = Flow(8)
        tools.set_items([field("Base", self.base), self.equal, copy, self._note])
        copy_code = tool_button("content-copy", "Copy the difference of the code")
        copy_code.clicked.connect(self.copy_code)
        bar = row(field("Code of", self.other), self.code_words, copy_code)
        bar.setContentsMargins(10, 4, 10, 4)
        bar.setStretch(1, 1)
        self._below = below = QWidget()
        below.setLayout(column(bar, self.code, space=0))
        self._words_only = bar.sizeHint().height() + 12
        self.nothing = EmptyState("equal", "Nothing differs", "")
        self.facts = QStackedWidget()
        self.facts.addWidget(self.table)
        self.facts.addWidget(self.nothing)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self.facts)
        splitter.addWidget(below)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        splitter.setChildrenCollapsible(False)
        self.pages = QStackedWidget()
        self.pages.addWidget(
            EmptyState(
                "file-compare",
                "Select two or more runs",
                "Select runs on the left (Ctrl or Shift and click), or brush some in another view, to see how they differ from the first of them.",
            )
        )
        self.pages.addWidget(splitter)
        top = row(tools)
        top.setContentsMargins(10, 2, 10, 6)
        self.setLayout(column(top, self.pages, space=0))
        self.layout().setStretch(1, 1)  # type: ignore[union-attr]

    # -- which runs -------------------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def _runs_changed(self, changed: list[RunRecord]) -> None:
        mine = {run.id for run in self._runs}
        if any(run.id in mine for run in changed) and not self._soon.isActive():
            self._soon.start()

    def _wanted(self) -> list[RunRecord]:
        """The base first: that which was chosen here, else the pinned baseline, else the first selected run."""
        pinned = self._choices.get(_BASELINE, 0) if self._choices else 0
        selection = self._session.selection
        chosen = self._base if self._base in selection else None
        ids = dict.fromkeys(filter(None, (chosen, pinned, *selection))) if selection else {}
        known = self._session.runs
        return [known[run_id] for run_id in ids if run_id in known]

    def _choose_base(self) -> None:
        self._base = self.base.currentData()
        self.refresh()

    def refresh(self) -> None:
        """Compare anew, now or when it is seen."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        wanted = self._wanted()
        runs = self._runs = wanted[:_MOST_RUNS]
        self.pages.setCurrentIndex(1 if len(runs) > 1 else 0)
        left = f", the first {_MOST_RUNS} of {len(wanted):,}" if len(wanted) > len(runs) else ""
        self._note.setText(plural(len(runs), "run") + left)
        self._asked += 1
        if len(runs) < 2:
            return
        self._offer()
        equal_too = not self.equal.isChecked()
        self._session.call(
            lambda _: differences(runs, equal_too=equal_too),
            while_alive(self, partial(self._take, self._asked, runs)),
        )
        self._read_code()

    def _offer(self) -> None:
        before = self.other.currentData()
        for box, runs in ((self.base, self._runs), (self.other, self._runs[1:])):
            with QSignalBlocker(box):
                box.clear()
                for run in runs:
                    box.addItem(f"#{run.id} {line(run.name)}", run.id)
        self.other.setCurrentIndex(max(0, self.other.findData(before)))

    def _take(self, number: int, runs: list[RunRecord], found: list[Difference]) -> None:
        if number != self._asked:
            return
        self.model.show_rows(runs, found, 0)
        self.facts.setCurrentIndex(0 if found else 1)
        self.nothing.say("Nothing differs", "These runs have the same spec, queue options, environment, packages and code facts.")  # fmt: skip
        self.table.clearSpans()
        for at, each in enumerate(self.model.rows):
            if isinstance(each, Section) and len(runs) > 1:
                self.table.setSpan(at, 0, 1, len(runs))

    # -- code -------------------------------------------------------------------------------------
    def _read_code(self) -> None:
        base = self._runs[0]
        other = next((run for run in self._runs if run.id == self.other.currentData()), None)
        if other is None:
            return
        number, folders = self._asked, (Path(base.folder), Path(other.folder))
        self._session.call(
            lambda _: code_difference(*folders, (base.name, other.name)),
            while_alive(self, partial(self._take_code, number, other.id)),
        )

    def _take_code(self, number: int, run_id: int, found: CodeDifference) -> None:
        if number != self._asked or run_id != self.other.currentData():
            return
        added = sum(file.added for file in found.files)
        removed = sum(file.removed for file in found.files)
        files = plural(len(found.files), "file")
        self.code.setVisible(bool(found.files))
        self._below.setMaximumHeight(_NO_LIMIT if found.files else self._words_only)
        self.code_words.setText(found.remark or f"{files} differ, {added:,} lines added, {removed:,} removed")  # fmt: skip
        self.code.show_difference(found)

    # -- as text ----------------------------------------------------------------------------------
    def copy_table(self) -> None:
        QGuiApplication.clipboard().setText(self.model.as_text())
        self._session.notice.emit("Copied the differences", None)

    def copy_code(self) -> None:
        QGuiApplication.clipboard().setText(self.code.toPlainText())
        self._session.notice.emit("Copied the difference of the code", None)
