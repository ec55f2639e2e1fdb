"""Regression: how far the predicted numbers are from the true ones, in the targets' own units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from runners.protocol import ArtifactKind
from runners.train.data import Part
from runners.train.engine import Array, Engine, Outputs
from runners.train.evaluation.errors import Errors, Floats, Units, defined, plain, spread
from runners.train.evaluation.evaluation import Evaluation, Kept
from runners.train.setup import Setup

_KEPT = 2000
"""Of so many samples at most, predictions are kept."""


class Regression(Evaluation):
    measure = "mae"

    def __init__(self, setup: Setup, part: Part) -> None:
        super().__init__(setup, part)
        info = setup.dataset
        self._names = info.targets
        self._units = Units(info.target_mean, info.target_std)
        self._errors = Errors((len(self._names),), self._units.smallest)
        self._chosen = spread(len(part), _KEPT)
        self._kept: list[tuple[Floats, Floats]] = []
        self._seen = 0
        self._sum, self._squares = np.zeros(len(self._names)), np.zeros(len(self._names))

    def add(self, outputs: Outputs, x: Array, y: Array) -> None:
        del x
        said, truth = self._units(outputs), self._units(y)
        self._errors.add(said, truth)
        from_mean = (
            truth - self._units.mean
        )  # of the training part: small, so that no digits are lost
        self._sum += from_mean.sum(0)
        self._squares += np.square(from_mean).sum(0)
        places = self._chosen - self._seen
        places = places[(places >= 0) & (places < len(truth))]
        self._kept.append((said[places], truth[places]))
        self._seen += len(truth)

    def metrics(self) -> dict[str, float]:
        """Means over the targets: ``mae``, ``rmse``, ``mape`` (a share) and ``r2``."""
        return defined(
            {
                "mae": float(self._errors.mae()),
                "rmse": float(self._errors.rmse()),
                "mape": float(self._errors.mape()),
                "r2": _mean_of_defined(self._r2(), self._spread()),
            }
        )

    def results(self, engine: Engine) -> Iterator[Kept]:
        """``predicted values``: JSON with a list ``targets`` of ``name``, the figures ``mae``, ``rmse``, ``mape`` and ``r2`` (None
        where undefined), and the lists ``truth`` and ``prediction``; ``samples`` has their places in the part and ``count`` is
        how many samples it has. The kept ones are evenly spread over the part.
        """
        del engine
        said, truth = (np.concatenate(arrays) for arrays in zip(*self._kept, strict=True))
        figures = {
            "mae": self._errors.mae(0),
            "rmse": self._errors.rmse(0),
            "mape": self._errors.mape(0),
            "r2": self._r2(),
        }
        report: dict[str, Any] = {"count": self._seen, "samples": self._chosen.tolist()}
        report["targets"] = [
            {
                "name": name,
                **{figure: plain(values[target]) for figure, values in figures.items()},
                "truth": plain(truth[:, target]),
                "prediction": plain(said[:, target]),
            }
            for target, name in enumerate(self._names)
        ]
        yield Kept.as_json("predicted values", ArtifactKind.REGRESSION, report)

    def _r2(self) -> Floats:
        """The share of each target's variance that is explained; NaN where the truth is constant."""
        total = self._spread()
        unexplained = np.divide(
            self._errors.squared, total, out=np.full_like(total, np.nan), where=total > 0
        )
        return np.asarray(1 - unexplained)

    def _spread(self) -> Floats:
        """The sum of squares of the truth around its mean, per target; zero where that is no more than rounding."""
        total = self._squares - np.square(self._sum) / max(self._seen, 1)
        return np.where(total > 1e-12 * self._seen * np.square(self._units.std), total, 0.0)


def _mean_of_defined(values: Floats, spread: Floats) -> float:
    return float(values[spread > 0].mean()) if (spread > 0).any() else float("nan")
