"""Long work on a worker that tells how far it is, and that can be cancelled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from widgets.parts import while_alive
from workbench.processes import Cancelled
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench
    from workbench.exports.door import ExportProgress


class Work(QObject):
    """Exactly one of `done` and `failed` comes, as the last signal. It has to live until then."""

    progressed = Signal(object)
    """The ExportProgress."""
    logged = Signal(str)
    done = Signal(object)
    """What the work returned."""
    failed = Signal(str)
    """Why it did not; "" where it was cancelled."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._cancel = Event()
        self.is_going = False

    def start(self, do: Callable[[Workbench, Work], object]) -> None:
        """Do it on a worker, where it may call `tell`, `log` and `cancelled`."""
        self.is_going = True
        self._session.call(
            lambda workbench: do(workbench, self),
            while_alive(self, self._finish),
            while_alive(self, self._fail),
        )

    def cancel(self) -> None:
        self._cancel.set()

    @property
    def is_cancelled(self) -> bool:
        return self._cancel.is_set()

    # -- called on the worker -------------------------------------------------------------------------
    def tell(self, progress: ExportProgress) -> None:
        with suppress(RuntimeError):  # the window was closed
            self.progressed.emit(progress)

    def log(self, line: str) -> None:
        with suppress(RuntimeError):
            self.logged.emit(line)

    def cancelled(self) -> bool:
        return self._cancel.is_set() or self._session.closing

    # -- its end --------------------------------------------------------------------------------------
    def _finish(self, result: object) -> None:
        self.is_going = False
        self.done.emit(result)

    def _fail(self, error: Exception) -> None:
        self.is_going = False
        self.failed.emit("" if isinstance(error, Cancelled) else str(error))
