"""The tags of one or several runs as chips that can be added to and taken from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from storage.records import RunRecord
from widgets.chip import Chip
from widgets.dialogs import complete_by
from widgets.flow import Flow
from widgets.keys import claims
from widgets.parts import tool_button

_OWN = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True, slots=True)
class TagCount:
    """How many of the selected runs have a tag."""

    tag: str
    count: int
    of: int

    @property
    def mixed(self) -> bool:
        return self.count < self.of


def tag_counts(runs: Sequence[RunRecord]) -> list[TagCount]:
    """The tags of the runs: those of all of them first, then by how many have them."""
    counts: dict[str, int] = {}
    for run in runs:
        for tag in run.tags:
            counts[tag] = counts.get(tag, 0) + 1
    order = sorted(counts, key=lambda tag: (-counts[tag], tag.casefold()))
    first = runs[0].tags if len(runs) == 1 else ()
    return [TagCount(tag, counts[tag], len(runs)) for tag in (first or order)]


def split_tags(text: str) -> list[str]:
    """The tags in a line, in which commas stand between them."""
    return list(dict.fromkeys(tag for each in text.split(",") if (tag := each.strip())))


class TagChips(Flow):
    """A dashed chip is a tag that only some of the runs have; choosing it gives it to all."""

    added = Signal(list)
    """list[str]"""
    removed = Signal(str)
    chosen = Signal(str)
    """A tag that all of the runs have was clicked."""

    def __init__(self, known: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self._known = known
        self._chips: dict[str, Chip] = {}
        self._counts: Mapping[str, TagCount] = {}
        self.line = _TagLine()
        self.plus = tool_button("tag-plus-outline", "Add tags")
        self.plus.clicked.connect(self.ask)
        self.line.entered.connect(self._enter)
        self.line.left.connect(self._leave)
        self.set_items([self.line, self.plus])
        self.line.hide()
        self._arrange()

    @property
    def texts(self) -> list[str]:
        return list(self._chips)

    @property
    def any_mixed(self) -> bool:
        return any(each.mixed for each in self._counts.values())

    def show_runs(self, runs: Sequence[RunRecord]) -> None:
        counts = {each.tag: each for each in tag_counts(runs)}
        if counts == self._counts:
            return
        self._counts = counts
        self._chips = {tag: self._chip(each) for tag, each in counts.items()}
        self.set_items([*self._chips.values(), self.line, self.plus])

    def ask(self) -> None:
        """Let tags be typed."""
        on_all = {tag for tag, each in self._counts.items() if not each.mixed}
        new = sorted(set(self._known()) - on_all, key=str.casefold)
        complete_by(self.line, new)
        self.line.clear()
        self.line.show()
        self.plus.hide()
        self._arrange()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _chip(self, each: TagCount) -> Chip:
        chip = Chip(each.tag, mixed=each.mixed)
        if each.mixed:
            chip.explain(f"{each.tag}: on {each.count} of {each.of} runs. Click to give it to all.")
        else:
            chip.explain(f"{each.tag}: click to see the runs that have it.")
        chip.removed.connect(lambda: self.removed.emit(each.tag))
        chip.chosen.connect(lambda: self._choose(each))
        return chip

    def _choose(self, each: TagCount) -> None:
        if each.mixed:
            self.added.emit([each.tag])
        else:
            self.chosen.emit(each.tag)

    def _enter(self, text: str) -> None:
        tags = split_tags(text)
        new = [tag for tag in tags if tag not in self._counts or self._counts[tag].mixed]
        if new:
            self.added.emit(new)
        self.line.clear()
        if not tags:
            self._leave()

    def _leave(self) -> None:
        if not self.line.isHidden():
            had_focus = self.line.hasFocus()
            self.line.hide()
            self.plus.show()
            self._arrange()
            if had_focus:
                self.plus.setFocus(Qt.FocusReason.OtherFocusReason)


class _TagLine(QLineEdit):
    """Enter takes what was typed, an empty Enter or Esc ends it; what was typed when it is left is taken too."""

    entered = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("tag, tag …")
        self.setAccessibleName("Add tags")
        self.returnPressed.connect(lambda: self.entered.emit(self.text()))

    def sizeHint(self) -> QSize:
        return QSize(130, super().sizeHint().height())

    def event(self, event: QEvent) -> bool:
        return claims(event, lambda key: key.key() in _OWN) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            if self.text().strip():
                self.entered.emit(self.text())
            self.left.emit()
