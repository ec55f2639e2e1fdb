"""The filter for those who click: a chip a field, with a menu of its values and how many runs have them.

What a chip shows is read from the text of the filter, and what is clicked is written into it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QMenu, QPushButton, QToolButton, QWidget

from storage.records import RunQuery, Scope
from widgets.flow import Flow
from widgets.icons import icon
from widgets.parts import restyle, while_alive
from widgets.plain import caption, line, tip
from widgets.theme import font
from workbench import filter_terms
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

_MOST = 30
_LONGEST = 22
_TIMES = {
    "Today": "created = today",
    "Yesterday": "created = yesterday",
    "Last 24 hours": "created in last 24 hours",
    "Last 7 days": "created in last 7 days",
    "Last 30 days": "created in last 30 days",
}


@dataclass(frozen=True, slots=True)
class Facet:
    """A field with a chip. ``field`` is as the filter language has it."""

    field: str
    title: str


FACETS = (
    Facet("state", "State"),
    Facet("framework", "Framework"),
    Facet("template", "Template"),
    Facet("dataset", "Dataset"),
    Facet("experiment", "Experiment"),
    Facet("tag", "Tag"),
)
STARRED, TIME = Facet("starred", "Starred"), Facet("created", "Time")


class FilterChips(Flow):
    written = Signal(str)
    """The text of the filter after a click."""

    def __init__(self, session: Session, *before: QWidget) -> None:
        super().__init__(space=3)
        self._session = session
        self._text = ""
        self._scope = Scope.LISTED
        self.chips = {each.field: FilterChip(each) for each in (*FACETS, STARRED, TIME)}
        for facet in FACETS:
            self.chips[facet.field].chosen.connect(partial(self._count, facet))
        self.chips["created"].chosen.connect(self._choose_time)
        self.chips["starred"].chosen.connect(self._toggle_star)
        for field, chip in self.chips.items():
            chip.removed.connect(partial(self._write, field, ""))
        self.set_items([*before, *self.chips.values()])

    def show_chips(self, shown: bool) -> None:
        for chip in self.chips.values():
            chip.setVisible(shown)
        self._arrange()

    def show_filter(self, text: str, scope: Scope) -> None:
        if (text, scope) == (self._text, self._scope):
            return
        self._text, self._scope = text, scope
        finished = filter_terms.is_finished(text)
        for field, chip in self.chips.items():
            chip.show_clause(filter_terms.clause_of(text, field), text)
            chip.setEnabled(finished)

    def _write(self, field: str, condition: str) -> None:
        self.written.emit(filter_terms.with_condition(self._text, field, condition))

    def _toggle_star(self) -> None:
        there = filter_terms.clause_of(self._text, "starred")
        self._write("starred", "" if there else "starred")

    # -- menus --------------------------------------------------------------------------------------
    def _choose_time(self) -> None:
        menu = ValuesMenu(self)
        there = filter_terms.clause_of(self._text, "created")
        now = self._text[there.start : there.stop] if there else ""
        for title, condition in _TIMES.items():
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(now == condition)
            action.triggered.connect(
                lambda checked, text=condition: self._write("created", text if checked else "")
            )
        self._popup(menu, "created")

    def _count(self, facet: Facet) -> None:
        """Offer the values that occur among the runs that the rest of the filter lets through."""
        there = filter_terms.clause_of(self._text, facet.field)
        rest = filter_terms.with_condition(self._text, facet.field, "")
        work = partial(_counts, RunQuery(rest, scope=self._scope), facet.field)
        chosen = there.values if there else ()
        self._session.call(work, while_alive(self, partial(self._offer, facet, chosen)))

    def _offer(self, facet: Facet, chosen: Sequence[str], counts: Counter[str]) -> None:
        menu = ValuesMenu(self)
        for value in [*(each for each in chosen if each not in counts), *_ordered(counts)][:_MOST]:
            action = menu.addAction(f"{caption(_short(value))}\t{counts[value]:,}")
            action.setCheckable(True)
            action.setChecked(value in chosen)
            action.triggered.connect(
                lambda _checked, value=value: self.written.emit(
                    filter_terms.toggled(self._text, facet.field, value)
                )
            )
        if len(counts) > _MOST:
            more = menu.addAction(f"{len(counts) - _MOST:,} more: type {facet.field} = …")
            more.setEnabled(False)
        if not menu.actions():
            menu.addAction(f"No run has a {facet.title.lower()} here").setEnabled(False)
        self._popup(menu, facet.field)

    def _popup(self, menu: QMenu, field: str) -> None:
        chip = self.chips[field]
        menu.popup(chip.mapToGlobal(QPoint(0, chip.height() + 2)))


class FilterChip(QWidget):
    """A button that says what the filter says of its field, with a cross that takes that away."""

    chosen = Signal()
    removed = Signal()

    def __init__(self, facet: Facet) -> None:
        super().__init__()
        self._title = facet.title
        self._said = ("", False)
        self.button = QPushButton()
        self.cross = QToolButton()
        for each in (self.button, self.cross):
            each.setParent(self)
            each.setFont(font(0.9))
            each.setProperty("chip", True)
        self.cross.setIcon(icon("close", "dim"))
        self.cross.setIconSize(QSize(12, 12))
        self.cross.setAccessibleName(f"Remove {facet.title} from the filter")
        self.cross.setToolTip(tip(f"Remove {facet.title} from the filter"))
        self.cross.hide()
        self.button.clicked.connect(self.chosen)
        self.cross.clicked.connect(self.removed)
        self.show_clause(None, "")

    def show_clause(self, clause: filter_terms.Clause | None, text: str) -> None:
        self._say(_said(self._title, clause, text), on=clause is not None)
        whole = text[clause.start : clause.stop] if clause else f"Filter by {self._title.lower()}"
        self.button.setToolTip(tip(whole))

    @property
    def text(self) -> str:
        return self.button.text()

    def _say(self, text: str, *, on: bool) -> None:
        if (text, on) == self._said:
            return
        self._said = text, on
        self.button.setText(caption(text))
        if self.button.property("on") != on:
            self.button.setProperty("on", on)
            restyle(self.button)
        self.cross.setVisible(on)
        self.button.adjustSize()
        self._arrange()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        wanted = self.button.sizeHint()
        return QSize(wanted.width() + (18 if self.cross.isVisibleTo(self) else 0), wanted.height())

    def _arrange(self) -> None:
        size = self.sizeHint()
        self.button.setGeometry(0, 0, size.width(), size.height())
        self.cross.setGeometry(size.width() - 20, 1, 18, size.height() - 2)


class ValuesMenu(QMenu):
    """Stays open while values are ticked with the mouse, and is deleted when it is closed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.activeAction()
        if action is not None and action.isCheckable() and action.isEnabled():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)


def _said(title: str, clause: filter_terms.Clause | None, text: str) -> str:
    if clause is None or clause.values == ("true",):
        return title
    if clause.values:
        more = f" +{len(clause.values) - 1}" if len(clause.values) > 1 else ""
        return f"{title}: {_short(clause.values[0])}{more}"
    return f"{title}: {_short(text[clause.start : clause.stop].removeprefix(clause.field).strip())}"


def _short(value: str) -> str:
    whole = line(value)
    return whole if len(whole) <= _LONGEST else f"{whole[:_LONGEST]}…"


def _ordered(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda value: (-counts[value], value.casefold()))


def _counts(query: RunQuery, field: str, workbench: Workbench) -> Counter[str]:
    """How many of the runs have each value; a run counts for each of its tags."""
    store = workbench.store
    if field == "tag":
        tags = store.table(query, ["tags"])["tags"]
        return Counter(tag for each in tags if each for tag in str(each).split(", "))
    groups = store.find(replace(query, group=(field,))).groups
    return Counter({str(group.values[0]): group.count for group in groups if group.values[0]})
