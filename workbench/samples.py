"""The same samples as several runs answered them, and their pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runners.datasets.dataset import PreparedDataset, find_version
from workbench.artifacts import Prediction, Predictions

Bytes = NDArray[np.uint8]


class Which(StrEnum):
    """Which samples are listed, by what the runs said of them."""

    EVERY = "every"
    DISAGREE = "disagree"
    ANY_WRONG = "any wrong"
    ALL_WRONG = "all wrong"


@dataclass(frozen=True, slots=True)
class Answer:
    """A run's answer about a sample. ``prediction`` is None where the run kept none; ``right`` is None where it is not known."""

    prediction: Prediction | None
    right: bool | None

    @property
    def given(self) -> str | None:
        return self.prediction.predicted if self.prediction else None


@dataclass(frozen=True, slots=True)
class Sample:
    """``answers`` stand in the order of the runs."""

    index: int
    truth: str
    answers: tuple[Answer, ...]

    @property
    def loss(self) -> float:
        """The mean of the losses that are known, in nats; NaN where none is."""
        losses = [each.prediction.loss for each in self.answers if each.prediction]
        known = [loss for loss in losses if not math.isnan(loss)]
        return sum(known) / len(known) if known else math.nan

    def of(self, which: Which) -> bool:
        """Whether it is one of these. An answer that is not known speaks for neither."""
        rights = [each.right for each in self.answers if each.right is not None]
        if which is Which.DISAGREE:
            given = {each.given or self.truth for each in self.answers if each.right is not None}
            return len(given) > 1
        if which is Which.ANY_WRONG:
            return False in rights
        if which is Which.ALL_WRONG:
            return bool(rights) and not any(rights)
        return True


def common_samples(runs: Sequence[Predictions]) -> list[Sample]:
    """The samples that were kept of every run, by their place."""
    indices = set[int]().union(*(run.samples for run in runs))
    return [_sample(index, runs, [False] * len(runs)) for index in sorted(indices)]


def worst_mistakes(runs: Sequence[Predictions], totals: Sequence[int | None]) -> list[Sample]:
    """The kept mistakes of all runs, the largest loss first.

    ``totals`` are the runs' numbers of mistakes, None where not known: of a run that kept all of its mistakes, it is known that it
    was right about the others.
    """
    indices = set[int]().union(*(run.mistakes for run in runs))
    whole = [
        total is not None and len(run.mistakes) >= total
        for run, total in zip(runs, totals, strict=True)
    ]
    found = [_sample(index, runs, whole) for index in indices]
    return sorted(found, key=lambda sample: (_descending(sample.loss), sample.index))


def _descending(loss: float) -> float:
    return math.inf if math.isnan(loss) else -loss


def _sample(index: int, runs: Sequence[Predictions], whole: Sequence[bool]) -> Sample:
    found = [run.get(index) for run in runs]
    truth = next(each.truth for each in found if each is not None)
    return Sample(
        index,
        truth,
        tuple(
            Answer(each, each.right if each else (True if all_kept else None))
            for each, all_kept in zip(found, whole, strict=True)
        ),
    )


@dataclass(frozen=True, slots=True)
class Pictures:
    """Samples of a test part as bytes of shape (height, width, 1 or 3), 0 to 255; ``problem`` says why there are none."""

    images: Mapping[int, Bytes]
    problem: str = ""


def read_pictures(datasets: Path, name: str, sha256: str, indices: Iterable[int]) -> Pictures:
    """The samples of these places from the prepared dataset, of which no more is read than these."""
    dataset = find_version(datasets, name, sha256)
    if dataset is None and not PreparedDataset.read(datasets / name):
        return Pictures(
            {}, f"The samples cannot be shown: {name} is not in this home any more."
        )  # fmt: skip
    if dataset is None:
        return Pictures(
            {}, f"The samples cannot be shown: {name} in this home is not the one that these runs were tested on."
        )  # fmt: skip
    try:
        images = np.load(dataset.array("test_x"), mmap_mode="r", allow_pickle=False)
        if images.ndim != 4 or images.shape[-1] not in (1, 3):
            return Pictures({}, f"The samples of {name} are no pictures.")
        chosen = [index for index in indices if index < len(images)]
        return Pictures({index: _to_255(images[index], dataset.info.scale) for index in chosen})
    except (OSError, ValueError) as error:
        return Pictures({}, f"The samples of {name} cannot be read: {error}")


def _to_255(image: NDArray[np.uint8], scale: int) -> Bytes:
    scaled = np.asarray(image, np.float32) * (255 / max(1, scale))
    return np.ascontiguousarray(np.clip(np.rint(scaled), 0, 255).astype(np.uint8))
