"""What is wrong with the home, as long as it is wrong. It holds nothing up."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout

from widgets.parts import Picture, label
from workbench.health import Health
from workbench.session import Session


class HealthBanner(QFrame):
    """In sight while there is a problem; there is nothing to dismiss, it goes when the problem has gone."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setProperty("role", "alarm")
        self.words = label("", wrap=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 7, 10, 7)
        layout.addWidget(Picture("alert-outline", "warning", 18))
        layout.addWidget(self.words, 1)
        self.setAccessibleName("What is wrong with the home")
        session.health_changed.connect(self.show_health)
        self.show_health(session.health)

    def show_health(self, health: Health) -> None:
        self.words.setText(health.problem)
        self.setVisible(bool(health.problem))
