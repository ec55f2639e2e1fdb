"""Experiments: how many runs each has and since when, its note, and its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from storage.records import Experiment, RunRecord
from widgets import theme
from widgets.dialogs import ask_line, confirm
from widgets.note import Note
from widgets.parts import ElidedLabel, button, column, label, row, scrolled, while_alive
from widgets.plain import line
from widgets.text import moment, plural
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

_AGAIN_MS, _ROW = 500, 26
_NAME = Qt.ItemDataRole.UserRole
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Totals:
    """The runs of one experiment. Times are UTC in microseconds since 1970."""

    name: str
    runs: int = 0
    archived: int = 0
    active: int = 0
    first: int = 0
    last: int = 0


def totals(runs: Iterable[RunRecord]) -> dict[str, Totals]:
    """Of every experiment, the one with the newest run first."""
    by_name: dict[str, list[RunRecord]] = {}
    for run in runs:
        by_name.setdefault(run.experiment, []).append(run)
    counted = [_sum(name, mine) for name, mine in by_name.items()]
    return {each.name: each for each in sorted(counted, key=lambda each: -each.last)}


def _sum(name: str, runs: list[RunRecord]) -> Totals:
    created = [run.created for run in runs]
    archived = sum(run.archived is not None for run in runs)
    active = sum(run.state.active for run in runs)
    return Totals(name, len(runs), archived, active, min(created), max(created))


class ExperimentsDialog(QDialog):
    filter_wanted = Signal(str, str)
    """A field and the value to filter the runs by."""

    def __init__(self, parent: QWidget, session: Session, name: str = "") -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Experiments")
        self.resize(820, 480)
        self._session = session
        self._shown = name
        self._totals: dict[str, Totals] = {}
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find an experiment …")
        self.search.setAccessibleName("Find an experiment")
        self.search.setClearButtonEnabled(True)
        self.list = QTreeWidget()
        self._prepare_list()
        self._make_about()
        self._lay_out()
        self._later = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._later.timeout.connect(self._count)
        self._connect()
        self._count()

    def _prepare_list(self) -> None:
        self.list.setHeaderLabels(["Experiment", "Runs", "Newest"])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAccessibleName("Experiments")
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place in (1, 2):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)

    def _make_about(self) -> None:
        self.title = ElidedLabel("", "heading")
        self.title.setFont(theme.font(1.15, bold=True))
        self.facts = label("", "dim", wrap=True)
        self.note = Note("Add a note on this experiment")
        self.show_runs = button("Show its runs", "filter-outline", primary=True)
        self.rename = button("Rename …", "pencil-outline")
        self.close_button = button("Close")

    def _lay_out(self) -> None:
        offers = row(self.show_runs, self.rename)
        offers.addStretch(1)
        about = column(self.title, self.facts, offers, self.note, margin=4, space=8)
        about.addStretch(1)
        page = QWidget()
        page.setProperty("page", True)
        page.setLayout(about)
        left = QWidget()
        left.setLayout(column(self.search, self.list))
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(scrolled(page, "About the experiment"))
        splitter.setSizes([400, 400])
        foot = row()
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        layout = column(splitter, foot, margin=14)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        for each in (self.show_runs, self.rename, self.close_button):
            each.setAutoDefault(False)

    def _connect(self) -> None:
        self._session.runs_changed.connect(self._later.start)
        self.search.textChanged.connect(self._fill)
        self.list.currentItemChanged.connect(self._choose)
        self.list.itemActivated.connect(self._show_runs)
        self.show_runs.clicked.connect(self._show_runs)
        self.rename.clicked.connect(self._ask_name)
        self.close_button.clicked.connect(self.accept)
        self.note.saved.connect(self._session.edits.note_experiment)

    # -- the list -----------------------------------------------------------------------------------
    def _count(self) -> None:
        self._totals = totals(self._session.runs.values())
        if self._shown not in self._totals:
            self._shown = next(iter(self._totals), "")
        self._fill()
        self._describe()

    def _fill(self) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        wanted = self.search.text().casefold()
        for each in self._totals.values():
            if wanted in each.name.casefold():
                item = QTreeWidgetItem([line(each.name), f"{each.runs:,}", moment(each.last)])
                item.setData(0, _NAME, each.name)
                item.setSizeHint(0, QSize(0, _ROW))
                item.setTextAlignment(1, _RIGHT)
                self.list.addTopLevelItem(item)
                if each.name == self._shown:
                    self.list.setCurrentItem(item)
        self.list.blockSignals(False)

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self._shown = item.data(0, _NAME)
            self._describe()

    # -- the one that is shown ------------------------------------------------------------------------
    def _describe(self) -> None:
        there = self._totals.get(self._shown)
        for each in (self.show_runs, self.rename):
            each.setEnabled(there is not None)
        self.note.setVisible(self.note.whose == self._shown)
        if there is None:
            self.title.set_full("No experiments yet")
            self.facts.setText("An experiment is there as soon as a run is in it.")
            return
        self.title.set_full(there.name)
        self.facts.setText(_facts(there))
        show = while_alive(self, self._take)
        self._session.call(partial(_read, there.name), show, lambda _error: None)

    def _take(self, experiment: Experiment) -> None:
        if experiment.name == self._shown:
            self.note.show_note(experiment.name, experiment.note)
            self.note.show()

    def _show_runs(self) -> None:
        self.filter_wanted.emit("experiment", self._shown)
        self.accept()

    # -- its name -------------------------------------------------------------------------------------
    def _ask_name(self) -> None:
        ask_line(
            self,
            "Rename experiment",
            f"New name of the experiment {self._shown}. With the name of another one, they become one.",
            self._shown,
            self._rename,
            lambda name: "" if name.strip() else "An experiment needs a name.",
            list(self._totals),
        )

    def _rename(self, text: str) -> None:
        old, new = self._shown, text.strip()
        there = self._totals.get(new)
        if new == old:
            return
        if there is None:
            self._do_rename(old, new)
            return
        both = f"{plural(self._totals[old].runs, 'run')} of {line(old)} join the {there.runs:,} of {line(new)}."
        confirm(
            self,
            "Make them one",
            f"There is an experiment of this name already. {both}",
            "The note of the one that they join stays. Ctrl+Z takes them apart again.",
            "Make them one",
            lambda: self._do_rename(old, new),
        )

    def _do_rename(self, old: str, new: str) -> None:
        self.note.commit()
        self._shown = new
        self._session.edits.rename_experiment(old, new)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.note.commit()
        super().closeEvent(event)


def _facts(there: Totals) -> str:
    parts = [plural(there.runs, "run")]
    if there.active:
        parts.append(f"{there.active:,} active")
    if there.archived:
        parts.append(f"{there.archived:,} archived")
    same = there.first == there.last
    span = moment(there.first) if same else f"{moment(there.first)} to {moment(there.last)}"
    return " · ".join([*parts, f"created {span}"])


def _read(name: str, workbench: Workbench) -> Experiment:
    return workbench.store.experiment(name)
