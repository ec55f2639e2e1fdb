"""The filter of the runs: its line, what is wrong with it, and its chips."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from storage.errors import QueryError
from storage.records import Fields, Scope
from widgets.choices import Choices
from widgets.parts import column, label, row, say_shortly, set_role, tool_button, while_alive
from widgets.runs.filter_box import FilterBox
from widgets.runs.filter_chips import FilterChips
from widgets.runs.filter_help import FilterHelp
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

_TYPING_MS = 120
_SOON_MS, _FIELDS_MS = 100, 2000
"""How long to wait with reading what can stand in a filter: until the first list is painted, and until runs that change are many."""
_LONGEST = 110


class FilterBar(QWidget):
    """`changed` comes only with a text that can be filtered by, so that a list keeps its last good result."""

    changed = Signal(str)
    left_for_list = Signal()

    def __init__(
        self, session: Session, choices: Choices, before_chips: QWidget, *beside: QWidget
    ) -> None:
        super().__init__()
        self._session = session
        self._choices = choices
        self._used = ""
        self.box = FilterBox()
        self.chips = FilterChips(session, before_chips)
        self.message = label("", "error", wrap=True, scale=0.92)
        self.message.hide()
        self.toggle = tool_button("filter-variant", "Show or hide the chips")
        self.toggle.setCheckable(True)
        line = row(self.box, self.toggle, *beside, space=4)
        line.setStretch(0, 1)
        self.setLayout(column(line, self.message, self.chips, space=4))
        self._scope = Scope.LISTED
        self._learnt = False
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._aging = QTimer(self, singleShot=True)
        self._recall()
        self._connect()

    def _connect(self) -> None:
        self.box.textChanged.connect(self._typed)
        self.box.left_for_list.connect(self._leave)
        self.box.help_wanted.connect(self.show_help)
        self.toggle.toggled.connect(self.chips.show_chips)
        self.chips.written.connect(self._write)
        self._typing.timeout.connect(self.apply)
        self._aging.timeout.connect(self._read_fields)
        self._session.runs_changed.connect(self._age)

    @property
    def text(self) -> str:
        """The filter in use: the last text that could be filtered by."""
        return self._used

    def show_filter(self, text: str, scope: Scope) -> None:
        """Show a filter that was set elsewhere; `changed` does not come for it."""
        self._scope = scope
        if text != self._used:
            self._used = text
            self.box.setText(text)
            self._typing.stop()
            self._check()
        self.chips.show_filter(self.box.text(), scope)

    def apply(self) -> None:
        """Use what stands in the line, if it can be used."""
        self._typing.stop()
        text = self.box.text().strip()
        if self._check() is None and text != self._used:
            self._used = text
            self.changed.emit(text)

    # -- what is wrong ------------------------------------------------------------------------------
    def _typed(self) -> None:
        self._typing.start()
        self.box.show_error(None)

    def _check(self) -> QueryError | None:
        """Say what is wrong with the text, calmly where it only is not finished yet."""
        from storage.query import check

        text = self.box.text()
        error = check(text, self.box.fields) if text.strip() else None
        self.chips.show_filter(text, self._scope)
        self._say(error, self._is_being_typed(error))
        return error

    def _say(self, error: QueryError | None, unfinished: bool) -> None:
        self.box.show_error(None if unfinished else error)
        hidden = error is None or (unfinished and self.box.completions.visible)
        self.message.setVisible(not hidden)
        say_shortly(self.message, str(error) if error else "", _LONGEST)
        set_role(self.message, "dim" if unfinished else "error")

    def _is_being_typed(self, error: QueryError | None) -> bool:
        """Whether what is wrong is the end of the text, where a person still writes."""
        at_end = self.box.cursorPosition() >= len(self.box.text().rstrip())
        if error is None or not at_end or not self.box.hasFocus():
            return False
        length = len(self.box.text().rstrip())
        return error.start >= length or (error.stop >= length and self.box.completions.visible)

    # -- what it knows ------------------------------------------------------------------------------
    def _age(self) -> None:
        if not self._aging.isActive():
            self._aging.start(_FIELDS_MS)

    def learn(self) -> None:
        """Read what can stand in a filter, if that was not done: after the first answer, which is not to wait for it."""
        if not self._learnt:
            self._learnt = True
            self._aging.start(_SOON_MS)

    def _read_fields(self) -> None:
        self._session.call(_fields, while_alive(self, self._take_fields), lambda _error: None)

    def _take_fields(self, fields: Fields) -> None:
        if fields != self.box.fields:
            self.box.fields = fields
            self._retry()

    def _retry(self) -> None:
        """A name that was not there may be there now."""
        if not self.message.isHidden():
            self.apply()

    # -- what a person does -------------------------------------------------------------------------
    def focus(self) -> None:
        self.box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.box.selectAll()

    def add(self, field: str, value: str) -> None:
        """Let the field have this value, beside what else the filter says."""
        from workbench.filter_terms import is_finished, with_values

        text = self._used if is_finished(self._used) else ""
        self._write(with_values(text, field, [value]))

    def show_help(self) -> None:
        dialog = FilterHelp(self.window(), self.box.fields)
        dialog.taken.connect(self._write)
        dialog.open()

    def _write(self, text: str) -> None:
        self.box.setText(text)
        self.apply()
        self.box.keep(text)

    def _leave(self) -> None:
        self.apply()
        self.box.keep(self._used)
        self.left_for_list.emit()

    # -- what is remembered -------------------------------------------------------------------------
    def _recall(self) -> None:
        self.toggle.setChecked(self._choices.get("runs/chips", True))
        self.chips.show_chips(self.toggle.isChecked())
        try:
            recent = json.loads(self._choices.get("runs/recent", "[]"))
        except ValueError:
            recent = []
        self.box.recent = [each for each in recent if isinstance(each, str)]

    def remember(self) -> None:
        self._choices.set("runs/chips", self.toggle.isChecked())
        self._choices.set("runs/recent", json.dumps(self.box.recent))


def _fields(workbench: Workbench) -> Fields:
    return workbench.store.fields()
