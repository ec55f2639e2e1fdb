"""The status line's left half: what just happened, with its undo."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from widgets.parts import ElidedLabel, button, row, set_role

_SHOWN_MS = 12_000


class NoticeBar(QWidget):
    undo_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._undo: Callable[[], object] | None = None
        self._text = ElidedLabel("", "dim")
        self.undo_button: QPushButton = button("Undo", "undo", flat=True)
        self.undo_button.setToolTip("Take it back (Ctrl+Z)")
        self.undo_button.clicked.connect(self.undo)
        self.undo_button.hide()
        keeps = self.undo_button.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.undo_button.setSizePolicy(keeps)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout = row(self._text, self.undo_button)
        layout.setContentsMargins(6, 0, 6, 0)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self._hiding = QTimer(self, singleShot=True, interval=_SHOWN_MS)
        self._hiding.timeout.connect(self.clear)

    @property
    def text(self) -> str:
        return self._text.full

    @property
    def can_undo(self) -> bool:
        return self._undo is not None

    def tell(self, text: str, undo: object = None) -> None:
        """Show a text for a while; ``undo`` is a callable or None."""
        self._show(text, "dim")
        self._undo = undo if callable(undo) else None
        self.undo_button.setVisible(self._undo is not None)
        self.undo_changed.emit()

    def tell_failure(self, text: str) -> None:
        """Show what went wrong; what can be undone stays so."""
        self._show(text.replace("\n", " "), "error")

    def undo(self) -> None:
        undo, self._undo = self._undo, None
        if undo is not None:
            undo()
            self.clear()

    def clear(self) -> None:
        """Ctrl+Z goes on to undo the last thing, after its notice has gone."""
        self._text.set_full("")
        self.undo_button.hide()
        self.undo_changed.emit()

    def _show(self, text: str, role: str) -> None:
        self._text.set_full(text)
        set_role(self._text, role)
        self._hiding.start()
