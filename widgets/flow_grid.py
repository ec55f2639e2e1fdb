"""A grid that takes as many equal columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QSpacerItem, QWidget

from widgets import theme


class FlowGrid(QWidget):
    def __init__(self, minimum_width: int, maximum_columns: int = 6) -> None:
        super().__init__()
        self._minimum_width = minimum_width
        self._maximum = maximum_columns
        self._items: list[QWidget] = []
        self._columns = 1
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * theme.SPACE)
        self._grid.setVerticalSpacing(theme.SPACE)

    def set_items(self, items: Sequence[QWidget]) -> None:
        """Show these, in this order; the former ones are deleted."""
        for item in self._items:
            item.hide()
            item.deleteLater()
        self._items = list(items)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = (event.size().width() + 2 * theme.SPACE) // (self._minimum_width + 2 * theme.SPACE)
        columns = max(1, min(self._maximum, room))
        if columns != self._columns:
            self._columns = columns
            self._arrange()

    def _arrange(self) -> None:
        while self._grid.takeAt(0) is not None:
            pass
        for place in range(self._maximum):
            self._grid.setColumnStretch(place, 1 if place < self._columns else 0)
        for place, item in enumerate(self._items):
            row, column = divmod(place, self._columns)
            self._grid.addWidget(item, row, column, Qt.AlignmentFlag.AlignTop)
        for column in range(len(self._items), self._columns):  # so that columns are of one width
            self._grid.addItem(QSpacerItem(0, 0, QSizePolicy.Policy.Expanding), 0, column)
