"""The title of a plot: dragged to move the plot or to show its metric in another one, double-clicked to maximise it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSizePolicy

from widgets.dragged import Dragged, drag, far_enough
from widgets.parts import ElidedLabel


class PlotTitle(ElidedLabel):
    double_clicked = Signal()

    def __init__(self, text: str) -> None:
        super().__init__(text, "heading")
        self.dragged = Dragged()
        """What is dragged from here; nothing if it is empty."""
        self._pressed: QPoint | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not far_enough(self._pressed, event.position().toPoint()):
            return
        self._pressed = None
        if self.dragged != Dragged():
            drag(self, self.dragged)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        del event
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit()
