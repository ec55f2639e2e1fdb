"""A grid of as many equal columns as there is room for."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from widgets import theme
from widgets.arranged import Arranged

_ACROSS, _DOWN = 2 * theme.SPACE, theme.SPACE


class FlowGrid(Arranged):
    """Places its items itself: Qt's grid would make columns as wide as what stands in them, so that
    grids below one another would not line up.
    """

    def __init__(self, minimum_width: int, maximum_columns: int = 6) -> None:
        super().__init__()
        self._minimum_width = minimum_width
        self._maximum = maximum_columns

    def sizeHint(self) -> QSize:
        return QSize(self._minimum_width, self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @property
    def columns(self) -> int:
        """How many there are at the width that it has."""
        room = (self.width() + _ACROSS) // (self._minimum_width + _ACROSS)
        return max(1, min(self._maximum, room))

    def _arrange(self) -> None:
        columns = self.columns
        width = (self.width() - (columns - 1) * _ACROSS) // columns
        top = 0
        shown = [item for item in self._items if not item.isHidden()]
        for start in range(0, len(shown), columns):
            row = shown[start : start + columns]
            height = max(_height(item, width) for item in row)
            for column, item in enumerate(row):
                item.setGeometry(column * (width + _ACROSS), top, width, height)
            top += height + _DOWN
        self.setFixedHeight(max(0, top - _DOWN))


def _height(item: QWidget, width: int) -> int:
    """What the item needs at that width: words that are wrapped need more where it is narrow."""
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()
