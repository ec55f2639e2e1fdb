"""Details of several selected runs: what they have in common, what differs, and what can be done to all of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from storage.records import RunRecord
from widgets import theme
from widgets.details import common
from widgets.details.marks import Marks
from widgets.flow import Flow
from widgets.key_values import KeyValues
from widgets.parts import button, column, label
from widgets.text import plural
from workbench.session import Session

_OFFERS = (
    ("compare", "Compare", "compare-horizontal"),
    ("move", "Move …", "folder-move-outline"),
    ("archive", "Archive", "archive-outline"),
    ("delete", "Delete", "trash-can-outline"),
)
_TITLES = ("Differs", "In common")
_MOST = 500
"""To read what thousands of runs were asked to be would stop the window for seconds."""


class Several(QWidget):
    wanted = Signal(str)
    """The name of an action of the window."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._title = label("", "heading")
        self._title.setFont(theme.font(1.15, bold=True))
        self.marks = Marks(session)
        self._outcome, self._same = KeyValues(), KeyValues()
        self._different = KeyValues(stacked=True)
        self._titles = [label(text, "heading", wrap=True) for text in _TITLES]
        self.offers: dict[str, QPushButton] = {}
        offers = Flow()
        for name, text, glyph in _OFFERS:
            made = button(text, glyph)
            made.setProperty("quiet", True)
            made.clicked.connect(lambda _checked, name=name: self.wanted.emit(name))
            self.offers[name] = made
        offers.set_items(self.offers.values())
        layout = column(self._title, self.marks, offers, self._outcome, space=6)
        for title, part in zip(self._titles, (self._different, self._same), strict=True):
            title.setContentsMargins(0, 8, 0, 0)
            layout.addWidget(title)
            layout.addWidget(part)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.addStretch(1)
        self.setLayout(layout)
        self.setProperty("page", True)

    def show_runs(self, runs: Sequence[RunRecord]) -> None:
        self._title.setText(f"{plural(len(runs), 'run')} selected")
        self.marks.show_runs(runs)
        compared = runs[:_MOST]
        of = f" (the first {_MOST:,} runs)" if len(compared) < len(runs) else ""
        same, different = common.compare(compared)
        self._outcome.show_values(common.outcome(runs, _MOST))
        for title, name, part, values in zip(
            self._titles, _TITLES, (self._different, self._same), (different, same), strict=True
        ):
            title.setText(name + of)
            part.show_values(values)
            title.setVisible(bool(values))
