"""The last and the best value of every metric, in columns of figures."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from widgets import theme
from widgets.parts import ElidedLabel, label

_RIGHT = Qt.AlignmentFlag.AlignRight
_BESIDE_FROM = 250
"""Pixels of width from which on a name has room beside its figures."""


class MetricsGrid(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, tuple[QLabel, QLabel]] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)
        self._beside = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= _BESIDE_FROM
        if beside != self._beside:
            self._beside = beside
            shown = {name: (last.text(), best.text()) for name, (last, best) in self._rows.items()}
            self._rebuild(list(shown))
            self.show_metrics([(name, last, best) for name, (last, best) in shown.items()])

    def show_metrics(self, metrics: list[tuple[str, str, str]]) -> None:
        if [name for name, _, _ in metrics] != list(self._rows):
            self._rebuild([name for name, _, _ in metrics])
        for name, last, best in metrics:
            for shown, value in zip(self._rows[name], (last, best), strict=True):
                if shown.text() != value:
                    shown.setText(value)

    def _rebuild(self, names: list[str]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._rows = {}
        for place, title in enumerate(("", "last", "best")):
            self._grid.addWidget(label(title, "dim", scale=0.9), 0, place, _RIGHT)
        for row, name in zip(self._places(len(names)), names, strict=True):
            values = (label(), label())
            for each in values:
                each.setFont(theme.font())
                each.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._rows[name] = values
            heading = ElidedLabel(name, "dim")
            self._grid.addWidget(heading, row, 0, 1, 1 if self._beside else 3)
            for column, each in enumerate(values, start=1):
                self._grid.addWidget(each, row if self._beside else row + 1, column, _RIGHT)

    def _places(self, count: int) -> range:
        """The rows of the names, below that of the titles."""
        return range(1, 1 + count) if self._beside else range(1, 1 + 2 * count, 2)
