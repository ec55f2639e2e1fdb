"""The test part to choose samples from: some of it, or what a model gets most wrong, the largest loss first."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QListView,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QSizePolicy,
    QWidget,
)

from runners.datasets.dataset import Input, Task
from runners.export.facts import Facts
from widgets.new_run.segments import Segments
from widgets.outputs.page import chooser
from widgets.parts import button, column, label, row, tool_button
from widgets.plain import line, tip
from widgets.text import plural
from widgets.trying.asked import Asked, asked_of_sample
from widgets.trying.canvas import image_of
from workbench.trying.client import Message
from workbench.trying.rows import given_of
from workbench.trying.tried import Tried

TEST, MISTAKES = "test", "mistakes"
_ICON, _LINE = 52, 24
_CELL, _LONG_CELL = 78, 98
_SOME, _MOST, _AT_ONCE = 24, 120, 24
_TEXT = 90
_WIDEST = 640
_SHORT = 3
"""Characters of a class that leave room beside them."""
_APART = " · "


@dataclass(frozen=True, slots=True, eq=False)
class _Mistake:
    place: int
    words: str


class SampleBrowser(QWidget):
    """Asks the first model for samples, and the model that is chosen for its mistakes."""

    chosen = Signal(object)
    """An `Asked`."""

    def __init__(self) -> None:
        super().__init__()
        self._models: list[Tried] = []
        self._lead: Tried | None = None
        self._items: list[Asked] = []
        self._reading = 0
        self._looking: tuple[Tried, int] | None = None
        self.which = Segments({TEST: "Test part", MISTAKES: "Mistakes by loss"})
        self.which.setAccessibleName("Which samples")
        self.whose = chooser("Whose mistakes", 150)
        self.others = tool_button("dice-multiple-outline", "Other samples of the test part")
        self.list = QListWidget()
        self.list.setAccessibleName("Samples")
        self.list.setIconSize(QSize(_ICON, _ICON))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.words = label("", "dim", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.cancel = button("Cancel", flat=True)
        self._progress = QWidget()
        self._progress.setLayout(row(self.bar, self.cancel))
        self._progress.hide()
        head = row(self.which, self.others)
        head.setStretch(0, 1)
        layout = column(head, self.whose, self._progress, self.list, self.words, space=6)
        layout.setStretch(3, 1)
        self.whose.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.whose.setMaximumWidth(_WIDEST)
        self.whose.hide()
        self.setLayout(layout)
        self._connect()

    def _connect(self) -> None:
        self.which.changed.connect(self._show_which)
        self.whose.currentIndexChanged.connect(self._look_for_mistakes)
        self.others.clicked.connect(self._show_some)
        self.cancel.clicked.connect(self._cancel)
        self.list.currentRowChanged.connect(self._choose)

    def show_models(self, models: Sequence[Tried]) -> None:
        """Those that are open. The one that samples are asked of stays the one as long as it is there."""
        lead = self._lead if self._lead in models else models[0] if models else None
        before = self.whose.currentData()
        self._models = list(models)
        self.whose.blockSignals(True)
        self.whose.clear()
        for each in models:
            self.whose.addItem(line(f"{each.subject.title} ({each.subject.words})"), each.subject.key)  # fmt: skip
        self.whose.setCurrentIndex(max(0, self.whose.findData(before)))
        self.whose.blockSignals(False)
        if lead is not self._lead:
            self._lead = lead
            self._suit()
            self._show_which()
        elif self.whose.currentData() != before and self.which.value == MISTAKES:
            self._look_for_mistakes()

    def _suit(self) -> None:
        facts = self._lead.facts if self._lead else None
        pictures = facts is not None and facts.input is Input.IMAGE
        self.list.setViewMode(QListView.ViewMode.IconMode if pictures else QListView.ViewMode.ListMode)  # fmt: skip
        self.list.setMovement(QListView.Movement.Static)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setWordWrap(False)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        cell = QSize(_LONG_CELL, _ICON + 40) if facts and _has_long_names(facts) else QSize(_CELL, _ICON + 24)  # fmt: skip
        self.list.setGridSize(cell if pictures else QSize())

    # -- what is listed -----------------------------------------------------------------------------
    def _show_which(self) -> None:
        mistakes = self.which.value == MISTAKES
        self.whose.setVisible(mistakes)
        self.others.setVisible(not mistakes)
        if mistakes:
            self._look_for_mistakes()
        else:
            self._show_some()

    def _show_some(self) -> None:
        self._cancel()
        facts = self._lead.facts if self._lead else None
        self._empty()
        if facts is None or self._lead is None:
            return
        if not facts.test_count:
            self.words.setText(facts.test_problem or "There is no test part here.")
            return
        places = sorted(random.sample(range(facts.test_count), min(_SOME, facts.test_count)))
        self.words.setText(f"{plural(len(places), 'sample')} of {facts.test_count:,}")
        self._read(self._lead, [_Mistake(place, "") for place in places])

    def _look_for_mistakes(self) -> None:
        self._cancel()
        self._empty()
        key = self.whose.currentData()
        model = next((each for each in self._models if each.subject.key == key), None)
        facts = model.facts if model else None
        if model is None or facts is None:
            return
        if not facts.test_count:
            self.words.setText(facts.test_problem or "There is no test part here.")
            return
        self.words.setText(f"Predicting the {facts.test_count:,} samples of the test part …")
        self.bar.setRange(0, 1000)
        self.bar.setValue(0)
        self._progress.show()
        number = model.ask(
            "mistakes", lambda done: self._take_mistakes(model, facts, done), self._fail,
            progress=lambda told: self.bar.setValue(int(told["fraction"] * 1000)),
            cancelled=lambda: None, most=_most(facts),
        )  # fmt: skip
        self._looking = (model, number)

    def _cancel(self) -> None:
        if self._looking is not None:
            model, number = self._looking
            model.cancel(number)
            self._looking = None
            self.words.setText("Cancelled.")
        self._progress.hide()

    def _fail(self, problem: str) -> None:
        self._looking = None
        self._progress.hide()
        self.words.setText(problem)

    def _take_mistakes(self, model: Tried, facts: Facts, done: Message) -> None:
        if self._looking is None:
            return  # it was cancelled too late
        self._looking = None
        self._progress.hide()
        found = [_Mistake(int(place), _told(facts, done, at)) for at, place in enumerate(done["places"])]  # fmt: skip
        self.words.setText(_count_words(facts, done))
        self._read(model, found)

    # -- reading ------------------------------------------------------------------------------------
    def _empty(self) -> None:
        self._reading += 1
        self._items = []
        self.list.clear()

    def _read(self, model: Tried, wanted: Sequence[_Mistake]) -> None:
        """Samples of the model's test part, a few at a time, so that none takes long."""
        number = self._reading
        if not wanted:
            return
        now, later = wanted[:_AT_ONCE], wanted[_AT_ONCE:]

        def take(done: Message) -> None:
            if number == self._reading:
                self._add(model, now, done["x"], done["y"])
                self._read(model, later)

        def fail(problem: str) -> None:
            if number == self._reading:
                self.words.setText(problem)

        model.ask("samples", take, fail, places=[each.place for each in now])

    def _add(
        self, model: Tried, wanted: Sequence[_Mistake], x: NDArray[Any], y: NDArray[Any]
    ) -> None:
        facts = model.facts
        if facts is None:
            return
        first = not self._items
        for each, sample, truth in zip(wanted, x, y, strict=True):
            asked = asked_of_sample(facts, model.subject.dataset, each.place, sample, truth)
            self._items.append(asked)
            self.list.addItem(_item(facts, each, asked, sample))
        if first:
            self.list.setCurrentRow(0)

    def _choose(self, at: int) -> None:
        if 0 <= at < len(self._items):
            self.chosen.emit(self._items[at])

    def leave(self) -> None:
        """What is asked about comes from elsewhere now."""
        self.list.blockSignals(True)
        self.list.setCurrentRow(-1)
        self.list.clearSelection()
        self.list.blockSignals(False)


def _most(facts: Facts) -> int:
    """Fewer of large samples."""
    return max(12, min(_MOST, (1 << 21) // int(np.prod(facts.shape))))


def _told(facts: Facts, done: Message, at: int) -> str:
    """``4 → 9 · 3.20`` of a class, else the loss."""
    loss = f"{float(done['losses'][at]):.2f}"
    if facts.task is not Task.CLASSIFICATION:
        return loss if facts.input is Input.IMAGE else f"loss {loss}"
    truth, given = (facts.classes[int(done[name][at])] for name in ("truth", "given"))
    return f"{truth} → {given}{_APART}{loss}"


def _has_long_names(facts: Facts) -> bool:
    """Whether a mistake takes two lines below its picture."""
    return max(map(len, facts.classes), default=0) > _SHORT


def _count_words(facts: Facts, done: Message) -> str:
    wrong, count, shown = done["wrong"], done["count"], len(done["places"])
    if facts.task is not Task.CLASSIFICATION:
        which = f"All {count:,}" if shown == count else f"The worst {shown:,} of {count:,}"
        return f"{which} samples, the largest loss first"
    if not wrong:
        return f"It is right about all {count:,} samples of the test part."
    listed = "" if shown == wrong else f"; the {shown:,} worst are listed"
    return f"{plural(wrong, 'mistake')} among {count:,} samples{listed}. Truth → answer · loss"


def _item(facts: Facts, wanted: _Mistake, asked: Asked, x: NDArray[Any]) -> QListWidgetItem:
    known = asked.words
    truth = known.removeprefix("truly ").removeprefix("goes on with ")
    item = QListWidgetItem()
    item.setToolTip(tip(", ".join(filter(None, [asked.given.name, known, wanted.words]))))
    if facts.input is Input.IMAGE:
        image = image_of(np.asarray(x, np.float32) / facts.scale)
        picture = QPixmap.fromImage(image).scaled(_ICON, _ICON, Qt.AspectRatioMode.KeepAspectRatio)
        item.setIcon(QIcon(picture))
        words = wanted.words or truth or f"{wanted.place:,}"
        lines = words.split(_APART) if _has_long_names(facts) else [words]
        item.setText("\n".join(map(line, lines)))
        return item
    parts = [wanted.words or truth, f"sample {wanted.place:,}", _beginning(facts, asked)]
    item.setText(line(" · ".join(filter(None, parts))))
    item.setSizeHint(QSize(0, _LINE))
    return item


def _beginning(facts: Facts, asked: Asked) -> str:
    """A few words of what a sample is."""
    if facts.vocabulary is not None:
        return facts.vocabulary.decode(asked.given.tokens[:_TEXT])[:_TEXT]
    if facts.input is Input.FEATURES and asked.given.x is not None:
        given = given_of(facts, asked.given.x)
        return ", ".join(f"{name} {value}" for name, value in list(given.items())[:4])
    return ""
