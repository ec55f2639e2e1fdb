"""A model that is asked: how it predicts, and the test part that it can be tried on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import Input, Task
from runners.export.facts import Facts
from runners.export.runtimes import Predictor
from runners.train.data import Part

Array = NDArray[Any]
DTYPES = {Input.TOKENS: np.int32}
"""Of the model's input; any other is float32."""
_BATCH, _VALUES = 64, 1 << 22
"""The most samples, and numbers of input or output, that are computed at once."""


class Unanswerable(Exception):
    """The question cannot be answered; the message says why."""


@dataclass(frozen=True, eq=False)
class Subject:
    """``gradient`` gives the gradient of an output of one sample, by its place on the last axis, with respect to the input; or it is None.

    Not safe to use from several threads.
    """

    facts: Facts
    predictor: Predictor
    test: Part | None = None
    gradient: Callable[[Array, int], Array] | None = None

    def inputs(self, x: Array) -> Array:
        """As the model takes them. Raises Unanswerable for another shape."""
        if x.shape[1:] != self.facts.shape or not len(x):
            wanted, given = (" x ".join(map(str, shape)) or "nothing" for shape in (self.facts.shape, x.shape[1:]))  # fmt: skip
            raise Unanswerable(f"The model takes samples of {wanted}, and was given {given}")
        return np.ascontiguousarray(x, DTYPES.get(self.facts.input, np.float32))

    def predict(self, x: Array) -> Array:
        return np.asarray(self.predictor.predict(self.inputs(x)))

    def tokens(self, tokens: Sequence[int]) -> tuple[Array, int]:
        """A text as one sample, filled up behind, and the place of its last token; of a longer one the end where it is to go on, else
        the beginning, as in training. Raises Unanswerable.
        """
        if not tokens:
            raise Unanswerable("There is no text: type some")
        length = self.facts.shape[0]
        goes_on = self.facts.task is Task.TEXT_GENERATION
        seen = tokens[-length:] if goes_on else tokens[:length]
        x = np.zeros((1, length), np.int32)
        x[0, : len(seen)] = seen
        return x, len(seen) - 1

    def samples(self, places: Sequence[int]) -> tuple[Array, Array]:
        """Inputs and truth of these places of the test part. Raises Unanswerable."""
        part = self.part()
        if any(not 0 <= place < len(part) for place in places):
            raise Unanswerable(f"The test part has samples 0 to {len(part) - 1:,}")
        chosen = part.indices[np.asarray(places, np.int64)]
        return self.inputs(part.x[chosen]), np.asarray(part.y[chosen])

    def batches(self) -> Iterator[tuple[Array, Array]]:
        """The test part from its beginning."""
        part = self.part()
        for x, y in part.batches(self.batch_size):
            yield self.inputs(x), np.asarray(y)

    @property
    def batch_size(self) -> int:
        """So that the model's inputs and what it gives for them stay small."""
        of_tokens = max(1, len(self.facts.vocabulary.tokens)) if self.facts.vocabulary else 1
        values = int(np.prod(self.facts.shape)) * max(of_tokens, len(self.facts.classes), 1)
        return max(1, min(_BATCH, _VALUES // values))

    def part(self) -> Part:
        """The test part. Raises Unanswerable."""
        if self.test is None:
            raise Unanswerable(self.facts.test_problem or "There is no test part here")
        return self.test
