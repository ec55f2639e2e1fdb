"""The keys, as the table of actions and the panels have them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QWidget

from widgets.actions import ENTRIES
from widgets.key_values import KeyValues
from widgets.parts import button, column, label, row

_ELSEWHERE = {
    "Esc": "Clear the filter",
    "Alt+Up, Alt+Down": "Start a queued run earlier or later",
    "Up, Down in a number": "Go to the next round value",
}


class KeyHelp(QDialog):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keys")
        keys = {}
        for entry in ENTRIES:
            if entry.keys:
                shown = QKeySequence(entry.keys).toString(QKeySequence.SequenceFormat.NativeText)
                keys[shown] = entry.text.replace(" …", "")
        table = KeyValues()
        table.show_values({**keys, **_ELSEWHERE})
        close = button("Close")
        close.clicked.connect(self.accept)
        foot = row()
        foot.addStretch(1)
        foot.addWidget(close)
        self.setLayout(
            column(label("Keys", "heading", scale=1.2), table, foot, margin=18, space=12)
        )
