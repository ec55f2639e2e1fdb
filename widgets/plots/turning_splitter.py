"""Two parts beside each other where there is room for both, else one above the other."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from widgets.choices import Choices

WIDE = 1150
"""From this width on both stand beside each other."""
_WHOLE = 1000


class TurningSplitter(QSplitter):
    """``share`` (0 to 1) is the part of the first at the start; what a person makes of it is remembered."""

    def __init__(
        self, first: QWidget, second: QWidget, share: float, name: str, choices: Choices | None
    ) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._share = share
        self._name = name
        self._choices = choices
        self._sizes: dict[str, list[int]] = {}
        self.setChildrenCollapsible(False)
        for place, (part, stretch) in enumerate(((first, share), (second, 1 - share))):
            self.addWidget(part)
            self.setStretchFactor(place, round(100 * stretch))
        self._recall()
        self._divide()
        self.splitterMoved.connect(self._remember)

    def resizeEvent(self, event: QResizeEvent) -> None:
        wide = event.size().width() >= WIDE
        wanted = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if self.orientation() != wanted:
            self.setOrientation(wanted)
            self._divide()
        super().resizeEvent(event)

    def _divide(self) -> None:
        first = round(_WHOLE * self._share)
        self.setSizes(self._sizes.get(_word(self.orientation()), [first, _WHOLE - first]))

    def _recall(self) -> None:
        text = self._choices.get(self._name, "") if self._choices is not None else ""
        try:
            raw = json.loads(text)
            self._sizes = {name: [int(size) for size in sizes] for name, sizes in raw.items()}
        except (ValueError, TypeError, AttributeError):
            self._sizes = {}

    def _remember(self) -> None:
        self._sizes[_word(self.orientation())] = self.sizes()
        if self._choices is not None:
            self._choices.set(self._name, json.dumps(self._sizes))


def _word(orientation: Qt.Orientation) -> str:
    return "wide" if orientation == Qt.Orientation.Horizontal else "narrow"
