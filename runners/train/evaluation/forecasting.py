"""Forecasting: how far forecasts are from what came, in the series' own units, and whether they beat the last value."""

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

_KEPT, _CHANNELS, _PAST = 24, 8, 256
"""Forecasts of so many windows and channels are kept, each with so many steps before it, at most."""


class Forecasting(Evaluation):
    measure = "mae"

    def __init__(self, setup: Setup, part: Part) -> None:
        super().__init__(setup, part)
        info = setup.dataset
        self._names = info.targets
        self._units = Units(info.target_mean, info.target_std)
        shape = (setup.parameters["horizon"], len(self._names))
        self._errors = Errors(shape, self._units.smallest)
        self._naive = Errors(shape, self._units.smallest)
        self._chosen = spread(len(part), _KEPT)
        self._kept: list[dict[str, Any]] = []
        self._seen = 0

    def add(self, outputs: Outputs, x: Array, y: Array) -> None:
        said, truth = self._units(outputs), self._units(y)
        last = self._units(x[:, -1:])
        self._errors.add(said, truth)
        self._naive.add(np.broadcast_to(last, truth.shape), truth)
        for place in self._chosen[
            (self._chosen >= self._seen) & (self._chosen < self._seen + len(truth))
        ]:
            row = int(place) - self._seen
            past = self._units(x[row, -_PAST:])
            self._kept.append(self._window(int(place), past, truth[row], said[row]))
        self._seen += len(truth)

    def metrics(self) -> dict[str, float]:
        """Means over steps ahead and channels: ``mae``, ``rmse``, ``mape`` (a share), and ``relative_mae``.

        That is the error divided by the one of repeating the last value, after Hyndman and Koehler (2006), Another look at
        measures of forecast accuracy; below 1 is better than that. It is the mean over the channels, whose units differ.
        """
        return defined(
            {
                "mae": float(self._errors.mae()),
                "rmse": float(self._errors.rmse()),
                "mape": float(self._errors.mape()),
                "relative_mae": _ratio(self._errors.mae(1), self._naive.mae(1)),
            }
        )

    def results(self, engine: Engine) -> Iterator[Kept]:
        """``forecasts``: JSON with ``channels`` (names) and lists of a figure for each step ahead, the means over all channels:
        ``mae``, ``rmse``, ``mape`` and ``naive_mae``, that of repeating the last value. ``windows`` is a list of up to 24 evenly
        spread over the part: ``start`` (the step of the part that its truth begins at) and ``past``, ``truth``, ``forecast``, each
        a list of steps that are lists of the first 8 channels.
        """
        del engine
        report = {
            "channels": list(self._names),
            "mae": plain(self._errors.mae(0)),
            "rmse": plain(self._errors.rmse(0)),
            "mape": plain(self._errors.mape(0)),
            "naive_mae": plain(self._naive.mae(0)),
            "windows": self._kept,
        }
        yield Kept.as_json("forecasts", ArtifactKind.FORECASTS, report)

    def _window(self, place: int, past: Floats, truth: Floats, said: Floats) -> dict[str, Any]:
        arrays = {"past": past, "truth": truth, "forecast": said}
        context = self._setup.parameters["context"]
        start = int(self._part.indices[place]) + context
        return {
            "start": start,
            **{name: plain(array[:, :_CHANNELS]) for name, array in arrays.items()},
        }


def _ratio(errors: Floats, naive: Floats) -> float:
    """The mean ratio over the channels on which repeating the last value errs at all; NaN where there is none."""
    errs = naive > 0
    return float((errors[errs] / naive[errs]).mean()) if errs.any() else float("nan")
