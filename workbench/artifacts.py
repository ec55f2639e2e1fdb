"""Reads what runs keep besides their curves: confusion matrices, predictions, histograms, pictures.

A run's folder may hold anything: files are read up to a size, inside of the folder only, and one that is damaged is told in words.
"""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from runners.protocol import Artifact
from workbench.errors import WorkbenchError
from workbench.paths import inside

T = TypeVar("T")
LARGEST_FILE = 16 * 2**20
_KEPT_BYTES = 64 * 2**20
_MOST_CLASSES = 1000
_MOST_BINS = 100_000
FIGURES = ("precision", "recall", "f1", "support")


class ArtifactError(WorkbenchError):
    """A file that a run kept cannot be read; the message says which one and why."""


# -- what the files hold ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Confusion:
    """``counts[truth, given]``, and per class its precision, recall, F1 (0 to 1) and support."""

    classes: tuple[str, ...]
    counts: NDArray[np.int64]
    per_class: tuple[Mapping[str, float], ...]

    @property
    def shares(self) -> NDArray[np.float64]:
        """Each row as parts of its sum; 0 where a class never occurs."""
        shares: NDArray[np.float64] = self.counts / np.maximum(self.counts.sum(axis=1), 1)[:, None]
        return shares

    @property
    def mistakes(self) -> int:
        return int(self.counts.sum() - np.trace(self.counts))

    @property
    def accuracy(self) -> float:
        """NaN where nothing was tested."""
        total = int(self.counts.sum())
        return float(np.trace(self.counts)) / total if total else math.nan


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a run said of one sample; ``index`` counts in the test part. A probability is None where it was not a number."""

    index: int
    truth: str
    predicted: str
    probability: float | None
    truth_probability: float | None

    @property
    def right(self) -> bool:
        return self.truth == self.predicted

    @property
    def loss(self) -> float:
        """The cross-entropy of the sample in nats; NaN where it is not known, inf where the truth had no chance."""
        if self.truth_probability is None:
            return math.nan
        return -math.log(self.truth_probability) if self.truth_probability > 0 else math.inf


@dataclass(frozen=True, slots=True)
class Predictions:
    """By index. ``samples`` are the same ones in every run on the same data, ``mistakes`` the worst of this run."""

    samples: Mapping[int, Prediction]
    mistakes: Mapping[int, Prediction]

    def get(self, index: int) -> Prediction | None:
        return self.samples.get(index) or self.mistakes.get(index)


@dataclass(frozen=True, slots=True)
class Histogram:
    """``edges`` (n + 1) rise; ``counts`` (n) are not negative."""

    edges: NDArray[np.float64]
    counts: NDArray[np.float64]

    @property
    def density(self) -> NDArray[np.float64]:
        """Per bin, so that the area is 1 whatever the bins; 0 everywhere where nothing was counted."""
        widths = np.maximum(np.diff(self.edges), np.finfo(float).tiny)
        density: NDArray[np.float64] = self.counts / widths / max(1.0, float(self.counts.sum()))
        return density


Histograms = Mapping[str, Histogram]


def parse_confusion(data: bytes) -> Confusion:
    """Raises ValueError, KeyError or TypeError where it is something else, as the other parsers do."""
    raw = json.loads(data)
    classes = tuple(str(name) for name in raw["classes"])
    if len(classes) > _MOST_CLASSES:
        raise ValueError(f"it has {len(classes):,} classes")
    counts = np.array(raw["matrix"], np.int64)
    if counts.shape != (len(classes), len(classes)):
        raise ValueError(f"its shape is {counts.shape}")
    if (counts < 0).any():
        raise ValueError("it counts below zero")
    per_class = tuple(
        {key: float(raw["per_class"][name][key]) for key in FIGURES} for name in classes
    )
    return Confusion(classes, counts, per_class)


def parse_predictions(data: bytes) -> Predictions:
    raw = json.loads(data)
    samples, mistakes = (
        {one.index: one for one in map(_prediction, raw[part])} for part in ("samples", "mistakes")
    )
    return Predictions(samples, mistakes)


def _prediction(raw: Any) -> Prediction:
    index = int(raw["index"])
    if index < 0:
        raise ValueError("a sample has a place below zero")
    return Prediction(
        index,
        str(raw["truth"]),
        str(raw["predicted"]),
        _probability(raw["probability"]),
        _probability(raw["truth_probability"]),
    )


def _probability(raw: Any) -> float | None:
    value = math.nan if raw is None else float(raw)
    return value if 0 <= value <= 1 else None


def parse_histograms(data: bytes) -> Histograms:
    return {str(name): _histogram(one) for name, one in json.loads(data).items()}


def _histogram(raw: Any) -> Histogram:
    edges, counts = np.array(raw["edges"], np.float64), np.array(raw["counts"], np.float64)
    if counts.ndim != 1 or edges.shape != (len(counts) + 1,) or len(counts) > _MOST_BINS:
        raise ValueError(f"{edges.shape} edges and {counts.shape} counts make no histogram")
    if not (np.isfinite(edges).all() and np.isfinite(counts).all()):
        raise ValueError("an edge or a count is not finite")
    if (np.diff(edges) < 0).any() or (counts < 0).any():
        raise ValueError("its edges do not rise, or it counts below zero")
    return Histogram(edges, counts)


def is_png(data: bytes) -> bytes:
    """The same bytes. Raises ValueError if they do not begin like a PNG."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("it does not begin like a PNG")
    return data


# -- reading ------------------------------------------------------------------------------------------
def read_artifact(folder: Path, artifact: Artifact, parse: Callable[[bytes], T]) -> T:
    """What a file in the run's folder holds. Raises ArtifactError."""
    try:
        path = inside(folder, artifact.path)
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise ValueError(f"it is larger than {LARGEST_FILE // 2**20} MiB")
        return parse(data)
    except FileNotFoundError as error:
        raise ArtifactError(f"{artifact.path} is not there any more") from error
    except OSError as error:
        raise ArtifactError(f"{artifact.path} cannot be read: {error.strerror or error}") from error
    except KeyError as error:
        raise ArtifactError(f"{artifact.path} is damaged: it has no {error}") from error
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ArtifactError(f"{artifact.path} is damaged: {error}") from error


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    size: int


class ArtifactCache:
    """Keeps the last ones read, of at most 64 MiB of files. Safe from several threads.

    A file that was written anew, as by a run that went on, is read anew.
    """

    def __init__(self, most_bytes: int = _KEPT_BYTES) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()
        self._lock = Lock()

    @property
    def size(self) -> int:
        """Bytes of the files whose contents are kept."""
        with self._lock:
            return sum(kept.size for kept in self._kept.values())

    def read(self, folder: Path, artifact: Artifact, parse: Callable[[bytes], T]) -> T:
        """As `read_artifact`."""
        try:
            stat = inside(folder, artifact.path).stat()
        except (OSError, ValueError):
            return read_artifact(folder, artifact, parse)
        key = folder, artifact.path, parse, stat.st_mtime_ns, stat.st_size
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                value: T = self._kept[key].value
                return value
        value = read_artifact(folder, artifact, parse)
        self._keep(key, _Kept(value, stat.st_size))
        return value

    def _keep(self, key: tuple[object, ...], kept: _Kept) -> None:
        with self._lock:
            self._kept[key] = kept
            size = sum(each.size for each in self._kept.values())
            while size > self._most and self._kept:
                size -= self._kept.popitem(last=False)[1].size
