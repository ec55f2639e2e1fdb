"""What is known of a dataset without loading it. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """A dataset for classification.

    ``input_shape`` is that of one sample, (height, width, channels). The arrays hold unsigned bytes
    from 0 to ``scale``; trainers divide by ``scale``. ``size_bytes`` is that of the prepared arrays.
    """

    name: str
    title: str
    summary: str
    source: str
    licence: str
    input_shape: tuple[int, ...]
    classes: tuple[str, ...]
    train_count: int
    test_count: int
    scale: int

    @property
    def size_bytes(self) -> int:
        return (self.train_count + self.test_count) * (math.prod(self.input_shape) + 1)


ProgressCallback = Callable[[str, float], None]
"""Called with what is being done and the fraction done, 0 to 1."""


class DatasetError(Exception):
    """A dataset cannot be had or is damaged; the message says what to do."""


@dataclass(frozen=True, slots=True)
class PreparedDataset:
    """Where a prepared dataset lies: ``train_x.npy``, ``train_y.npy``, ``test_x.npy``, ``test_y.npy``.

    x are unsigned bytes of shape (samples, height, width, channels), y unsigned bytes (samples,).
    ``sha256`` is over the four arrays in that order; it is kept in ``dataset.json`` beside them.
    """

    info: DatasetInfo
    folder: Path
    sha256: str
