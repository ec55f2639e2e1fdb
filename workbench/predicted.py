"""Numbers that runs predicted, against the true ones, as they keep them: of a regression and of a forecast."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_MOST = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """One target: ``truth`` and ``prediction`` of the kept samples; NaN where a number was none."""

    name: str
    truth: Floats
    prediction: Floats
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A forecast: ``past``, ``truth`` and ``forecast`` of shape (steps, channels)."""

    start: int
    past: Floats
    truth: Floats
    forecast: Floats


@dataclass(frozen=True, slots=True)
class Forecasts:
    """``figures`` are means over all steps ahead."""

    channels: tuple[str, ...]
    windows: tuple[Window, ...]
    figures: Mapping[str, float]


def parse_regression(data: bytes) -> tuple[Pairs, ...]:
    """Raises ValueError, KeyError or TypeError where it is something else, as the other parsers do."""
    return tuple(_pairs(raw) for raw in json.loads(data)["targets"])


def parse_forecasts(data: bytes) -> Forecasts:
    raw = json.loads(data)
    windows = tuple(_window(each) for each in raw["windows"])
    figures = {name: _mean(raw.get(name, ())) for name in ("mae", "rmse", "mape", "naive_mae")}
    return Forecasts(tuple(map(str, raw["channels"])), windows, figures)


def parse_text(data: bytes) -> str:
    """The text, with marks where it is no UTF-8."""
    return data.decode("utf-8", "replace")


def _pairs(raw: Any) -> Pairs:
    truth, prediction = _floats(raw["truth"], 1), _floats(raw["prediction"], 1)
    if truth.shape != prediction.shape:
        raise ValueError(f"it has {len(truth):,} true and {len(prediction):,} predicted numbers")
    figures = {name: _number(raw.get(name)) for name in ("mae", "rmse", "mape", "r2")}
    return Pairs(str(raw["name"]), truth, prediction, figures)


def _window(raw: Any) -> Window:
    past, truth, forecast = (_floats(raw[name], 2) for name in ("past", "truth", "forecast"))
    if truth.shape != forecast.shape or past.shape[1] != truth.shape[1] or not truth.size:
        raise ValueError(f"a window has shapes {past.shape}, {truth.shape} and {forecast.shape}")
    return Window(int(raw["start"]), past, truth, forecast)


def _floats(raw: Any, dimensions: int) -> Floats:
    found = np.array(raw, np.float64)
    if found.ndim != dimensions or found.size > _MOST:
        raise ValueError(f"it has numbers of shape {found.shape}")
    return found


def _number(raw: Any) -> float:
    return math.nan if raw is None else float(raw)


def _mean(values: Any) -> float:
    known = [float(value) for value in values if value is not None]
    return sum(known) / len(known) if known else math.nan
