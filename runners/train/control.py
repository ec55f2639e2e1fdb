"""Being asked to stop, by the run's control file or by a signal."""

from __future__ import annotations

import signal
from types import FrameType

from runners.protocol import RunFolder


class StopRequested(Exception):
    """Raised where a training that was asked to stop can do so. The message says who asked."""


class Control:
    """Knows whether the training was asked to stop."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._signal: signal.Signals | None = None

    def listen_to_signals(self) -> None:
        """From now on a request to terminate is a request to stop after the step."""
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            if number := getattr(signal, name, None):
                signal.signal(number, self._on_signal)

    def check(self) -> None:
        """Raises StopRequested."""
        if self._signal is not None:
            raise StopRequested(f"stopped by {self._signal.name}")
        if self._folder.read_request() is not None:
            raise StopRequested("stopped by the user")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._signal = signal.Signals(number)
