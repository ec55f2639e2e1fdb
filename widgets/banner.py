"""A line above the tabs that says something once and can be dismissed for good."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from widgets.parts import Picture, button, label


class Banner(QFrame):
    dismissed = Signal()

    def __init__(self, glyph: str, text: str) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.button = button("Don’t show again")
        self.button.clicked.connect(self.dismissed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 6)
        layout.addWidget(Picture(glyph, "accent", 18))
        layout.addWidget(label(text, wrap=True), 1)
        layout.addWidget(self.button)
