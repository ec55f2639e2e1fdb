"""How a job on a dataset comes along: what it does, how long it takes still, and Cancel."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from widgets.parts import ElidedLabel, button, column, label, row
from widgets.text import capital, duration
from workbench.dataset_jobs import DatasetJob

_STEPS = 1000


class JobBar(QWidget):
    """Hidden unless a job runs."""

    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._job: DatasetJob | None = None
        self._doing, self._left = ElidedLabel(), label("", "dim")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        self.cancel = button("Cancel", "close")
        self.cancel.clicked.connect(self._cancel)
        words = row(self._doing, self._left)
        words.setStretch(0, 1)
        layout = row(column(words, self.bar, space=4), self.cancel, space=12)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.hide()

    @property
    def busy(self) -> bool:
        return self._job is not None

    @property
    def said(self) -> str:
        return self._doing.full

    def follow(self, job: DatasetJob, doing: str) -> None:
        """Show a job until it ends, and start it."""
        self._job = job
        job.setParent(self)
        self._show(doing, 0.0, None)
        self.bar.setRange(0, 0)  # until it tells how far it is
        self.cancel.setEnabled(True)
        self.show()
        job.progress.connect(self._show)
        for end in (job.done, job.failed, job.cancelled):
            end.connect(self._end)
        job.start()

    def _show(self, text: str, fraction: float, left: float | None) -> None:
        self._doing.set_full(capital(text))
        self._left.setText("" if left is None else f"about {duration(left)} left")
        self.bar.setRange(0, _STEPS)
        self.bar.setValue(round(fraction * _STEPS))
        self.bar.setAccessibleDescription(f"{text}, {fraction:.0%}")

    def _cancel(self) -> None:
        if self._job is not None:
            self.cancel.setEnabled(False)
            self._doing.set_full("Cancelling …")
            self._job.cancel()

    def _end(self) -> None:
        job, self._job = self._job, None
        self.hide()
        if job is not None:
            job.deleteLater()
        self.ended.emit()
