"""The name of a run with its colour, above what is its."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from storage.records import RunRecord
from widgets import plain
from widgets.icons import run_swatch
from widgets.parts import ElidedLabel, label, row
from widgets.text import what_it_trains
from widgets.theme import theme


class RunChip(QWidget):
    """As wide as there is room for it, or, made to ``fit``, as its text."""

    def __init__(self, run: RunRecord, aside: str = "") -> None:
        super().__init__()
        self._run = run
        self._swatch = label()
        self._name = ElidedLabel(run.name)
        self.aside = label(aside, "dim")
        self.setToolTip(plain.tip(f"#{run.id} {run.name}\n{what_it_trains(run.spec)}"))
        layout = row(self._swatch, self._name, self.aside, space=6)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self._paint_swatch()
        theme().changed.connect(self._paint_swatch)

    def fit(self) -> None:
        self._name.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _paint_swatch(self) -> None:
        self._swatch.setPixmap(run_swatch(self._run.color))
