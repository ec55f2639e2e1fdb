"""What is known of a dataset without loading it. Standard library only."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from runners.datasets.vocabulary import Vocabulary

    Array = NDArray[np.generic]

DESCRIPTION = "dataset.json"


class Task(StrEnum):
    """What is learned: what a dataset asks for, and what a template can do."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    SEGMENTATION = "segmentation"
    TEXT_GENERATION = "text generation"
    FORECASTING = "forecasting"
    RECONSTRUCTION = "reconstruction"
    """The input again, through a narrow place. Any images will do; images without labels allow nothing else."""

    @property
    def streams(self) -> bool:
        """Whether the arrays are one long stream that samples are windows of, without targets apart."""
        return self in (Task.TEXT_GENERATION, Task.FORECASTING)


class Input(StrEnum):
    """What a sample is made of, and so the type of x."""

    IMAGE = "image"
    """Unsigned bytes (height, width, channels), from 0 to ``scale``."""
    FEATURES = "features"
    """float32 (features,): numbers, standardised by mean and deviation in the training part; categories, 0 or 1 each."""
    TOKENS = "tokens"
    """uint16 (length,); 0 fills up what is shorter. A stream of tokens is (tokens,)."""
    SERIES = "series"
    """float32 (steps, channels), standardised as features are. A stream is (steps, channels) as a whole."""


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """What is known of a dataset.

    ``input_shape`` is that of one sample; of a stream it is the shape of one step, (channels,) or ().
    y is a class (samples,) as uint8, or uint16 beyond 256 classes; numbers (samples, targets) as float32,
    standardised; or a mask of classes (samples, height, width) as uint8. Without labels, for reconstruction, it is of
    uint8 (samples, 0): nothing.
    """

    name: str
    title: str
    summary: str
    source: str
    licence: str
    task: Task = Task.CLASSIFICATION
    input: Input = Input.IMAGE
    input_shape: tuple[int, ...]
    classes: tuple[str, ...] = ()
    """The names of the classes, for classification and segmentation."""
    targets: tuple[str, ...] = ()
    """The names of the numbers to be predicted: targets of a regression, channels of a forecast."""
    target_mean: tuple[float, ...] = ()
    target_std: tuple[float, ...] = ()
    """Per target: a number in its own unit is y * std + mean."""
    features: tuple[str, ...] = ()
    """The names of the columns of x, after categories were spread over columns of their own."""
    feature_mean: tuple[float, ...] = ()
    feature_std: tuple[float, ...] = ()
    """Per column of x: a number in its own unit is x * std + mean. Empty where that is not known."""
    vocabulary_size: int = 0
    """How many tokens there are, the filler included; `VOCABULARY` in the folder says which."""
    train_count: int
    test_count: int
    validation_count: int = 0
    """0 where the run sets a share of the training part apart. Samples; of a stream steps or tokens."""
    ordered: bool = False
    """Whether samples follow each other in time, so that validation takes the last of them."""
    scale: int = 1
    """The largest value of images; trainers multiply by 1 / ``scale``, rounded to float32."""

    @property
    def parts(self) -> tuple[str, ...]:
        return ("train", "test", "validation") if self.validation_count else ("train", "test")

    @property
    def arrays(self) -> tuple[str, ...]:
        """The names of the arrays, such as ``train_x``, in the order in which the hash takes them."""
        kinds = "x" if self.task.streams else "xy"
        return tuple(f"{part}_{kind}" for part in self.parts for kind in kinds)

    @property
    def size_bytes(self) -> int:
        """Of the prepared arrays, without their headers of about a hundred bytes."""
        count = self.train_count + self.test_count + self.validation_count
        return count * (math.prod(self.input_shape) * self._x_bytes + self._y_bytes)

    @property
    def _x_bytes(self) -> int:
        return {Input.IMAGE: 1, Input.TOKENS: 2}.get(self.input, 4)

    @property
    def _y_bytes(self) -> int:
        match self.task:
            case Task.CLASSIFICATION:
                return 1 if len(self.classes) <= 256 else 2
            case Task.REGRESSION:
                return 4 * len(self.targets)
            case Task.SEGMENTATION:
                return math.prod(self.input_shape[:2])
        return 0


VOCABULARY = "vocabulary.json"
"""Beside the arrays of a dataset of tokens: ``kind`` (``characters``, ``words`` or ``byte pairs``) and ``tokens``, a
list of texts by number; the first is the filler. `runners.datasets.vocabulary` makes and reads it."""
VERSIONS = ".versions"
"""The folder, among the datasets, of those that another of their name replaced: ``NAME-HASH12`` each."""
STATISTICS = "statistics.json"
"""Beside the arrays: what the dataset's page shows; `runners.datasets.statistics` has its form."""


ProgressCallback = Callable[[str, float], None]
"""Called with what is being done and the fraction done, 0 to 1."""


class DatasetError(Exception):
    """A dataset cannot be had or is damaged; the message says what to do."""


@dataclass(frozen=True, slots=True)
class PreparedDataset:
    """Where a prepared dataset lies: a file ``NAME.npy`` for each of ``info.arrays``.

    ``sha256`` is over those arrays in that order; it is kept in ``dataset.json`` beside them. ``recipe`` says how an
    imported dataset was made: files, columns, split, seed. It is empty for one that Twinbench knows.
    """

    info: DatasetInfo
    folder: Path
    sha256: str
    recipe: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> PreparedDataset | None:
        """What `describe` wrote, or None if it is not there or an array is missing or cut short.

        Looks at the sizes of the files, not at their bytes.
        """
        try:
            raw = json.loads((folder / DESCRIPTION).read_text("utf-8"))
            dataset = cls(info_from_raw(raw["info"]), folder, raw["sha256"], raw.get("recipe", {}))
            sizes = dataset.sizes()
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return dataset if sizes == raw.get("sizes") else None

    def describe(self) -> str:
        """The text of ``dataset.json`` for arrays that have been written."""
        described = {"info": asdict(self.info), "sha256": self.sha256, "sizes": self.sizes()}
        return json.dumps({**described, "recipe": self.recipe}, indent=1)

    def sizes(self) -> dict[str, int]:
        """The bytes of each array's file. Raises OSError where one is missing."""
        return {name: self.array(name).stat().st_size for name in self.info.arrays}

    def array(self, name: str) -> Path:
        return self.folder / f"{name}.npy"


def find_version(datasets_folder: Path, name: str, sha256: str) -> PreparedDataset | None:
    """The dataset of that name with these bytes: the present one, or one that was replaced and kept."""
    kept = datasets_folder / VERSIONS / f"{name}-{sha256[:12]}"
    for folder in (datasets_folder / name, kept):
        found = PreparedDataset.read(folder)
        if found is not None and found.sha256 == sha256:
            return found
    return None


def info_from_raw(raw: Mapping[str, Any]) -> DatasetInfo:
    """From its JSON. Raises TypeError or ValueError if it is something else."""
    values: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in raw.items()
    }
    values["task"] = Task(values.get("task", Task.CLASSIFICATION))
    values["input"] = Input(values.get("input", Input.IMAGE))
    return DatasetInfo(**values)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a module gives to be written: the arrays by the names in ``info.arrays``, and of tokens their texts."""

    arrays: Mapping[str, Array]
    vocabulary: Vocabulary | None = None


class DatasetModule(Protocol):
    """A module of this package that knows where one dataset comes from."""

    @property
    def INFO(self) -> DatasetInfo: ...

    def load(
        self, datasets_folder: Path, source: Path | None, on_progress: ProgressCallback
    ) -> Contents:
        """Raises DatasetError."""
