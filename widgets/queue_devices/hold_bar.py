"""Tells that the whole queue is held, and releases it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from widgets.parts import Picture, button, label, row, while_alive
from workbench.session import Session

_SETTING = "queue.held"


class HoldBar(QFrame):
    """In sight while the queue is held. What it knows is what the history says, asked for once a second."""

    changed = Signal(bool)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.held = False
        self.setProperty("role", "banner")
        self.release = button("Release")
        self.release.clicked.connect(self.toggle)
        words = label("The queue is held: no waiting run starts.", wrap=True)
        layout = row(Picture("pause-box-outline", "accent", 18), words, self.release)
        layout.setContentsMargins(10, 4, 6, 4)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.hide()
        session.scheduler_changed.connect(self._ask)

    def toggle(self) -> None:
        self._session.control.hold_queue(not self.held)

    def _ask(self) -> None:
        self._session.call(
            lambda workbench: bool(workbench.store.setting(_SETTING, False)),
            while_alive(self, self._show),
            lambda _error: None,  # the session tells that the history cannot be read
        )

    def _show(self, held: bool) -> None:
        if held != self.held:
            self.held = held
            self.setVisible(held)
            self.changed.emit(held)
