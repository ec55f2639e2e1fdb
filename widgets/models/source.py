"""What the views of exports know: which there are, with their manifests. Read on workers, while somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from storage.records import ExportRecord, RunRecord
from widgets.models.reading import Item, Listed, Reader
from widgets.parts import while_alive
from workbench.session import Session

_SOON_MS = 300


class ModelSource(QObject):
    listed = Signal()
    """`items` or `trashed` are others."""
    refused = Signal(str)
    """Why they cannot be read."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._listed = Listed()
        self._reader = Reader()
        self._reading = self._again = False
        self._looks: Callable[[], bool] = lambda: True
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.refresh)
        session.ready.connect(self.refresh)
        session.exports_changed.connect(self.refresh)
        session.runs_changed.connect(self._runs_changed)

    @property
    def items(self) -> Sequence[Item]:
        return self._listed.items

    @property
    def trashed(self) -> Sequence[ExportRecord]:
        return self._listed.trashed

    def while_seen(self, looks: Callable[[], bool]) -> None:
        """Read only while this says that somebody looks."""
        self._looks = looks

    def item(self, export_id: int) -> Item | None:
        return next((one for one in self.items if one.record.id == export_id), None)

    def refresh(self) -> None:
        """Read which there are, if somebody looks. While that goes on, at most one more reading waits."""
        if not self._looks():
            return
        if self._reading:
            self._again = True
            return
        self._reading, self._again = True, False
        self._session.call(
            self._reader.read, while_alive(self, self._take), while_alive(self, self._refuse)
        )

    def _runs_changed(self, changed: list[RunRecord]) -> None:
        """A run may have another name or colour, or have come from the trash or gone there."""
        if any(run.state.final for run in changed) and not self._soon.isActive():
            self._soon.start()

    def _take(self, listed: Listed) -> None:
        self._reading = False
        if listed != self._listed or not listed.items:
            self._listed = listed
            self.listed.emit()
        self._go_on()

    def _refuse(self, error: Exception) -> None:
        self._reading = False
        self.refused.emit(str(error))
        self._go_on()

    def _go_on(self) -> None:
        if self._again:
            self.refresh()
