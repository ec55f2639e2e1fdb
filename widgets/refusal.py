"""Says that a home cannot be opened, and tries again until it can."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from storage.errors import VanishedDatabase
from widgets.dialogs import message_box
from workbench.session import Session

_TRY_AGAIN_MS = 2000


class Refusal:
    """For one window. Its box goes away by itself when the home can be opened after all, as when its disk is back."""

    def __init__(self, window: QWidget, session: Session) -> None:
        self._window, self._session = window, session
        self._again = QTimer(window, interval=_TRY_AGAIN_MS, singleShot=True)
        self._again.timeout.connect(session.open)
        self.box: QMessageBox | None = None
        session.unusable.connect(self._show)
        session.ready.connect(self._opened)

    def _show(self, error: Exception) -> None:
        text = f"{error}\n\nHome: {self._session.home}"
        self._again.start()
        if self.box is not None and self.box.informativeText() == text:
            return
        self._opened_anew(text, offers_rebuilding=isinstance(error, VanishedDatabase))

    def _opened_anew(self, text: str, *, offers_rebuilding: bool) -> None:
        self._drop()
        box = message_box(self._window, "Twinbench", "This home cannot be opened.", text)
        box.setIcon(QMessageBox.Icon.Critical)
        box.setStandardButtons(QMessageBox.StandardButton.Close)
        if offers_rebuilding:
            self._add_rebuilding(box)
        box.finished.connect(lambda: QCoreApplication.exit(1))
        box.open()
        self.box = box

    def _add_rebuilding(self, box: QMessageBox) -> None:
        button = QPushButton("Rebuild from the run folders")
        box.addButton(button, QMessageBox.ButtonRole.ActionRole)
        button.clicked.disconnect()  # or the box would close
        button.clicked.connect(lambda: self._rebuild(button))

    def _rebuild(self, button: QPushButton) -> None:
        self._again.stop()
        button.setEnabled(False)
        button.setText("Rebuilding …")
        self._session.rebuild()

    def _opened(self) -> None:
        self._again.stop()
        self._drop()

    def _drop(self) -> None:
        if self.box is not None:
            self.box.deleteLater()
            self.box = None
