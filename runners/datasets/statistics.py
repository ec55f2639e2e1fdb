"""What there is to know of a prepared dataset at a glance, computed once and kept as ``statistics.json``.

The arrays are mapped and read in blocks, so that a dataset may be larger than memory. The form:

- ``parts``: by part ``count`` (samples; of a stream, steps or tokens) and, where there are classes, ``classes``: samples of each,
  or of masks pixels of each.
- ``columns``: of the training part, one for each feature, channel and target: ``name``, ``role`` (``feature``, ``channel`` or
  ``target``), ``unit`` (``own``, ``standardised`` or ``byte``), ``mean``, ``std``, ``min``, ``max``, ``missing`` (how many are NaN), and
  ``histogram``: ``from``, ``to``, and ``counts`` of equal bins. At most `distributions.COLUMNS`; ``columns_left_out`` counts the rest.
- ``tokens``, empty but for texts: ``used`` (different tokens), ``unknown`` (how many), ``frequent`` (pairs of text and count), and, but
  for streams, ``lengths``, a histogram.
- ``samples``: by part the places of a few samples to look at; with classes a list for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from runners.datasets.dataset import Input, PreparedDataset, Task
from runners.datasets.distributions import blocks_of, byte_columns, scaled_columns, whole_bins
from runners.datasets.vocabulary import Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from runners.datasets.dataset import Array

_FREQUENT = 100
_SAMPLES = 4
"""Of each class; ten times as many where there are none."""


def statistics(dataset: PreparedDataset) -> dict[str, Any]:
    """What is said above, of JSON's types only. Raises OSError or ValueError where an array cannot be read."""
    info = dataset.info
    arrays = {
        name: np.load(dataset.array(name), mmap_mode="r", allow_pickle=False)
        for name in info.arrays
    }
    x = arrays["train_x"]
    tokens = info.input is Input.TOKENS
    columns = [] if tokens else _input_columns(dataset, x)
    left_out = 0 if tokens else x.shape[-1] - len(columns)
    if info.task is Task.REGRESSION:
        y, mean, std = arrays["train_y"], info.target_mean, info.target_std
        columns += scaled_columns(y, info.targets, "target", mean, std)
    return {
        "parts": {part: _part(dataset, arrays, part) for part in info.parts},
        "columns": columns,
        "columns_left_out": left_out,
        "tokens": _tokens(dataset, x) if tokens else {},
        "samples": {part: _samples(dataset, arrays, part) for part in info.parts},
    }


def _part(dataset: PreparedDataset, arrays: dict[str, Any], part: str) -> dict[str, Any]:
    found: dict[str, Any] = {"count": len(arrays[f"{part}_x"])}
    if dataset.info.classes and not dataset.info.task.streams:
        found["classes"] = _counts(arrays[f"{part}_y"], len(dataset.info.classes)).tolist()
    return found


def _counts(array: Array, size: int) -> NDArray[np.int64]:
    """How often each of the numbers from 0 to size - 1 is in the array."""
    total = np.zeros(size, np.int64)
    for block in blocks_of(array):
        total += np.bincount(block.ravel(), minlength=size)[:size]
    return total


def _samples(dataset: PreparedDataset, arrays: dict[str, Any], part: str) -> list[Any]:
    info = dataset.info
    count = len(arrays[f"{part}_x"])
    if info.task is not Task.CLASSIFICATION:
        return _spread(count, 10 * _SAMPLES)
    found: list[list[int]] = [[] for _ in info.classes]
    start = 0
    for block in blocks_of(arrays[f"{part}_y"]):
        for number, places in enumerate(found):
            here = np.flatnonzero(block == number)[: _SAMPLES - len(places)]
            places += [start + int(place) for place in here]
        start += len(block)
        if all(len(places) == _SAMPLES for places in found):
            break
    return found


def _spread(count: int, wanted: int) -> list[int]:
    """Places at equal distances."""
    wanted = min(count, wanted)
    return [place * count // wanted for place in range(wanted)]


def _input_columns(dataset: PreparedDataset, x: Array) -> list[dict[str, Any]]:
    info = dataset.info
    if info.input is Input.IMAGE:
        return byte_columns(x)
    role = "feature" if info.input is Input.FEATURES else "channel"
    names, mean, std = info.features, info.feature_mean, info.feature_std
    if info.task is Task.FORECASTING and not mean:
        names, mean, std = info.targets, info.target_mean, info.target_std
    return scaled_columns(x, names, role, mean, std)


def _tokens(dataset: PreparedDataset, x: Array) -> dict[str, Any]:
    vocabulary = Vocabulary.read(dataset.folder)
    counts = _counts(x, len(vocabulary.tokens))
    unknown = int(counts[1])
    counts[:2] = 0
    order = np.argsort(-counts, kind="stable")[:_FREQUENT]
    found: dict[str, Any] = {
        "used": int((counts > 0).sum()),
        "unknown": unknown,
        "frequent": [
            [vocabulary.tokens[number], int(counts[number])] for number in order if counts[number]
        ],
    }
    if not dataset.info.task.streams:
        found["lengths"] = _lengths(x)
    return found


def _lengths(x: Array) -> dict[str, Any]:
    """A histogram of how many tokens samples (samples, length) have before the filler."""
    longest = x.shape[1]
    counts = np.zeros(longest + 1, np.int64)
    for block in blocks_of(x):
        ends = longest - np.argmax(block[:, ::-1] != 0, axis=1)
        counts += np.bincount(np.where(block.any(1), ends, 0), minlength=longest + 1)
    return whole_bins(counts)
