"""What the views of duels know: which duels there are, and what is known of the one that is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from storage.records import RunRecord
from widgets.duel import reading
from widgets.duel.reading import Reading
from widgets.parts import while_alive
from workbench.duel.queueing import DuelState
from workbench.duel.results import Results
from workbench.duel.weights import DEFAULT, PROFILES, Weights
from workbench.session import Session

_SOON_MS = 500


class DuelSource(QObject):
    """Reads on workers, and again when runs of duels change while somebody looks. Of several readings the newest counts."""

    listed = Signal()
    """`states` are others."""
    read = Signal(object)
    """The Reading of what is looked at."""
    refused = Signal(str)
    """Why it cannot be read."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.states: Sequence[DuelState] = ()
        self.looked_at = ""
        """The id of a duel of this home, or ""."""
        self.file: Results | None = None
        """What was read from a file and is looked at instead."""
        self._weights: Weights = PROFILES[DEFAULT]
        self._number = 0
        self._reading = self._again = False
        self._ended: object = None
        self._looks: Callable[[], bool] = lambda: True
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.refresh)
        session.ready.connect(self.refresh)
        session.runs_changed.connect(self._runs_changed)
        session.exports_changed.connect(self._exports_changed)

    def while_seen(self, looks: Callable[[], bool]) -> None:
        """Read only while this says that somebody looks."""
        self._looks = looks

    def state(self, duel: str) -> DuelState | None:
        return next((each for each in self.states if each.record.id == duel), None)

    # -- the list ---------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Read which duels there are and how far they are, if somebody looks."""
        if self._looks():
            self._session.call(lambda workbench: workbench.duels.list(), while_alive(self, self._take_states))  # fmt: skip

    def _runs_changed(self, changed: list[RunRecord]) -> None:
        if any(run.spec.duel is not None for run in changed) and not self._soon.isActive():
            self._soon.start()

    def _exports_changed(self) -> None:
        self._ended = None
        if not self._soon.isActive():
            self._soon.start()

    def _take_states(self, states: Sequence[DuelState]) -> None:
        self.states = states
        self.listed.emit()
        state = self.state(self.looked_at)
        if state is not None and self._ended != _ended(state):
            self._ended = _ended(state)
            self._read()

    # -- one duel -----------------------------------------------------------------------------------
    def look_at(self, duel: str) -> None:
        """Read this duel, and again when another of its runs has ended, or an export has changed."""
        self.looked_at, self.file = duel, None
        self._ended = None
        self.refresh()

    def look_at_file(self, results: Results) -> None:
        """Judge what a file holds."""
        self.looked_at, self.file = "", results
        self._read()

    def weigh(self, weights: Weights) -> None:
        """Judge again, with other weights."""
        self._weights = weights
        self._read()

    def _read(self) -> None:
        """While one is read, at most one more waits, the newest."""
        if self._reading:
            self._again = True
            return
        duel, file, weights = self.looked_at, self.file, self._weights
        if not duel and file is None:
            return
        self._reading, self._again = True, False
        self._session.call(
            lambda workbench: reading.reading(file, weights) if file is not None else reading.read(workbench, duel, weights),
            while_alive(self, lambda found: self._take(duel, file, found)),
            while_alive(self, lambda error: self._refuse(duel, file, error)),
        )  # fmt: skip

    def _take(self, duel: str, file: Results | None, found: Reading) -> None:
        self._reading = False
        if (duel, file) == (self.looked_at, self.file):
            self.read.emit(found)
        if self._again or (duel, file) != (self.looked_at, self.file):
            self._read()

    def _refuse(self, duel: str, file: Results | None, error: Exception) -> None:
        self._reading = False
        if (duel, file) == (self.looked_at, self.file):
            self.refused.emit(str(error))
        else:
            self._read()


def _ended(state: DuelState) -> object:
    """What has changed when the results are others."""
    return state.record.id, state.done, state.total, state.state, state.problems
