"""Samples that go with an export: held-out ones to check it with, and training ones to calibrate it with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from runners.datasets.dataset import Input, Task
from runners.export.manifest import REFERENCE
from runners.export.preparing import Opened
from runners.train.data import Part
from runners.train.engine import Array

SAMPLES, BYTES = 1000, 32 << 20
"""The most held-out samples, and bytes of them and of their outputs, that an export keeps."""
_BATCH = 32


@dataclass(frozen=True, eq=False)
class Reference:
    """Held-out samples as the model takes them, what it gives for them, and what they truly are; None where that is the samples themselves."""

    samples: Array
    outputs: Array
    truth: Array | None

    def write(self, folder: Path) -> None:
        """As `REFERENCE`. Raises OSError."""
        arrays = {"input": self.samples, "output": self.outputs}
        if self.truth is not None:
            arrays["truth"] = self.truth
        np.savez_compressed(folder / REFERENCE, allow_pickle=False, **arrays)


def reference(opened: Opened, test: Part) -> Reference:
    """Of samples that lie evenly over the test part."""
    first = opened.outputs(_inputs(opened, test, np.zeros(1, np.int64)))
    size = 4 * test.x[0].size + first.nbytes
    count = max(1, min(SAMPLES, len(test), BYTES // size))
    places = np.linspace(0, len(test) - 1, count).astype(np.int64)
    samples = _inputs(opened, test, places)
    outputs = [opened.outputs(samples[at : at + _BATCH]) for at in range(0, count, _BATCH)]
    is_itself = opened.setup.task is Task.RECONSTRUCTION
    truth = None if is_itself else np.ascontiguousarray(test.y[test.indices[places]])
    return Reference(samples, np.concatenate(outputs), truth)


def calibration(opened: Opened, train: Part, size: int) -> Iterator[Array]:
    """Batches of training inputs, in the order of the first epoch."""
    shuffled = train.shuffled(opened.setup.seed, 1)
    for first in range(0, max(1, len(train) - size + 1), size):
        yield _inputs(opened, shuffled, np.arange(first, min(first + size, len(train))))


def _inputs(opened: Opened, part: Part, places: Array) -> Array:
    """Samples of a part as the exported model takes them."""
    kind = np.int32 if opened.setup.dataset.input is Input.TOKENS else np.float32
    return np.ascontiguousarray(part.x[part.indices[places]], kind)
