"""The largest batch that a device has memory for.

``artifacts/largest-batch.json`` has ``version`` 1, ``largest``: the most samples with which steps went (0 if not even one did), ``failing``: the
fewest with which they did not (null if all that were tried went), and ``reason``: what the framework said then. Between the two lies at
most a sixteenth of the largest.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import repeat

import numpy as np

from runners.train.data import Data
from runners.train.engine import Batch, Engine
from runners.train.memory import is_out_of_memory
from runners.train.proof import without_end
from runners.train.setup import Setup, TrainerError
from runners.training_parameters import LARGEST_BATCH_SIZE

ON_CPU = (
    "The largest batch is only looked for on a GPU: where the memory of a processor is used up, the system does not say so "
    "but kills programs, or gets slower and slower"
)
_STEPS = 2
"""The optimizer's own memory is there from the second one on."""
_CLOSE = 16


@dataclass(frozen=True, slots=True)
class Found:
    largest: int
    failing: int | None
    reason: str

    def to_json(self) -> str:
        return json.dumps({"version": 1, **asdict(self)}, indent=1)

    def __str__(self) -> str:
        if not self.largest:
            return f"not even one sample fits into memory: {self.reason}"
        what = f"a batch of {self.largest:,} fits into memory"
        return f"{what}, one of {self.failing:,} does not" if self.failing else what


def search(fits: Callable[[int], bool], first: int, most: int) -> tuple[int, int | None]:
    """Double from ``first`` up to ``most`` as long as it fits, then halve what is between.

    Returns the largest that fitted, 0 if none, and the smallest that did not, None if none.
    """
    good, bad, size = 0, None, min(first, most)
    while bad is None and good < most:
        if fits(size):
            good, size = size, min(2 * size, most)
        else:
            bad = size
    while bad is not None and bad - good > max(1, good // _CLOSE):
        middle = (good + bad) // 2
        if fits(middle):
            good = middle
        else:
            bad = middle
    return good, bad


class Trial:
    """Tries sizes of a batch on one device, with a new model after each that failed."""

    def __init__(self, create: Callable[[Setup], Engine], setup: Setup, data: Data) -> None:
        self._create, self._setup = create, setup
        size = data.whole_batch(setup.parameters["batch_size"])
        self._samples = next(without_end(setup, data, size))
        self._engine: Engine | None = None
        self.reason = ""

    def fits(self, size: int) -> bool:
        """Whether steps with so many samples go. What else than memory they fail for counts alike, and ``reason`` tells it."""
        if failure := self._failure(size):
            self.reason = failure
            self.close()
            gc.collect()  # what the failed step held goes back to the framework
        return not failure

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        self._engine = None

    def _failure(self, size: int) -> str:
        try:
            if self._engine is None:
                self._engine = self._create(self._setup)
            self._engine.train_epoch(self._batches(size), lambda: 0.0, lambda _loss, _measure: True)
        except TrainerError:
            raise
        except Exception as error:
            if is_out_of_memory(error):
                return "the device ran out of memory"
            line, _, _ = str(error).strip().partition("\n")
            return f"{type(error).__name__}: {line}"
        return ""

    def _batches(self, size: int) -> Iterator[Batch]:
        """The same samples over and over: only how many they are matters."""
        x, y = self._samples
        places = np.arange(size) % len(x)
        return repeat((x[places], y[places]), _STEPS)


def find_largest(
    create: Callable[[Setup], Engine], setup: Setup, data: Data, tell: Callable[[int], object]
) -> Found:
    """``tell`` is called with each size before it is tried; what it raises comes through. Raises TrainerError on a CPU."""
    if setup.device == "cpu":
        raise TrainerError(ON_CPU)
    trial = Trial(create, setup, data)

    def fits(size: int) -> bool:
        tell(size)
        return trial.fits(size)

    try:
        largest, failing = search(fits, setup.parameters["batch_size"], LARGEST_BATCH_SIZE)
    finally:
        trial.close()
    return Found(largest, failing, trial.reason)
