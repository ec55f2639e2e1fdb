"""Where a training is: all that is needed to go on from there, besides what the engine holds."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field


@dataclass
class Tally:
    """The sums over the samples seen so far."""

    samples: int = 0
    loss: float = 0.0
    measure: float = 0.0
    """The sum of the task's quick measure (`runners.train.evaluation.Evaluation.measure`)."""

    def add(self, samples: int, loss: float, measure: float) -> None:
        self.samples += samples
        self.loss += loss
        self.measure += measure

    def means(self, prefix: str, measure: str) -> dict[str, float]:
        """The mean loss, and the mean of the measure of that name."""
        return {
            f"{prefix}/loss": self.loss / self.samples,
            f"{prefix}/{measure}": self.measure / self.samples,
        }


@dataclass
class Position:
    """Between two steps of a training.

    ``step`` counts the optimizer steps done. ``epoch`` is the one that is or was trained last, 0 before the
    first, and ``batch`` how many of its batches are done; ``epoch_over`` says that its metrics were
    logged too. ``since_best`` counts the epochs since the one with ``best_loss``. ``tally`` and ``train_s``, the seconds its steps took, are those of the epoch so far;
    ``earlier_s`` are the seconds of the epochs before.
    """

    step: int = 0
    epoch: int = 0
    batch: int = 0
    epoch_over: bool = True
    tally: Tally = field(default_factory=Tally)
    train_s: float = 0.0
    earlier_s: float = 0.0
    best_loss: float = math.inf
    since_best: int = 0
    samples_per_s: float | None = None

    @property
    def trained_s(self) -> float:
        """The seconds of all steps so far."""
        return self.earlier_s + self.train_s

    def begin_epoch(self) -> None:
        self.epoch += 1
        self.batch = 0
        self.epoch_over = False
        self.tally = Tally()
        self.earlier_s += self.train_s
        self.train_s = 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Position:
        """Read what `to_json` wrote, to the last bit. Raises ValueError, TypeError or KeyError."""
        raw = json.loads(text)
        return cls(**{**raw, "tally": Tally(**raw["tally"])})
