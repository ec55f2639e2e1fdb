"""Reconstruction: how near images come back, what their codes carry, and images made from noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from runners.protocol import ArtifactKind
from runners.train.data import Part
from runners.train.engine import Array, Engine, Outputs
from runners.train.evaluation.evaluation import Evaluation, Kept
from runners.train.pictures import png, tiled
from runners.train.setup import Setup

_PAIRS, _PAIRS_IN_ROW = 32, 8
_SAMPLES, _SAMPLES_IN_ROW = 64, 8


class Reconstruction(Evaluation):
    """``outputs`` are the scores, shaped as the images, and the means and log-variances of the codes."""

    measure = "mse"

    def __init__(self, setup: Setup, part: Part) -> None:
        super().__init__(setup, part)
        self._latent: int = setup.parameters["latent"]
        self._squares = self._entropy = self._divergence = 0.0

    def add(self, outputs: Outputs, x: Array, y: Array) -> None:
        del y
        scores, mean, log_variance = (array.astype(np.float64) for array in outputs)
        images = x / self._setup.dataset.scale
        pixels = x[0].size
        self._squares += float(((_sigmoid(scores) - images) ** 2).sum()) / pixels
        entropy = np.logaddexp(0, scores) - scores * images
        self._entropy += float(entropy.sum()) / pixels
        with np.errstate(over="ignore"):
            gaps = np.exp(log_variance) + mean**2 - 1 - log_variance
        self._divergence += float(gaps.sum()) / 2

    def metrics(self) -> dict[str, float]:
        """``mse`` and ``cross_entropy`` are means over pixels, ``kl`` is that of a whole code, in nats."""
        count = len(self._part)
        return {
            "mse": self._squares / count,
            "cross_entropy": self._entropy / count,
            "kl": self._divergence / count,
        }

    def pictures(self, engine: Engine) -> Iterator[Kept]:
        """Images above what comes back of them with the likeliest code, and images from noise alone."""
        if self._setup.dataset.input_shape[-1] not in (1, 3):
            return
        images = self._part.x[self._part.indices[:_PAIRS]]
        noise = np.zeros((len(images), self._latent), np.float32)
        scores, _, _ = engine.predict(images, noise)
        originals = np.clip(images * (255 / self._setup.dataset.scale), 0, 255).astype(np.uint8)
        pairs = png(_above_each_other(originals, _bright(scores)))
        yield Kept("images/reconstructions", ArtifactKind.IMAGE, ".png", pairs)
        generator = np.random.default_rng([self._setup.seed, *b"samples"])
        codes = generator.standard_normal((_SAMPLES, self._latent), np.float32)
        made = png(tiled(_bright(engine.predict(codes, part="decode")), _SAMPLES_IN_ROW))
        yield Kept("images/samples", ArtifactKind.IMAGE, ".png", made)


def _sigmoid(scores: Array) -> Array:
    return 0.5 + 0.5 * np.tanh(scores / 2)  # the exponential would overflow


def _bright(scores: Array) -> NDArray[np.uint8]:
    bright: Array = np.rint(255 * np.nan_to_num(_sigmoid(scores)))
    return bright.astype(np.uint8)


def _above_each_other(upper: NDArray[np.uint8], lower: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rows of the one, each above the row of the other that belongs to it."""
    columns = min(_PAIRS_IN_ROW, len(upper))
    full = len(upper) // columns * columns
    shape = (-1, columns, *upper.shape[1:])
    rows = np.stack([upper[:full].reshape(shape), lower[:full].reshape(shape)], axis=1)
    return tiled(rows.reshape(-1, *upper.shape[1:]), columns)
