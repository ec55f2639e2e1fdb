"""Runs: the filter, the table and what stands there while it is empty."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from storage.records import RunRecord
from widgets.choices import Choices
from widgets.parts import EmptyState, column, label
from widgets.runs.columns import COLUMNS, NAME
from widgets.runs.filter_box import FilterBox
from widgets.runs.model import RunsModel
from widgets.runs.table import RunsTable
from widgets.states import activity
from widgets.text import plural
from workbench.session import Session

_TICK_MS = 1000
_TYPING_MS = 120


class RunsPanel(QWidget):
    """Shows `Session.runs`; its selection is the session's."""

    opened = Signal(int)
    menu_wanted = Signal(QPoint)

    def __init__(self, session: Session, choices: Choices) -> None:
        super().__init__()
        self._session = session
        self._choices = choices
        self.model = RunsModel()
        self.table = RunsTable(self.model)
        self.filter = FilterBox()
        self._count = label("", "dim", scale=0.9)
        self._empty = EmptyState(
            "format-list-bulleted", "No runs yet", "Start one, and it appears here."
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        inner = column(self.filter, margin=6, space=6)
        layout = column(inner, self._pages, self._count, space=0)
        self._count.setContentsMargins(8, 3, 8, 3)
        self.setLayout(layout)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._clock = QTimer(self, interval=_TICK_MS)
        self._connect()
        self._recall()
        self.model.update(session.runs.values())
        self._describe()

    def _connect(self) -> None:
        session, header = self._session, self.table.horizontalHeader()
        session.runs_changed.connect(self._take)
        session.selection_changed.connect(self.table.show_selection)
        self.table.picked.connect(session.select)
        self.table.opened.connect(self.opened)
        self.table.customContextMenuRequested.connect(
            lambda point: self.menu_wanted.emit(self.table.viewport().mapToGlobal(point))
        )
        self.model.renamed.connect(session.rename_run)
        self.filter.textChanged.connect(self._typing.start)
        self.filter.left_for_list.connect(self._go_to_list)
        self._typing.timeout.connect(self._apply_filter)
        self._clock.timeout.connect(self.model.tick)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)

    def focus_filter(self) -> None:
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    # -- what is shown --------------------------------------------------------------------------
    def _take(self, runs: list[RunRecord]) -> None:
        selected = self._session.selection
        self.model.update(runs)
        if selected:
            self.table.show_selection(selected)
        self._describe()

    def _apply_filter(self) -> None:
        self._typing.stop()
        self.model.set_filter(self.filter.text())
        self.table.show_selection(self._session.selection)
        self._describe()

    def _go_to_list(self) -> None:
        self._apply_filter()
        if self.model.rowCount():
            self.table.setFocus(Qt.FocusReason.TabFocusReason)
            if not self.table.selected_runs():
                self.table.selectRow(0)

    def _describe(self) -> None:
        total, shown = self.model.total, self.model.rowCount()
        runs = self._session.runs.values()
        active = any(run.state.active for run in runs)
        part = f"{shown:,} of {plural(total, 'run')}" if shown != total else plural(total, "run")
        self._count.setText(", ".join([part, *activity(runs)]) if total else "")
        if total:
            self._empty.say("No run matches", "Press Esc in the filter to see all of them.")
        else:
            self._empty.say("No runs yet", "Start one, and it appears here.")
        self._pages.setCurrentIndex(0 if shown else 1)
        if active != self._clock.isActive():
            self._clock.start() if active else self._clock.stop()

    # -- columns and what is remembered -----------------------------------------------------------
    def _choose_columns(self, point: QPoint) -> None:
        header = self.table.horizontalHeader()
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for place, each in enumerate(COLUMNS):
            action = menu.addAction(each.title)
            action.setCheckable(True)
            action.setChecked(not header.isSectionHidden(place))
            action.setEnabled(place != NAME)
            action.toggled.connect(
                lambda shown, place=place: header.setSectionHidden(place, not shown)
            )
        menu.popup(header.mapToGlobal(point))

    def _recall(self) -> None:
        state = self._choices.get("runs/columns", QByteArray())
        if not state.isEmpty():
            self.table.horizontalHeader().restoreState(state)
        self.filter.setText(self._choices.get("runs/filter", ""))
        self._apply_filter()

    def remember(self) -> None:
        self._choices.set("runs/columns", self.table.horizontalHeader().saveState())
        self._choices.set("runs/filter", self.filter.text())
