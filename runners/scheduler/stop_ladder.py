"""Ending a trainer that is asked to stop: ask, wait, terminate, wait, kill."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from runners.protocol import Request
from runners.scheduler.every import Every
from runners.scheduler.executors.local import LocalTrainer

_KILL_INTERVAL_S = 0.25


class Rung(StrEnum):
    """How far the scheduler went in ending a trainer, in the words that stand as the reason in the history.

    A later scheduler reads them there, and goes on from that rung.
    """

    ASKED = "asked to stop"
    TERMINATED = "did not stop in time; being terminated"
    KILLED = "being killed"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a trainer has to end by itself, in seconds: after it was asked, after it was terminated, and after it wrote its outcome."""

    asked_s: float = 10.0
    terminated_s: float = 5.0
    ended_s: float = 30.0

    def after(self, rung: Rung) -> float | None:
        """How long to wait on a rung before the next one; None on the last."""
        return {Rung.ASKED: self.asked_s, Rung.TERMINATED: self.terminated_s}.get(rung)


class StopLadder:
    """Climbs one rung further whenever the patience for the last one is over, never back.

    `climb` decides and `act` does, so that what is about to be done to a trainer can be written down in between: whoever
    finds the trainer dead then knows who did it. Times are those of one monotonic clock, in seconds.
    """

    def __init__(self, trainer: LocalTrainer, patience: Patience) -> None:
        self._trainer = trainer
        self._patience = patience
        self._next_at = 0.0
        self._acted_on: Rung | None = None
        self._kill_again = Every(_KILL_INTERVAL_S)
        self.rung: Rung | None = None

    @property
    def forced(self) -> bool:
        """Whether a signal was sent."""
        return self.rung in (Rung.TERMINATED, Rung.KILLED)

    @property
    def patience_s(self) -> float | None:
        """How long the rung lasts; None for the last one and before the first."""
        return self._patience.after(self.rung) if self.rung else None

    def go_on_from(self, rung: Rung, left_s: float, now: float) -> None:
        """Stand where another scheduler stood, with so much of its patience left."""
        self.rung = rung
        self._next_at = now + min(max(left_s, 0.0), self.patience_s or 0.0)

    def climb(self, request: Request, now: float) -> bool:
        """Stand on the rung that is due for a stop or a kill; whether that is a new one."""
        before = self.rung
        if request is Request.KILL:
            self.rung = Rung.KILLED
        elif before is None:
            self.rung = Rung.ASKED
        elif before is not Rung.KILLED and now >= self._next_at:
            self.rung = Rung.TERMINATED if before is Rung.ASKED else Rung.KILLED
        if self.rung is before:
            return False
        self._next_at = now + (self.patience_s or 0.0)
        return True

    def act(self, now: float) -> None:
        """Do what the rung asks: kill again and again, all else once. The request itself is the control file's."""
        if self.rung is Rung.KILLED:
            if self._kill_again.due(now):
                self._trainer.kill()
        elif self.rung is not self._acted_on:
            if self.rung is Rung.TERMINATED:
                self._trainer.terminate()
            self._trainer.wake()
        self._acted_on = self.rung
