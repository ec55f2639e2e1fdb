"""The runs of a duel in one table: contestants down, the proof and the seeds across, each with its state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from runners.protocol import DuelRole
from storage.records import RunRecord
from widgets import states
from widgets.icons import icon_of_run, run_icon
from widgets.plain import line, tip
from workbench.duel.match import Match

_CELL = 64
_MOST_ROWS = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands: its contestant, and the seed, or None for the proof."""

    contestant: int
    seed: int | None


def placed(runs: Iterable[RunRecord], duel: str) -> dict[Place, RunRecord]:
    """The runs of a duel that count: the newest of each contestant and seed."""
    found: dict[Place, RunRecord] = {}
    for run in sorted(runs, key=lambda run: run.id):
        part = run.spec.duel
        if part is not None and part.duel == duel:
            seed = None if part.role is DuelRole.PROOF else run.spec.seed
            found[Place(part.contestant, seed)] = run
    return found


class RunTable(QTableWidget):
    opened = Signal(int)
    """The id of a run that is to be seen."""

    def __init__(self) -> None:
        super().__init__()
        self._places: dict[tuple[int, int], Place] = {}
        self._runs: Mapping[Place, RunRecord] = {}
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

    def show_runs(self, match: Match, runs: Mapping[Place, RunRecord]) -> None:
        """Those that are there; a place without a run stays empty."""
        seeds = sorted({*match.seeds, *(place.seed for place in runs if place.seed is not None)})
        names = [each.name for each in match.contestants]
        if (len(names), len(seeds) + 1) != (self.rowCount(), self.columnCount()) or not self._places:  # fmt: skip
            self.setRowCount(len(names))
            self.setColumnCount(len(seeds) + 1)
            self._resize()
        self.setHorizontalHeaderLabels(["Proof", *(f"Seed {seed}" for seed in seeds)])
        self._runs = runs
        self._places = {}
        for at, name in enumerate(names):
            head = QTableWidgetItem(line(name))
            head.setIcon(run_icon(at))
            self.setVerticalHeaderItem(at, head)
            for column, seed in enumerate([None, *seeds]):
                self._places[at, column] = place = Place(at, seed)
                self._show_cell(at, column, name, place)

    def _show_cell(self, at: int, column: int, name: str, place: Place) -> None:
        run = self._runs.get(place)
        item = self.item(at, column)
        if item is None:
            item = QTableWidgetItem()
            item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            self.setItem(at, column, item)
        what = f"{name}, {'proof' if place.seed is None else f'seed {place.seed}'}"
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
            self.setColumnWidth(column, _CELL)
        head = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(head + 26 * min(_MOST_ROWS, max(1, self.rowCount())) + 14)

    def _open(self, at: int, column: int) -> None:
        run = self._runs.get(self._places.get((at, column), Place(-1, None)))
        if run is not None:
            self.opened.emit(run.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentRow(), self.currentColumn())
        else:
            super().keyPressEvent(event)
