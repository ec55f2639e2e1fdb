"""A word in a rounded frame: it can be chosen, and taken away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QSizePolicy

from widgets.parts import ElidedLabel, restyle, row, tool_button
from widgets.plain import tip
from widgets.theme import font

_WIDEST = 200


class Chip(QFrame):
    """Enter, Space or a click chooses it; Delete, Backspace or its cross takes it away."""

    chosen = Signal()
    removed = Signal()

    def __init__(self, text: str, *, removable: bool = True, mixed: bool = False) -> None:
        super().__init__()
        self.text = text
        self.setProperty("role", "chip")
        self.setProperty("mixed", mixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._words = ElidedLabel(text)
        self._words.setFont(font(0.92))
        self._words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._words.setMaximumWidth(_WIDEST)
        self._words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = row(self._words, space=2)
        layout.setContentsMargins(8, 1, 3 if removable else 8, 1)
        if removable:
            self.cross = tool_button("close", f"Remove {text}", "dim")
            self.cross.setIconSize(QSize(12, 12))
            self.cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.cross.clicked.connect(self.removed)
            layout.addWidget(self.cross)
        self.setLayout(layout)

    def explain(self, text: str) -> None:
        self.setToolTip(tip(text))
        self._words.setToolTip("")

    def set_mixed(self, mixed: bool) -> None:
        """Whether it holds for some only of what is selected."""
        if self.property("mixed") != mixed:
            self.setProperty("mixed", mixed)
            restyle(self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)
