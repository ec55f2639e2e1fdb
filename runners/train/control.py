"""Being asked to stop or to pause, by the run's control file or by a signal."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from runners.protocol import Request, RunFolder


class StopRequested(BaseException):
    """Raised where a training that was asked to stop can do so. The message says who asked.

    No Exception: it may be raised while a framework is imported, which handles those itself.
    """


class Control:
    """Knows what the training was asked for."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._signal: signal.Signals | None = None
        self._interruptible = False

    def listen_to_signals(self) -> None:
        """From now on a request to terminate is a request to stop after the step."""
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            if number := getattr(signal, name, None):
                signal.signal(number, self._on_signal)

    @property
    def signalled(self) -> bool:
        """Whether a signal asked to stop, which nobody sends who is willing to wait long."""
        return self._signal is not None

    @property
    def pausing(self) -> bool:
        return self._folder.read_request() is Request.PAUSE

    def check(self) -> None:
        """Raises StopRequested."""
        if self._folder.read_request() in (Request.STOP, Request.KILL):
            raise StopRequested("stopped by the user")
        if self._signal is not None:
            raise StopRequested(f"stopped by {self._signal.name}")

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """For what takes long and polls nothing: here a signal raises StopRequested at once.

        A framework may make another error of that; it is told as what it was.
        """
        self.check()
        self._interruptible = True
        try:
            yield
        except Exception:
            if self.signalled:
                self.check()
            raise
        finally:
            self._interruptible = False
        self.check()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._signal = signal.Signals(number)
        if self._interruptible:
            self._interruptible = False
            self.check()
