"""What a run keeps to look at besides its curves: histograms of weights, pictures of mistakes, predictions."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.train.data import Part
from runners.train.evaluation import Answers

MOMENTS = 12
"""In so many epochs of a run at most, its pictures and histograms are kept."""
_BINS = 64
_MOSAIC_COLUMNS, _MOSAIC_SAMPLES = 5, 25
_SAMPLES, _MISTAKES = 64, 64


def is_moment(epoch: int, epochs: int) -> bool:
    """Whether pictures are kept after this epoch, counted from 1: evenly spread, and after the last one."""
    return epoch == epochs or epoch % math.ceil(epochs / MOMENTS) == 0


def histograms(weights: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, list[float]]]:
    """Per weight ``edges`` (65 rising numbers) and ``counts`` (64) of its finite values."""
    found = {}
    for name, array in weights.items():
        values = array[np.isfinite(array)].astype(np.float64)
        counts, edges = np.histogram(values, _BINS)
        found[name] = {"edges": edges.tolist(), "counts": counts.tolist()}
    return found


def worst(answers: Answers, count: int) -> NDArray[np.int64]:
    """The places of wrong answers, the ones whose truth seemed least likely first."""
    wrong = np.flatnonzero(~answers.right)
    order = np.argsort(answers.truth_probability[wrong], kind="stable")
    return wrong[order][:count]


def mosaic(part: Part, answers: Answers, scale: int) -> bytes | None:
    """The worst mistakes, at most 25, five in a row, as a PNG; None if there is none or they are no pictures.

    ``scale`` is the largest value of the dataset, which is white.
    """
    places = worst(answers, _MOSAIC_SAMPLES)
    if not len(places) or part.images.ndim != 4 or part.images.shape[-1] not in (1, 3):
        return None
    bright = np.clip(part.images[part.indices[places]] * (255 / scale), 0, 255).astype(np.uint8)
    return png(tiled(bright, _MOSAIC_COLUMNS))


def tiled(images: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Images of shape (samples, height, width, channels) as one, a pixel apart."""
    count, height, width, channels = images.shape
    rows = math.ceil(count / columns)
    whole = np.zeros((rows * (height + 1) - 1, columns * (width + 1) - 1, channels), np.uint8)
    for place, image in enumerate(images):
        top, left = place // columns * (height + 1), place % columns * (width + 1)
        whole[top : top + height, left : left + width] = image
    return whole


def png(image: NDArray[np.uint8]) -> bytes:
    """An image of shape (height, width, 1 or 3) in the format of https://www.w3.org/TR/png/."""
    height, width, channels = image.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each begins with its filter: none
    rows[:, 1:] = image.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def predictions(part: Part, answers: Answers, names: Sequence[str]) -> dict[str, Any]:
    """Answers about 64 samples, the same ones in every run on these data, and about the 64 worst mistakes.

    ``samples`` and ``mistakes`` are lists of ``index`` (in the part), ``truth``, ``predicted``, ``probability``
    (of what was predicted) and ``truth_probability``.
    """
    count = min(_SAMPLES, len(part))
    chosen = np.sort(np.random.default_rng(0).permutation(len(part))[:count])
    return {
        "samples": [_answer(part, answers, names, int(place)) for place in chosen],
        "mistakes": [
            _answer(part, answers, names, int(place)) for place in worst(answers, _MISTAKES)
        ],
    }


def _answer(part: Part, answers: Answers, names: Sequence[str], place: int) -> dict[str, Any]:
    truth = int(part.labels[part.indices[place]])
    return {
        "index": int(part.indices[place]),
        "truth": names[truth],
        "predicted": names[int(answers.classes[place])],
        "probability": _plain(answers.probability[place]),
        "truth_probability": _plain(answers.truth_probability[place]),
    }


def _plain(probability: np.floating[Any]) -> float | None:
    """JSON has no NaN, which a training that went on after one gives."""
    return round(float(probability), 6) if math.isfinite(probability) else None
