"""The runs of a duel in one table: contestants down, the proof, the seeds and what is scaled across, each with its state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from runners.protocol import DuelRole
from storage.records import RunRecord
from widgets import states
from widgets.icons import icon_of_run, run_icon
from widgets.plain import line, tip
from workbench.duel.match import Match
from workbench.duel.schedule import Part, newest, parts

_CELL = 64
_MOST_ROWS = 8


_ORDER = (DuelRole.PROOF, DuelRole.MATCH, DuelRole.SCALE, DuelRole.LARGEST)
_SHORT = {"batch_size": "Batch", "threads": "Threads"}


def placed(match: Match, runs: Iterable[RunRecord], duel: str) -> Mapping[Part, RunRecord]:
    """The runs of a duel that count: the newest of each part."""
    mine = (run for run in runs if run.spec.duel is not None and run.spec.duel.duel == duel)
    return newest(match, mine)


def _columns(match: Match, runs: Iterable[Part]) -> list[Part]:
    """What each contestant does, as the first one's parts: the proof, the seeds, and what is scaled in rising order."""
    wanted = {replace(part, contestant=0) for part in (*parts("", match), *runs)}
    return sorted(
        wanted,
        key=lambda part: (_ORDER.index(part.role), part.scaled, part.value, part.seed),
    )


def _title(part: Part) -> str:
    match part.role:
        case DuelRole.PROOF:
            return "Proof"
        case DuelRole.MATCH:
            return f"Seed {part.seed}"
        case DuelRole.SCALE:
            return f"{_SHORT.get(part.scaled, part.scaled)} {part.value}"
        case DuelRole.LARGEST:
            return "Largest"


class RunTable(QTableWidget):
    opened = Signal(int)
    """The id of a run that is to be seen."""

    def __init__(self) -> None:
        super().__init__()
        self._places: dict[tuple[int, int], Part] = {}
        self._runs: Mapping[Part, RunRecord] = {}
        self.setAccessibleName("Runs of the duel")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setIconSize(QSize(16, 16))
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(26)
        self.horizontalHeader().setSectionsClickable(False)
        self.verticalHeader().setSectionsClickable(False)
        self.itemActivated.connect(lambda item: self._open(item.row(), item.column()))
        self.cellDoubleClicked.connect(self._open)

    def show_runs(self, match: Match, runs: Mapping[Part, RunRecord]) -> None:
        """Those that are there; a place without a run stays empty."""
        columns = _columns(match, runs)
        names = [each.name for each in match.contestants]
        if (len(names), len(columns)) != (self.rowCount(), self.columnCount()) or not self._places:
            self.setRowCount(len(names))
            self.setColumnCount(len(columns))
        self.setHorizontalHeaderLabels([_title(part) for part in columns])
        self._resize()
        self._runs = runs
        self._places = {}
        for at, name in enumerate(names):
            head = QTableWidgetItem(line(name))
            head.setIcon(run_icon(at))
            self.setVerticalHeaderItem(at, head)
            for column, part in enumerate(columns):
                self._places[at, column] = place = replace(part, contestant=at)
                self._show_cell(at, column, place.called(match), place)

    def _show_cell(self, at: int, column: int, what: str, place: Part) -> None:
        run = self._runs.get(place)
        item = self.item(at, column)
        if item is None:
            item = QTableWidgetItem()
            item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            self.setItem(at, column, item)
        said = f"{what}: {states.title(run)}. {run.reason}".strip() if run else f"{what}: no run"
        item.setData(Qt.ItemDataRole.AccessibleTextRole, said)
        item.setToolTip(tip(said))
        if run is None:
            item.setText("–")
        else:
            item.setText(f"{run.progress.fraction:.0%}" if run.state.active else "")
            item.setIcon(icon_of_run(run))

    def _resize(self) -> None:
        for column in range(self.columnCount()):
            self.setColumnWidth(column, max(_CELL, self.horizontalHeader().sectionSizeHint(column)))
        head = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(head + 26 * min(_MOST_ROWS, max(1, self.rowCount())) + 14)

    def _open(self, at: int, column: int) -> None:
        place = self._places.get((at, column))
        run = self._runs.get(place) if place else None
        if run is not None:
            self.opened.emit(run.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentRow(), self.currentColumn())
        else:
            super().keyPressEvent(event)
