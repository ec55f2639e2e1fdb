"""What places its items itself and is as high as they need."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class Arranged(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._items: list[QWidget] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

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
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """An item that wants another size asks its parent to arrange again."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        """Place the items and set the height."""
        raise NotImplementedError
