"""Columns as features. What an encoder needs to know it learns from the training part alone."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from runners.datasets.importing.conversion import as_numpy
from runners.datasets.importing.recipe import Column, Missing, Type

Floats = NDArray[np.float64]
_SAMPLE = 1 << 20
"""A median is that of so many values, the first; of a longer column it is close to that."""


class Encoder(Protocol):
    """A column, first shown the training part in pieces, then finished, then encoding all rows."""

    names: tuple[str, ...]
    """The features, known after `finish`."""

    @property
    def scales(self) -> tuple[tuple[float, float], ...]:
        """Of each feature the mean and the deviation that turn it back into its own unit."""

    def learn(self, values: Any) -> None:
        """Take a piece of the training part, an Arrow array."""

    def finish(self) -> None: ...

    def encode(self, values: Any) -> Floats:
        """Values as (rows, features)."""


class Moments:
    """Count, mean and deviation of numbers in pieces (Chan, Golub and LeVeque 1983). NaN is left out."""

    def __init__(self) -> None:
        self.count, self.mean, self._squares = 0, 0.0, 0.0

    def add(self, values: Floats) -> None:
        values = values[~np.isnan(values)]
        if not len(values):
            return
        mean = float(values.mean())
        total, delta = self.count + len(values), mean - self.mean
        self._squares += float(np.square(values - mean).sum())
        self._squares += delta * delta * self.count * len(values) / total
        self.mean += delta * len(values) / total
        self.count = total

    @property
    def std(self) -> float:
        """The deviation of the population."""
        return math.sqrt(self._squares / self.count) if self.count else 0.0

    @property
    def scale(self) -> float:
        """What to divide by: 1 where all values are the same but for rounding."""
        tiny = abs(self.mean) * 1e-12
        return self.std if self.std > tiny else 1.0


class NumberEncoder:
    """(value - mean) / deviation, the missing filled in."""

    def __init__(self, name: str, missing: Missing) -> None:
        self.names: tuple[str, ...] = (name,)
        self._missing = missing
        self.moments = Moments()
        self._fill = 0.0
        self._sample: list[Floats] = []
        self._sampled = 0

    def learn(self, values: Any) -> None:
        found = as_numpy(values)
        self.moments.add(found)
        if self._missing in (Missing.MEDIAN, Missing.MOST_FREQUENT) and self._sampled < _SAMPLE:
            present = found[~np.isnan(found)][: _SAMPLE - self._sampled]
            self._sample.append(present)
            self._sampled += len(present)

    def finish(self) -> None:
        self._fill = self.moments.mean
        if self._sampled:
            sample = np.concatenate(self._sample)
            if self._missing is Missing.MEDIAN:
                self._fill = float(np.median(sample))
            else:
                found, counts = np.unique(sample, return_counts=True)
                self._fill = float(found[counts.argmax()])
        self._sample = []
        if self._missing is Missing.OWN:
            self.names = (*self.names, f"{self.names[0]} is missing")

    def encode(self, values: Any) -> Floats:
        found = as_numpy(values)
        missing = np.isnan(found)
        scaled = (np.where(missing, self._fill, found) - self.moments.mean) / self.moments.scale
        columns = [scaled, missing] if self._missing is Missing.OWN else [scaled]
        return np.stack(columns, axis=1).astype(np.float64)

    @property
    def scales(self) -> tuple[tuple[float, float], ...]:
        own = (self.moments.mean, self.moments.scale)
        return (own, (0.0, 1.0)) if self._missing is Missing.OWN else (own,)


class CategoryEncoder:
    """A feature, 0 or 1, for each of the most frequent values, one for all others and one for the missing."""

    def __init__(self, name: str, missing: Missing, limit: int) -> None:
        self.names: tuple[str, ...] = (name,)
        self._name, self._missing, self._limit = name, missing, limit
        self._counts: Counter[str] = Counter()
        self._values: Any = None
        self._has_other = False

    def learn(self, values: Any) -> None:
        for item in pc.value_counts(values).to_pylist():
            if item["values"] is not None:
                self._counts[item["values"]] += item["counts"]

    def finish(self) -> None:
        ranked = sorted(self._counts, key=lambda value: (-self._counts[value], value))
        kept = ranked[: self._limit]
        self._has_other = len(ranked) > len(kept)
        self._values = pa.array(kept, pa.string())
        columns = kept + ["other"] * self._has_other
        if self._missing is Missing.OWN:
            columns.append("missing")
        self.names = tuple(f"{self._name}: {value}" for value in columns)

    def encode(self, values: Any) -> Floats:
        kept = len(self._values)
        codes = pc.fill_null(pc.index_in(values, self._values), -1).to_numpy(zero_copy_only=False)
        missing = values.is_null().to_numpy(zero_copy_only=False)
        codes = np.where(codes < 0, kept if self._has_other else -1, codes)
        if self._missing is Missing.OWN:
            codes = np.where(missing, len(self.names) - 1, codes)
        elif kept:
            codes = np.where(missing, 0, codes)  # the most frequent
        encoded = np.zeros((len(codes), len(self.names)))
        rows = np.flatnonzero(codes >= 0)
        encoded[rows, codes[rows]] = 1
        return encoded

    @property
    def scales(self) -> tuple[tuple[float, float], ...]:
        return ((0.0, 1.0),) * len(self.names)


_PARTS = {
    "year": pc.year,
    "month": pc.month,
    "day": pc.day,
    "weekday": pc.day_of_week,
    "hour": pc.hour,
    "minute": pc.minute,
}


class DateEncoder:
    """Parts of a date as numbers, those that vary."""

    def __init__(self, name: str, missing: Missing, parts: tuple[str, ...]) -> None:
        self.names: tuple[str, ...] = (name,)
        rule = Missing.OWN if missing is Missing.OWN else Missing.MOST_FREQUENT
        self._parts = {
            part: NumberEncoder(f"{name} {part}", rule) for part in parts if part in _PARTS
        }

    def learn(self, values: Any) -> None:
        for part, encoder in self._parts.items():
            encoder.learn(_PARTS[part](values))

    def finish(self) -> None:
        self._parts = {p: encoder for p, encoder in self._parts.items() if encoder.moments.std}
        for encoder in self._parts.values():
            encoder.finish()
        self.names = tuple(name for encoder in self._parts.values() for name in encoder.names)

    def encode(self, values: Any) -> Floats:
        encoded = [encoder.encode(_PARTS[part](values)) for part, encoder in self._parts.items()]
        return np.concatenate([np.zeros((len(values), 0)), *encoded], axis=1)

    @property
    def scales(self) -> tuple[tuple[float, float], ...]:
        return tuple(scale for encoder in self._parts.values() for scale in encoder.scales)


def encoder_for(column: Column, categories: int, dates: tuple[str, ...]) -> Encoder:
    """What makes features of a column of numbers, categories or dates."""
    match column.type:
        case Type.NUMBER | Type.BOOLEAN:
            return NumberEncoder(column.name, column.missing)
        case Type.DATE:
            return DateEncoder(column.name, column.missing, dates)
    return CategoryEncoder(column.name, column.missing, categories)
