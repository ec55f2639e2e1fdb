"""Names and values in two columns. Values change in place, so that nothing flickers or jumps."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from widgets import theme
from widgets.parts import label

_NARROWEST, _WIDEST = 44, 76
"""Between these a value has room for its longest word, at the cost of its name, which is broken then."""


class KeyValues(QWidget):
    """``stacked`` puts each value below its name, where values are long and the place is narrow."""

    def __init__(self, *, stacked: bool = False) -> None:
        super().__init__()
        self._stacked = stacked
        self._values: dict[str, QLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)

    def show_values(self, values: Mapping[str, str]) -> None:
        """Show these, in this order."""
        if list(values) != list(self._values):
            self._rebuild(list(values))
        for name, text in values.items():
            if self._values[name].text() != text:
                self._values[name].setText(text)
                self._values[name].setMinimumWidth(_room(self._values[name], text))

    def _rebuild(self, names: list[str]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._values = {}
        top = Qt.AlignmentFlag.AlignTop
        for place, name in enumerate(names):
            value = label("", wrap=True)
            value.setFont(theme.font())
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setMinimumWidth(_NARROWEST)
            self._values[name] = value
            if self._stacked:
                self._grid.addWidget(label(name, "dim", scale=0.92), 2 * place, 0, 1, 2, top)
                self._grid.addWidget(value, 2 * place + 1, 0, 1, 2)
            else:
                breakable = name.replace("_", "_\u200b")
                called = label(breakable, "dim", wrap=True)
                called.setMinimumHeight(
                    called.fontMetrics().lineSpacing()
                )  # wrapped, it would yield
                self._grid.addWidget(called, place, 0, top)
                self._grid.addWidget(value, place, 1, top)


def _room(value: QLabel, text: str) -> int:
    metrics = value.fontMetrics()
    longest = max(
        (metrics.horizontalAdvance(word) for word in text.replace("\n", " ").split(" ")), default=0
    )
    return max(_NARROWEST, min(_WIDEST, longest + 1))
