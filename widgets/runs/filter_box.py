"""The line that filters the list of runs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from widgets.icons import icon


class FilterBox(QLineEdit):
    """Esc clears it; Down or Enter goes on to the list."""

    left_for_list = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Filter: words, tags, failed, epochs=5 …")
        self.setAccessibleName("Filter runs")
        self.setToolTip(
            "Shows the runs that have every word in their name, number, state, tags,\n"
            "experiment, template, framework, dataset or parameters (name=value)."
        )
        self.setClearButtonEnabled(True)
        self.addAction(icon("magnify", "dim"), QLineEdit.ActionPosition.LeadingPosition)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left_for_list.emit()
        else:
            super().keyPressEvent(event)
