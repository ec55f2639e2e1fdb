"""Runs: the filter, the table and what stands there while it is empty."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QWidget

from storage.errors import QueryError
from storage.records import Aggregate, RunRecord, Scope
from widgets.choices import Choices
from widgets.parts import ElidedLabel, EmptyState, column, row, tool_button, while_alive
from widgets.runs import empty, export
from widgets.runs.chooser import ColumnChooser
from widgets.runs.color_scale import ColorScale
from widgets.runs.column_menu import column_menu
from widgets.runs.columns import Kind
from widgets.runs.columns import column as column_for
from widgets.runs.export_dialog import ask_and_export
from widgets.runs.filter_bar import FilterBar
from widgets.runs.header import RunsHeader
from widgets.runs.listing import Figures, Found, Listing
from widgets.runs.model import RunsModel
from widgets.runs.table import RunsTable
from widgets.runs.views import ViewsButton
from widgets.states import activity
from widgets.text import plural
from workbench.errors import WorkbenchError
from workbench.run_views import View
from workbench.session import Session

_TICK_MS = 1000


class RunsPanel(QWidget):
    """Lists the runs of a `View`. Its selection is the session's, except in the trash, whose runs no other view has."""

    opened = Signal(int)
    menu_wanted = Signal(QPoint)
    view_changed = Signal(object)
    """The View that is shown now."""
    filter_checked = Signal(object)
    """QueryError if the filter cannot be understood, and the list stays as it was; else None."""

    def __init__(self, session: Session, choices: Choices) -> None:
        super().__init__()
        self._session = session
        self._choices = choices
        self._view = View()
        self._total: int | None = None
        self._problem = ""
        self._first_wanted = False
        """The runs that have not ended."""
        self.model = RunsModel(session.runs)
        self.table = RunsTable(self.model)
        self.columns_button = tool_button("view-column-outline", "Choose columns")
        self.views = ViewsButton(session, self._view)
        self.filter_bar = FilterBar(session, choices, self.views, self.columns_button)
        self.filter = self.filter_bar.box
        self.listing = Listing(session, self)
        self._clock = QTimer(self, interval=_TICK_MS)
        self._make_layout()
        self._connect()
        self._recall()

    def _make_layout(self) -> None:
        self._count = ElidedLabel("", "dim")
        foot = row(self._count)
        foot.setContentsMargins(8, 3, 8, 3)
        self._empty = EmptyState("format-list-bulleted", "Reading the runs …", "")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        self._pages.setCurrentIndex(1)
        self.columns_button.clicked.connect(self.choose_columns)
        self.setLayout(column(column(self.filter_bar, margin=6), self._pages, foot, space=0))

    def _connect(self) -> None:
        session, table = self._session, self.table
        session.ready.connect(self._ask)
        session.runs_changed.connect(self._take)
        session.selection_changed.connect(self._follow)
        table.picked.connect(self._pick)
        table.opened.connect(self.opened)
        table.copy_wanted.connect(self.copy)
        table.resized.connect(self._keep_width)
        table.star_wanted.connect(lambda run_id, on: session.edits.star_runs([run_id], on))
        table.customContextMenuRequested.connect(
            lambda point: self.menu_wanted.emit(table.viewport().mapToGlobal(point))
        )
        for header in (table.header, table.pinned_header):
            self._connect_header(header)
        self.model.renamed.connect(session.edits.rename_run)
        self.model.missing.connect(self._fetch)
        self.listing.found.connect(self._list)
        self.listing.summed.connect(self._show_figures)
        self.listing.failed.connect(self._refuse)
        table.itemDelegate().closeEditor.connect(self.listing.refresh)
        self.filter_bar.changed.connect(self._filter)
        self.filter_bar.left_for_list.connect(self._go_to_list)
        self.views.chosen.connect(self.show_view)
        self._clock.timeout.connect(table.viewport().update)

    def _connect_header(self, header: RunsHeader) -> None:
        header.sort_wanted.connect(self._sort)
        header.fit_wanted.connect(self.table.fit_column)
        header.menu_wanted.connect(self._show_column_menu)
        header.dragged.connect(self._reorder)

    def focus_filter(self) -> None:
        self.filter_bar.focus()

    def add_filter(self, field: str, value: str) -> None:
        """List the runs that have this value too, of those that the filter lets through."""
        self.filter_bar.add(field, value)

    # -- the view -----------------------------------------------------------------------------------
    @property
    def view(self) -> View:
        """What is shown, as it can be kept and shown again."""
        return self._view

    def show_view(self, view: View) -> None:
        """Show other columns, or list other runs."""
        if view == self._view:
            return
        before, self._view = self._view, view
        self.model.show_view(view)
        if (view.widths, view.pinned) != (before.widths, before.pinned):
            self.table.size_columns()
        self.filter_bar.show_filter(view.filter, view.scope)
        self.views.show_view(view)
        self._ask()
        self.view_changed.emit(view)

    def _ask(self) -> None:
        numbers = [
            each.term
            for each in self.model.columns
            if each.kind in (Kind.NUMBER, Kind.METRIC, Kind.SECONDS, Kind.ANY)
        ]
        self.listing.ask(self._view.query, numbers, self._view.scales)

    def _filter(self, text: str) -> None:
        self.show_view(replace(self._view, filter=text))

    def _sort(self, place: int, add: bool) -> None:
        shown = self.model.columns[place]
        there = any(each.column == shown.term for each in self._view.sort)
        first = None if there else shown.falling
        self.show_view(self._view.sorted_by(shown.term, descending=first, add=add))

    def _reorder(self, order: list[int]) -> None:
        terms = tuple(self.model.columns[place].term for place in order)
        self.show_view(replace(self._view, columns=terms))

    def _keep_width(self, place: int, width: int) -> None:
        self._view = self._view.sized(self.model.columns[place].term, width)
        self.model.show_view(self._view)
        self.view_changed.emit(self._view)

    def choose_columns(self) -> None:
        """Ask which columns to show, in what order."""
        chooser = ColumnChooser(self, self._view)
        chooser.changed.connect(self.show_view)
        chooser.menu_wanted.connect(self._show_menu_of)
        self.view_changed.connect(chooser.show_view)
        self._session.call(
            lambda workbench: workbench.store.fields(),
            while_alive(chooser, chooser.offer),
            while_alive(chooser, chooser.refuse),
        )
        chooser.show()

    def _show_column_menu(self, place: int, point: QPoint) -> None:
        self._show_menu_of(self.model.columns[place].term if place >= 0 else "", point)

    def _show_menu_of(self, term: str, point: QPoint) -> None:
        place = self.model.column_of(term)
        number = place >= 0 and self.model.is_number(place)
        change, fold = self.show_view, self.table.fold_all
        menu = column_menu(
            self, self._view, term or None, number, change, self.choose_columns, fold, self.export
        )
        menu.popup(point)

    # -- the list -----------------------------------------------------------------------------------
    def _list(self, found: Found) -> None:
        """Show the answer; one that comes while a name is being edited waits until that is done."""
        self._say_problem(None)
        if self.table.editing:
            return
        self._total = found.total
        self.model.show_list(found.runs)
        if self._view.scope is not Scope.TRASHED:
            self.table.show_selection(self._session.selection)
        self._select_first()
        self._describe()

    def _show_figures(self, figures: Figures) -> None:
        self.model.show_aggregates(figures.groups)
        self.model.show_scales(_scales(figures.whole))

    def _refuse(self, error: Exception) -> None:
        if isinstance(error, QueryError):
            self._say_problem(error)
        elif not isinstance(error, WorkbenchError):  # else it is still being opened
            self._session.failed.emit(str(error))

    def _say_problem(self, error: QueryError | None) -> None:
        self._problem = "" if error is None else str(error)
        self.filter_bar.learn()
        self.filter_checked.emit(error)
        self._describe()

    def _take(self, runs: list[RunRecord]) -> None:
        self.model.update(runs, self.table.visible_rows())
        self.listing.refresh()
        self._describe()

    def _fetch(self, ids: list[int]) -> None:
        def failed(error: Exception) -> None:
            self.model.forget_asked()
            self._session.failed.emit(str(error))

        self._session.call(
            lambda workbench: workbench.store.runs_by_id(ids),
            while_alive(self, self.model.add),
            failed,
        )

    # -- selection ------------------------------------------------------------------------------------
    def selected(self) -> tuple[int, ...]:
        """The runs that actions are for, the current one first."""
        trash = self._view.scope is Scope.TRASHED
        return self.table.selected_runs() if trash else self._session.selection

    def _pick(self, ids: tuple[int, ...]) -> None:
        self._session.select(() if self._view.scope is Scope.TRASHED else ids)
        self._describe()

    def _follow(self, ids: tuple[int, ...]) -> None:
        if self._view.scope is not Scope.TRASHED:
            self.table.show_selection(ids)
        self._describe()

    def _go_to_list(self) -> None:
        """Select the first run of the list, which may still have to be asked for."""
        self.table.setFocus(Qt.FocusReason.TabFocusReason)
        self._first_wanted = True
        self._ask()

    def _select_first(self) -> None:
        wanted, self._first_wanted = self._first_wanted, False
        if wanted and self.model.rowCount() and not self.table.selected_runs():
            self.table.selectRow(0)

    def name_of(self, run_id: int) -> str:
        run = self.model.record(run_id)
        return "" if run is None else run.name

    # -- text -----------------------------------------------------------------------------------------
    def copy(self) -> None:
        """Put the selected runs on the clipboard, with the shown columns."""
        ids, columns = list(self.table.selected_runs()), self._view.ordered
        if ids:
            self._session.call(
                lambda workbench: export.as_text(workbench.store, ids, columns), self._copied
            )

    def _copied(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._session.notice.emit(f"Copied {plural(text.count(chr(10)) - 1, 'run')}", None)

    def export(self) -> None:
        """Ask for a file, and write the listed runs into it with the shown columns."""
        ask_and_export(self, self._session, self.model.ids.tolist(), self._view.ordered)

    def _describe(self) -> None:
        shown = len(self.model.ids)
        self._count.set_full(self._problem or " · ".join(self._counts(shown)))
        if self._total is None:
            if self._problem:
                self._empty.say("This filter is not understood", self._problem)
        else:
            self._empty.say(*empty.words(self._view, self._total))
            self._pages.setCurrentIndex(0 if shown else 1)
        active = any(run.state.active for run in self._session.going.values())
        if active != self._clock.isActive():
            self._clock.start() if active else self._clock.stop()

    def _counts(self, shown: int) -> list[str]:
        """``1,234 of 10,000 runs``, ``3 running``, ``2 selected``."""
        if not self._total:
            return []
        of = f"{shown:,} of " if shown != self._total else ""
        chosen = self.selected()
        parts = [of + plural(self._total, "run"), *activity(self._session.going.values())]
        if chosen:
            hidden = len(chosen) - len(self.table.selected_runs())
            parts.append(
                f"{len(chosen):,} selected" + (f" ({hidden:,} not listed)" if hidden else "")
            )
        return parts

    # -- what is remembered -----------------------------------------------------------------------
    def _recall(self) -> None:
        try:
            data = json.loads(self._choices.get("runs/view", "null"))
        except ValueError:
            data = None
        self._view = View.from_json(data)
        self.model.show_view(self._view)
        self.table.size_columns()
        self.filter_bar.show_filter(self._view.filter, self._view.scope)
        self.views.show_view(self._view)
        self._ask()

    def remember(self) -> None:
        self.filter_bar.apply()
        self.filter_bar.remember()
        view = self._view
        self._choices.set("runs/view", json.dumps(view.to_json()))


def _scales(whole: Mapping[str, Aggregate]) -> dict[str, ColorScale]:
    return {
        term: ColorScale(each.minimum, each.maximum, column_for(term).lower)
        for term, each in whole.items()
        if each.minimum is not None and each.maximum is not None
    }
