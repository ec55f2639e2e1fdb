"""What importers write: the arrays of the parts, and the facts about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from runners.datasets.importing.splitting import PARTS, Codes, Parts
from runners.datasets.preparation import ArrayWriter

_BLOCK_BYTES = 1 << 24


@dataclass(frozen=True)
class Made:
    """Arrays that were written."""

    counts: tuple[int, ...]
    """Samples, or steps, of each of `PARTS`."""
    facts: Mapping[str, Any]
    """The fields of `DatasetInfo` beside names and counts."""
    notes: list[str] = field(default_factory=list)
    """What a person should know, such as how many rows were left out."""


class PartWriters:
    """An array of each part, such as ``train_x``."""

    def __init__(
        self,
        folder: Path,
        kind: str,
        shape: tuple[int, ...],
        dtype: DTypeLike,
        parts: Sequence[int],
    ) -> None:
        self._writers = {
            part: ArrayWriter(folder / f"{PARTS[part]}_{kind}.npy", shape, dtype) for part in parts
        }

    def __enter__(self) -> PartWriters:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.close()

    def append(self, values: NDArray[Any], parts: Parts) -> None:
        """Each sample goes to the array of its part."""
        for part, writer in self._writers.items():
            chosen = parts == part
            if chosen.all():
                writer.append(values)
            elif chosen.any():
                writer.append(values[chosen])

    @property
    def counts(self) -> tuple[int, ...]:
        return tuple(
            self._writers[part].count if part in self._writers else 0 for part in range(len(PARTS))
        )


def present(parts: Parts) -> list[int]:
    """The numbers of the parts that have samples."""
    return [int(part) for part in np.unique(parts)]


def save_parts(folder: Path, kind: str, values: NDArray[Any], parts: Parts) -> None:
    """Write an array that is in memory as those of its parts."""
    for part in present(parts):
        np.save(folder / f"{PARTS[part]}_{kind}.npy", values[parts == part], allow_pickle=False)


def reorder(path: Path, order: Codes) -> None:
    """Write an array's samples in another order, a block at a time."""
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    block = max(1, _BLOCK_BYTES // max(1, array[:1].nbytes))
    unfinished = path.with_suffix(".reordered")
    writer = ArrayWriter(unfinished, array.shape[1:], array.dtype)
    for start in range(0, len(order), block):
        writer.append(array[order[start : start + block]])
    writer.close()
    del array  # Windows replaces no file that is mapped
    unfinished.replace(path)
