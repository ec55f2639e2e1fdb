"""A table of words that are as tall as they need to be, with a line between its rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from widgets import theme
from widgets.parts import column, label, line

Text = tuple[str, str]
"""Words and their role: ``dim``, ``heading``, ``error``, ``warning`` or ""."""


class WordTable(QWidget):
    """``stretches`` say how the columns share the room; those with 0 are as wide as what is in them."""

    def __init__(self, heads: Sequence[str], stretches: Sequence[int]) -> None:
        super().__init__()
        self._heads, self._stretches = heads, stretches
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * theme.SPACE)
        self._grid.setVerticalSpacing(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._shown: list[tuple[tuple[Text, ...], ...]] = []

    @property
    def texts(self) -> list[list[str]]:
        """What stands in each cell, row by row."""
        return [["\n".join(words for words, _ in cell) for cell in row] for row in self._shown]

    def show_rows(self, rows: Sequence[Sequence[Sequence[Text]]]) -> None:
        """Each cell has one or more texts, below each other."""
        frozen = [tuple(tuple(cell) for cell in row) for row in rows]
        if frozen == self._shown:
            return
        self._shown = frozen
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for at, (head, stretch) in enumerate(zip(self._heads, self._stretches, strict=True)):
            self._grid.addWidget(label(head, "dim", scale=0.92), 0, at)
            self._grid.setColumnStretch(at, stretch)
        for number, row in enumerate(rows):
            self._grid.addWidget(line(), 2 * number + 1, 0, 1, len(self._heads))
            for at, cell in enumerate(row):
                self._grid.addWidget(_cell(cell, wraps=self._stretches[at] > 0), 2 * number + 2, at, Qt.AlignmentFlag.AlignTop)  # fmt: skip


def _cell(texts: Sequence[Text], *, wraps: bool) -> QWidget:
    if len(texts) == 1:
        return _words(*texts[0], wraps=wraps)
    holder = QWidget()
    holder.setLayout(column(*(_words(words, role, wraps=wraps) for words, role in texts), space=1))
    return holder


def _words(words: str, role: str, *, wraps: bool) -> QLabel:
    made = label(words, role, wrap=wraps)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if wraps:
        made.setMinimumWidth(60)
    return made
