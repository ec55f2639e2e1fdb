"""Widgets in lines, from left to right, as many in a line as there is room for."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class Flow(QWidget):
    """An item wider than the whole is made as narrow as that."""

    def __init__(self, space: int = 4) -> None:
        super().__init__()
        self._space = space
        self._items: list[QWidget] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def items(self) -> list[QWidget]:
        return list(self._items)

    def set_items(self, items: Iterable[QWidget]) -> None:
        """Show these, in this order; former ones that are not among them are deleted."""
        wanted = list(items)
        for item in self._items:
            if item not in wanted:
                item.hide()
                item.deleteLater()
        for item in wanted:
            if item not in self._items:
                item.setParent(self)
                item.show()
        self._items = wanted
        for before, after in pairwise(wanted):
            QWidget.setTabOrder(before, after)
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(120, self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        return QSize(20, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """An item that wants another size asks its parent to arrange again."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

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
