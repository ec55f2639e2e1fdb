"""Widgets in lines, from left to right, as many in a line as there is room for."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from widgets.arranged import Arranged


class Flow(Arranged):
    """An item wider than the whole is made as narrow as that."""

    def __init__(self, space: int = 4) -> None:
        super().__init__()
        self._space = space

    @property
    def items(self) -> list[QWidget]:
        return list(self._items)

    def set_items(self, items: Iterable[QWidget]) -> None:
        """As of every such widget; the Tab key follows the order."""
        super().set_items(items)
        for before, after in pairwise(self._items):
            QWidget.setTabOrder(before, after)

    def sizeHint(self) -> QSize:
        return QSize(120, self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        return QSize(20, self.minimumHeight())

    def _arrange(self) -> None:
        top = 0
        for line in self._lines():
            height = max(item.sizeHint().height() for item in line)
            left = 0
            for item in line:
                wanted = item.sizeHint()
                width = min(wanted.width(), self.width())
                below = top + (height - wanted.height()) // 2
                item.setGeometry(left, below, width, wanted.height())
                left += width + self._space
            top += height + self._space
        self.setFixedHeight(max(0, top - self._space))

    def _lines(self) -> list[list[QWidget]]:
        lines: list[list[QWidget]] = []
        left = 0
        for item in self._items:
            width = item.sizeHint().width()
            if item.isHidden():
                continue
            if not lines or left + width > self.width():
                lines.append([])
                left = 0
            lines[-1].append(item)
            left += width + self._space
        return lines
