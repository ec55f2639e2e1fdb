"""Ending a trainer that is asked to stop: ask, wait, terminate, wait, kill."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from runners.protocol import Request, RunFolder
from runners.scheduler.executors.local import LocalTrainer

logger = logging.getLogger(__name__)

_KILL_INTERVAL_S = 0.25


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a trainer has to stop by itself after it was asked, and after it was terminated, in seconds."""

    asked_s: float = 10.0
    terminated_s: float = 5.0


class StopLadder:
    """Climbs one step further whenever the patience for the last one is over, never back.

    ``forced`` says that a signal was sent. Times are those of one monotonic clock, in seconds.
    """

    def __init__(self, folder: RunFolder, trainer: LocalTrainer, patience: Patience) -> None:
        self._folder = folder
        self._trainer = trainer
        self._patience = patience
        self._terminate_at: float | None = None
        self._kill_at: float | None = None
        self._killing = False
        self.forced = False

    def climb(self, request: Request, now: float) -> str:
        """Do what is due; what was newly done, in words for the user, or ""."""
        if request is Request.KILL and not self._killing:
            return self._kill(now, "being killed")
        if self._kill_at is not None:
            return (
                self._kill(now, "still did not stop; being killed") if now >= self._kill_at else ""
            )
        if self._terminate_at is None:
            return self._ask(now)
        return self._terminate(now) if now >= self._terminate_at else ""

    def _ask(self, now: float) -> str:
        try:
            self._folder.write_request(Request.STOP)
        except OSError as error:
            logger.warning("%s: the request could not be written: %s", self._folder.path, error)
        self._terminate_at = now + self._patience.asked_s
        return "asked to stop"

    def _terminate(self, now: float) -> str:
        self.forced = True
        self._trainer.terminate()
        self._kill_at = now + self._patience.terminated_s
        return f"did not stop within {self._patience.asked_s:g} s; being terminated"

    def _kill(self, now: float, words: str) -> str:
        """Kill, and again a little later, until the caller sees that nothing is left."""
        first, self._killing, self.forced = not self._killing, True, True
        self._kill_at = now + _KILL_INTERVAL_S
        self._trainer.kill()
        return words if first else ""
