"""The confusion matrices of the runs beside each other, in one scale of colours."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from runners.protocol import ArtifactKind
from storage.records import RunRecord
from widgets import plain
from widgets.flow_grid import FlowGrid
from widgets.new_run.segments import Segments
from widgets.outputs.cells import cell_tip
from widgets.outputs.heat_map import MOST_WRITTEN, Cell, Heat, HeatMap
from widgets.outputs.page import Page, chooser, sort_out
from widgets.outputs.run_chip import RunChip
from widgets.parts import ElidedLabel, line, row, scrolled
from workbench.artifacts import ArtifactCache, ArtifactError, Confusion, parse_confusion
from workbench.session import Session

COUNTS, PERCENT = "counts", "percent"
_NARROWEST = 280
_READ_HINT = (
    "Rows are the truth, columns what the model said; colours are parts of the row, 0 to 100 %"
)
_CHANGE_HINT = "Blue is better than the base run, red is worse; the strongest is {0:.0f} % of a row"


class ConfusionPage(Page):
    kind = ArtifactKind.CONFUSION_MATRIX

    def __init__(self, session: Session, cache: ArtifactCache) -> None:
        super().__init__(session, cache, "grid")
        self.unit = Segments({COUNTS: "Counts", PERCENT: "Percent of row"})
        self.unit.setAccessibleName("Unit")
        self.base = chooser("Base run of the differences")
        self.base.setToolTip("Show the differences to this run")
        layout = row(self.unit, self.base)
        layout.setContentsMargins(10, 3, 8, 3)
        layout.addStretch(1)
        self.bar.setLayout(layout)
        self.grid = FlowGrid(_NARROWEST, 6)
        self.maps: dict[int, HeatMap] = {}
        self._chips: dict[int, RunChip] = {}
        self.matrices: list[tuple[RunRecord, Confusion]] = []
        self.hint = ElidedLabel(_READ_HINT, "dim")
        inner = QWidget()
        inner.setProperty("page", True)
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(10, 8, 10, 8)
        inside.addWidget(self.grid)
        inside.addStretch(1)
        content = QWidget()
        outside = QVBoxLayout(content)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(0)
        outside.addWidget(scrolled(inner), 1)
        outside.addWidget(line())
        foot = row(self.hint, space=0)
        foot.setContentsMargins(10, 4, 8, 4)
        outside.addLayout(foot)
        self.set_content(content)
        self.unit.changed.connect(self._paint)
        self.base.currentIndexChanged.connect(self._paint)

    def show_outputs(self) -> None:
        wanted = self.first_of(ArtifactKind.CONFUSION_MATRIX)
        if not wanted:
            self.say_empty(
                "No confusion matrix yet",
                "A run is tested when it has trained. Wait for it, or select runs that are finished.",
            )
            return

        def take(found: list[Confusion | ArtifactError]) -> None:
            read, problems = sort_out(wanted, found)
            self._take(read)
            self.tell_problems(problems)

        self.read(wanted, parse_confusion, take)

    def _take(self, matrices: list[tuple[RunRecord, Confusion]]) -> None:
        if not matrices:
            self.say_empty("No confusion matrix can be read", "Retry the runs to get new ones.")
            return
        self.matrices = matrices
        self._offer_bases()
        self.maps, self._chips = {}, {}
        cards = []
        for run, matrix in matrices:
            heat = self.maps[run.id] = HeatMap(run.name)
            heat.pointed.connect(self.point_at)
            heat.chosen.connect(partial(self._choose, matrix))
            chip = self._chips[run.id] = RunChip(run)
            cards.append(_card(chip, heat))
        self.grid.set_items(cards)
        self._paint()
        self.show_content()

    def _choose(self, matrix: Confusion, cell: Cell) -> None:
        self.samples_wanted.emit(matrix.classes[cell[0]])

    def _offer_bases(self) -> None:
        before = self.base.currentData()
        self.base.blockSignals(True)
        self.base.clear()
        self.base.addItem("No difference", None)
        for run, _ in self.matrices:
            self.base.addItem(plain.line(f"Against {run.name}"), run.id)
        self.base.setCurrentIndex(max(0, self.base.findData(before)) if before else 0)
        self.base.blockSignals(False)
        self.base.setEnabled(len(self.matrices) > 1)

    # -- what is painted ------------------------------------------------------------------------------
    def _paint(self) -> None:
        by_id = {run.id: matrix for run, matrix in self.matrices}
        base = by_id.get(self.base.currentData() or 0)
        percent = self.unit.value == PERCENT
        largest = 0.0
        if base is not None:
            changes = [abs(each.shares - base.shares).max() for each in by_id.values() if each.classes == base.classes]  # fmt: skip
            largest = float(max(changes, default=0.0))
        for run, matrix in self.matrices:
            differs = base is not None and matrix is not base and base.classes == matrix.classes
            self.maps[run.id].show_heat(
                _difference(matrix, base, percent, largest)
                if differs and base is not None
                else _plain(matrix, percent)
            )
            self._chips[run.id].aside.setText(_aside(matrix, base if differs else None))
        self._resting = _CHANGE_HINT.format(100 * largest) if base is not None else _READ_HINT
        self.hint.set_full(self._resting)

    def point_at(self, cell: Cell | None) -> None:
        """Frame the cell in all matrices and read it out of all of them."""
        for heat in self.maps.values():
            heat.point_at(cell)
        self.hint.set_full(self._resting if cell is None else self._words(cell))

    def _words(self, cell: Cell) -> str:
        at, given = cell
        first = self.matrices[0][1]
        if max(cell) >= len(first.classes):
            return self._resting
        told = [
            f"{run.name} {int(matrix.counts[cell]):,} ({matrix.shares[cell]:.1%})"
            for run, matrix in self.matrices
            if matrix.classes == first.classes
        ]
        return f"{first.classes[at]} taken for {first.classes[given]}: " + " · ".join(told)


def _aside(matrix: Confusion, base: Confusion | None) -> str:
    if math.isnan(matrix.accuracy):
        return ""
    if base is not None and np.array_equal(matrix.counts, base.counts):
        return "as the base run"
    change = "" if base is None else f" ({100 * (matrix.accuracy - base.accuracy):+.2f})".replace("-", "−")  # fmt: skip
    return f"{matrix.accuracy:.2%} right{change}"


def _card(chip: RunChip, heat: HeatMap) -> QWidget:
    card = QWidget()
    layout = QVBoxLayout(card)
    layout.setContentsMargins(0, 0, 0, 8)
    layout.setSpacing(4)
    layout.addWidget(chip)
    layout.addWidget(heat)
    return card


def _plain(matrix: Confusion, percent: bool) -> Heat:
    shares = matrix.shares
    texts: list[list[str]] = []
    if len(matrix.classes) <= MOST_WRITTEN:
        shown = np.rint(100 * shares).astype(int) if percent else matrix.counts
        texts = [
            [f"{value:,}" if count else "" for value, count in zip(values, counts, strict=True)]
            for values, counts in zip(shown.tolist(), matrix.counts.tolist(), strict=True)
        ]
    return Heat(matrix.classes, shares, texts, _tip(matrix))


def _difference(matrix: Confusion, base: Confusion, percent: bool, largest: float) -> Heat:
    changes = matrix.shares - base.shares
    texts: list[list[str]] = []
    if len(matrix.classes) <= MOST_WRITTEN:
        shown = np.rint(100 * changes).astype(int) if percent else matrix.counts - base.counts
        texts = [[_signed(value) for value in values] for values in shown.tolist()]
    strength = changes / (largest or 1.0)
    return Heat(matrix.classes, strength, texts, _tip(matrix, base), difference=True)


def _signed(value: int) -> str:
    return f"+{value:,}" if value > 0 else f"−{-value:,}" if value else ""


def _tip(matrix: Confusion, base: Confusion | None = None) -> Callable[[int, int], str]:
    shares, names = matrix.shares, matrix.classes
    of_base = None if base is None else base.shares

    def tip(at: int, given: int) -> str:
        count = int(matrix.counts[at, given])
        words = cell_tip(names[at], names[given], count, float(shares[at, given]))
        if base is None or of_base is None:
            return words
        return f"{words}\nthe base run: {int(base.counts[at, given]):,} ({of_base[at, given]:.1%})"

    return tip
