"""What the sub-views of Explain have in common: tools above, and what stands there where there is nothing to explain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget

from widgets.explain.column_box import ColumnBox
from widgets.explain.source import SELECTED, Source, Table
from widgets.flow import Flow
from widgets.parts import EmptyState, column, label, row


class Part(QWidget):
    """Reads its columns when it is seen, and again when runs change while it is."""

    glyph = "chart-box-outline"

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source
        self.table: Table | None = None
        self._stale = True
        self.tools = Flow(8)
        self.empty = EmptyState(self.glyph, "Reading the runs …", "")
        self.body = QWidget()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.empty)
        self.pages.addWidget(self.body)
        bar = row(self.tools)
        bar.setContentsMargins(10, 2, 10, 6)
        layout = column(space=0)
        layout.addLayout(bar)
        layout.addWidget(self.pages, 1)
        self.setLayout(layout)
        source.changed.connect(self.refresh)
        source.selected.connect(self._follow)
        source.fields_changed.connect(self._offer)

    # -- what a sub-view says ---------------------------------------------------------------------
    def columns(self) -> list[str]:
        """What is to be read; nothing where it is not known yet."""
        return []

    def offer(self) -> None:
        """Other fields than before can be chosen."""

    def work(self) -> Callable[[Table], Any]:
        """What is made of a table that is not empty, on a worker thread; it may know what is chosen now, and no widget."""
        return lambda _: None

    def take(self, table: Table, result: Any, /) -> None:
        """Show what was read and made of it."""

    def follow(self) -> None:
        """Other runs are selected."""

    # -- reading ----------------------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            if self.source.fields.fields:
                self.offer()
            self.refresh()

    def refresh(self) -> None:
        """Read again, now or when it is seen."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        names = self.columns()
        if names:
            self.source.read(self, names, self.work(), self._take, self.refuse)
        elif self.source.fields.fields:
            self.say_nothing_there()

    def _offer(self) -> None:
        if self.isVisible() and self.source.fields.fields:
            self.offer()
            self.refresh()
        else:
            self._stale = True

    def _take(self, answer: tuple[Table, Any]) -> None:
        table, result = answer
        self.table = table
        if len(table):
            self.pages.setCurrentIndex(1)
            self.take(table, result)
        else:
            self.say_nothing_there()

    def _follow(self) -> None:
        if self.isVisible():
            self.follow()
        else:
            self._stale = True

    # -- empty ------------------------------------------------------------------------------------
    def say_nothing_there(self) -> None:
        if self.source.which == SELECTED:
            self.say("No runs are selected", "Select runs on the left, or look at all that the table lists.")  # fmt: skip
        elif not self.source.session.runs:
            self.say("There are no runs yet", "Train some with different parameters, and look here why they differ.")  # fmt: skip
        elif not self.source.fields.metrics:
            self.say("There is nothing to explain yet", "No run has logged a metric.")
        else:
            self.say("The table lists no runs", "Change its filter on the left, or look at the selected runs.")  # fmt: skip

    def refuse(self, error: Exception) -> None:
        self.say("This cannot be shown", str(error))

    def say(self, title: str, advice: str) -> None:
        self.empty.say(title, advice)
        self.pages.setCurrentIndex(0)


def field(name: str, box: QWidget) -> QWidget:
    """A box with its name before it."""
    words: QLabel = label(name, "dim")
    words.setBuddy(box)
    holder = QWidget()
    holder.setLayout(row(words, box, space=5))
    return holder


def offer(source: Source, boxes: Sequence[tuple[ColumnBox, Sequence[str]]]) -> None:
    for box, names in boxes:
        box.offer(source.fields, names)


def foot(words: QLabel) -> QWidget:
    """A line of words below a picture."""
    holder = QWidget()
    inner = row(words)
    inner.setContentsMargins(10, 1, 10, 3)
    holder.setLayout(inner)
    return holder


COMMON_FIELDS = (
    "framework", "template", "mode", "dataset", "experiment", "state", "device", "seed", "duration", "samples_per_s", "created", "epoch",
)  # fmt: skip
"""The fields that are worth an axis."""


def all_columns(source: Source) -> list[str]:
    return [*source.parameters, *source.metrics, *COMMON_FIELDS]
