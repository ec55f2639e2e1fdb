"""What is known of a dataset without loading it. Standard library only."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

ARRAYS = ("train_x", "train_y", "test_x", "test_y")
"""The arrays of a prepared dataset, in the order in which its hash takes them."""
DESCRIPTION = "dataset.json"


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """A dataset for classification.

    ``input_shape`` is that of one sample, (height, width, channels). The arrays hold unsigned bytes
    from 0 to ``scale``; trainers multiply them by 1 / ``scale``, rounded to float32. ``size_bytes`` is that of the prepared arrays.
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

    @classmethod
    def read(cls, folder: Path) -> PreparedDataset | None:
        """What `describe` wrote, or None if it is not there or an array is missing or cut short.

        Looks at the sizes of the files, not at their bytes.
        """
        try:
            raw = json.loads((folder / DESCRIPTION).read_text("utf-8"))
            info = raw["info"]
            for name in ("input_shape", "classes"):
                info[name] = tuple(info[name])
            dataset = cls(DatasetInfo(**info), folder, raw["sha256"])
            sizes = {name: dataset.array(name).stat().st_size for name in ARRAYS}
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return dataset if sizes == raw.get("sizes") else None

    def describe(self) -> str:
        """The text of ``dataset.json`` for arrays that have been written."""
        sizes = {name: self.array(name).stat().st_size for name in ARRAYS}
        return json.dumps(
            {"info": asdict(self.info), "sha256": self.sha256, "sizes": sizes}, indent=1
        )

    def array(self, name: str) -> Path:
        return self.folder / f"{name}.npy"


class DatasetModule(Protocol):
    """A module of this package that knows where one dataset comes from."""

    @property
    def INFO(self) -> DatasetInfo: ...

    def load_arrays(
        self, datasets_folder: Path, source: Path | None, on_progress: ProgressCallback
    ) -> dict[str, Bytes]:
        """The arrays by the names in `ARRAYS`. Raises DatasetError."""
