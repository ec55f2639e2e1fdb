"""A grid of as many equal columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import theme

_ACROSS, _DOWN = 2 * theme.SPACE, theme.SPACE


class FlowGrid(QWidget):
    """Places its items itself: Qt's grid would make columns as wide as what stands in them, so that
    grids below one another would not line up.
    """

    def __init__(self, minimum_width: int, maximum_columns: int = 6) -> None:
        super().__init__()
        self._minimum_width = minimum_width
        self._maximum = maximum_columns
        self._items: list[QWidget] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_items(self, items: Sequence[QWidget]) -> None:
        """Show these, in this order; the former ones are deleted."""
        for item in self._items:
            item.hide()
            item.deleteLater()
        self._items = list(items)
        for item in self._items:
            item.setParent(self)
            item.show()
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(self._minimum_width, self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """An item that wants another height asks its parent to arrange again."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        room = (self.width() + _ACROSS) // (self._minimum_width + _ACROSS)
        columns = max(1, min(self._maximum, room))
        width = (self.width() - (columns - 1) * _ACROSS) // columns
        top = 0
        for start in range(0, len(self._items), columns):
            row = self._items[start : start + columns]
            height = max(item.sizeHint().height() for item in row)
            for column, item in enumerate(row):
                item.setGeometry(column * (width + _ACROSS), top, width, height)
            top += height + _DOWN
        self.setFixedHeight(max(0, top - _DOWN))
