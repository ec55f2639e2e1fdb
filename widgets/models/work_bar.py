"""How measuring comes along, with Cancel. Hidden unless something goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QProgressBar, QWidget

from widgets.models.work import Work
from widgets.parts import ElidedLabel, button, column, row

if TYPE_CHECKING:
    from workbench.exports.door import ExportProgress

_STEPS = 1000


class WorkBar(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._work: Work | None = None
        self.doing = ElidedLabel()
        self.bar = QProgressBar(textVisible=False, maximum=_STEPS)
        self.bar.setAccessibleName("Progress")
        self.cancel = button("Cancel", "close")
        self.cancel.clicked.connect(self._cancel)
        layout = row(column(self.doing, self.bar, space=4), self.cancel, space=12)
        layout.setStretch(0, 1)
        layout.setContentsMargins(12, 4, 10, 6)
        self.setLayout(layout)
        self.hide()

    @property
    def is_busy(self) -> bool:
        return self._work is not None

    def follow(self, work: Work, doing: str) -> None:
        """Show work that is about to start until it ends."""
        self._work = work
        self.doing.set_full(doing)
        self.bar.setValue(0)
        self.cancel.setEnabled(True)
        self.show()
        work.progressed.connect(self._show)
        work.done.connect(self._end)
        work.failed.connect(self._end)

    def _show(self, progress: ExportProgress) -> None:
        self.bar.setValue(round(_STEPS * progress.fraction))
        self.bar.setAccessibleDescription(f"{progress.text}, {progress.fraction:.0%}")
        if self.cancel.isEnabled():
            self.doing.set_full(progress.text)

    def _cancel(self) -> None:
        if self._work is not None:
            self.cancel.setEnabled(False)
            self.doing.set_full("Cancelling …")
            self._work.cancel()

    def _end(self) -> None:
        work, self._work = self._work, None
        self.hide()
        if work is not None:
            work.deleteLater()
