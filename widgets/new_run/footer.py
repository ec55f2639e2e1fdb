"""The foot of the form: what the run will cost, how far its preparation is, and Start."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QStackedWidget, QWidget

from widgets.parts import ElidedLabel, button, column, row, set_role
from widgets.text import capital, plural, size
from workbench.requests import Estimate

_STEPS = 1000


class Footer(QWidget):
    start = Signal()
    start_another = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._line = ElidedLabel()
        self._doing = ElidedLabel()
        self._bar = QProgressBar()
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Preparing the dataset")
        waiting = QWidget()
        waiting.setLayout(column(self._doing, self._bar, space=5))
        self._pages = QStackedWidget()
        self._pages.addWidget(self._line)
        self._pages.addWidget(waiting)
        self.start_button = button("Start", "play", primary=True)
        self.another_button = button("Start another")
        for each in (self.start_button, self.another_button):
            each.setIconSize(QSize(16, 16))
        keys = QKeySequence("Ctrl+Return").toString(QKeySequence.SequenceFormat.NativeText)
        more = QKeySequence("Ctrl+Shift+Return").toString(QKeySequence.SequenceFormat.NativeText)
        self.start_button.setToolTip(f"Queue the run and watch it ({keys})")
        self.another_button.setToolTip(f"Queue the run and stay here ({more})")
        self.start_button.clicked.connect(self.start)
        self.another_button.clicked.connect(self.start_another)
        layout = row(self._pages, self.another_button, self.start_button, margin=10)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_estimate(self, estimate: Estimate, epochs: int, runs: int) -> None:
        steps = f"{plural(estimate.steps_per_epoch, 'step')} an epoch"
        if epochs > 1:
            steps += f", {estimate.steps_per_epoch * epochs:,} in all"
        each = " each" if runs > 1 else ""
        self._say(
            f"{plural(estimate.parameter_count, 'weight')}{each} · "
            f"about {size(estimate.memory_bytes)} of memory · {steps}",
            "dim",
        )
        self.start_button.setText("Start both" if runs > 1 else "Start")
        self._allow(True)

    def show_ready(self, text: str) -> None:
        """Say what will be run."""
        self._say(text, "dim")
        self.start_button.setText("Start")
        self._allow(True)

    def show_problem(self, text: str) -> None:
        self._say(text, "error")
        self._allow(False)

    def show_advice(self, text: str) -> None:
        """Say what to do before anything can be started."""
        self._say(text, "dim")
        self.start_button.setText("Start")
        self._allow(False)

    def show_failure(self, text: str) -> None:
        """Say why nothing was queued; it may be tried again."""
        self._pages.setCurrentIndex(0)
        self._say(text, "error")
        self._allow(True)

    def show_progress(self, text: str, fraction: float) -> None:
        self._doing.set_full(capital(text))
        self._bar.setValue(round(fraction * _STEPS))
        self._pages.setCurrentIndex(1)
        self._allow(False)

    def show_done(self) -> None:
        self._pages.setCurrentIndex(0)
        self._allow(True)

    def _say(self, text: str, role: str) -> None:
        self._line.set_full(text)
        set_role(self._line, role)

    def _allow(self, allowed: bool) -> None:
        self.start_button.setEnabled(allowed)
        self.another_button.setEnabled(allowed)
