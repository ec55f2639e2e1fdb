"""A few steps of a training, only to see how fast they are: what a duel measures of each size of a batch and each number of threads."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from runners.train.data import Data
from runners.train.engine import Engine
from runners.train.proof import rate_at, without_end
from runners.train.setup import Setup
from runners.train.timing import Timing

STEPS = 60
SECONDS = 20.0
"""After the first step, with which graphs are compiled."""
_FEWEST = 4
"""Steps that are waited for however long they take: the first is warm-up, and the median of fewer than three says little."""


def time_steps(
    engine: Engine, setup: Setup, data: Data, timing: Timing, tell: Callable[[int], object]
) -> int:
    """Train `STEPS` whole batches, or as many as end within `SECONDS`. Returns how many; ``tell`` is called with the number of those done."""
    size = data.whole_batch(setup.parameters["batch_size"])
    batches = (batch for batch in without_end(setup, data, size) if len(batch[0]) == size)
    done, deadline = 0, 0.0

    def on_step(loss: float, measure: float) -> bool:
        nonlocal done, deadline
        del loss, measure
        timing.stepped(whole=True)
        done += 1
        if done == 1:
            deadline = perf_counter() + SECONDS
        tell(done)
        timing.resume()
        return done < STEPS and (done < _FEWEST or perf_counter() < deadline)

    timing.resume()
    engine.train_epoch(timing.waiting(batches), lambda: rate_at(setup, data, done), on_step)
    return done
