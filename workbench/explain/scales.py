"""Where the values of a column stand on an axis, and which columns of many to show first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.query import kind_of
from storage.records import Cell, Kind
from workbench.explain.importance import Columns
from workbench.replicates import words
from workbench.ticks import Scale, Ticks, log_ticks, moment_text, ticks, value_text

Floats = NDArray[np.float64]

_DECADES = 2
"""From so many powers of ten on, positive numbers are shown on a logarithmic axis unless a person says otherwise."""
_MARGIN = 0.02
_PARTS = 8
_MICROSECONDS = 1e6


@dataclass(frozen=True, slots=True)
class ColumnScale:
    """An axis for a column: its ``kinds`` in their order, or numbers from ``low`` to ``high``.

    ``low`` and ``high`` are exponents of ten where it is ``logarithmic``, and seconds where the numbers are dates.
    """

    column: str
    kinds: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    logarithmic: bool = False
    can_be_logarithmic: bool = False
    numbers: Scale = Scale.NUMBER

    @classmethod
    def of(cls, column: str, cells: Sequence[Cell], logarithmic: bool | None = None) -> ColumnScale:
        """The axis that fits the values; ``logarithmic`` None is as the numbers suggest."""
        numbers = numbers_of(cells)
        if numbers is None:
            known = {cell for cell in cells if cell is not None}
            return cls(column, tuple(dict.fromkeys(map(words, sorted(known, key=_order)))))
        scale = _scale_of(column)
        values = numbers[np.isfinite(numbers)]
        if scale is Scale.DATE:
            values = values / _MICROSECONDS
        if not len(values):
            return cls(column, numbers=scale)
        low, high = float(values.min()), float(values.max())
        can = low > 0 and scale is not Scale.DATE
        wanted = can and high / low >= 10**_DECADES if logarithmic is None else logarithmic and can
        if wanted:
            low, high = math.log10(low), math.log10(high)
        room = (high - low) * _MARGIN or max(abs(high), 1.0) * _MARGIN
        return cls(column, (), low - room, high + room, wanted, can, scale)

    def with_log(self, on: bool, cells: Sequence[Cell]) -> ColumnScale:
        return ColumnScale.of(self.column, cells, on)

    def places(self, cells: Sequence[Cell]) -> Floats:
        """From 0 (lowest) to 1, in the order of the cells; NaN for what has no place."""
        if self.kinds:
            places = {kind: (at + 0.5) / len(self.kinds) for at, kind in enumerate(self.kinds)}
            return np.array(
                [math.nan if cell is None else places.get(words(cell), math.nan) for cell in cells]
            )
        numbers = numbers_of(cells)
        if numbers is None:
            return np.full(len(cells), math.nan)
        return (self.raw(numbers) - self.low) / (self.high - self.low)

    def raw(self, values: Floats) -> Floats:
        """Values in the units of ``low`` and ``high``."""
        if self.numbers is Scale.DATE:
            return values / _MICROSECONDS
        if not self.logarithmic:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.log10(values)
        found[~np.isfinite(found)] = math.nan
        return found

    def ticks(self, most: int) -> Ticks:
        """Places from 0 to 1 and their labels; of more kinds than there is room for every so manieth."""
        if self.kinds:
            every = -(-len(self.kinds) // max(1, most))
            return [
                ((at + 0.5) / len(self.kinds), kind)
                for at, kind in enumerate(self.kinds)
                if at % every == 0
            ]
        make = log_ticks if self.logarithmic else None
        found = (
            make(self.low, self.high, max(2, most), self.numbers)
            if make
            else ticks(self.numbers, self.low, self.high, most)
        )
        return [((value - self.low) / (self.high - self.low), text) for value, text in found]

    def text(self, cell: Cell) -> str:
        """A value as a person reads it."""
        if cell is None:
            return "no value"
        if self.kinds or isinstance(cell, str | bool):
            return words(cell)
        if self.numbers is Scale.DATE:
            return moment_text(cell / _MICROSECONDS)
        return value_text(self.numbers, cell) if self.numbers is not Scale.NUMBER else words(cell)


def numbers_of(cells: Sequence[Cell]) -> Floats | None:
    """The cells as numbers, NaN where there is none; None where one is a text or a flag, or all are missing."""
    kinds = set(map(type, cells))
    if not kinds <= {int, float, type(None)} or kinds <= {type(None)}:
        return None
    return np.array([math.nan if cell is None else cell for cell in cells], np.float64)


def _scale_of(column: str) -> Scale:
    kind = kind_of(column)
    if kind is Kind.MOMENT:
        return Scale.DATE
    return Scale.DURATION if kind is Kind.DURATION else Scale.NUMBER


def _order(value: Cell) -> tuple[bool, float, str]:
    """Numbers by size, then texts."""
    if isinstance(value, str):
        return True, 0.0, value
    return False, float(value or 0), ""


def telling(columns: Columns, target: str, names: Sequence[str], most: int) -> list[str]:
    """Of the named columns that vary the ``most`` that tell most of ``target``, in the order of ``names``.

    Measured by the correlation ratio (Pearson, 1905): the share of the target's variance that lies between the values of a column,
    or between eight ranges of a number. It sees an optimum in the middle, which a correlation does not.
    """
    varying = [name for name in names if len(set(columns[name])) > 1]
    y = numbers_of(columns[target])
    if y is None or len(varying) <= most:
        return varying[:most]
    shares = {name: _share(columns[name], y) for name in varying}
    kept = set(sorted(varying, key=lambda name: -shares[name])[:most])
    return [name for name in varying if name in kept]


def _share(cells: Sequence[Cell], y: Floats) -> float:
    codes = _codes(cells)
    known = (codes >= 0) & np.isfinite(y)
    codes, y = codes[known], y[known]
    if len(y) < 2 or not float(y.var()):
        return 0.0
    counts = np.bincount(codes)
    means = np.bincount(codes, y) / np.maximum(counts, 1)
    groups = int((counts > 0).sum())
    if len(y) <= groups:
        return 0.0
    between = float((counts * (means - y.mean()) ** 2).sum() / (len(y) * y.var()))
    return 1 - (1 - between) * (len(y) - 1) / (len(y) - groups)


def _codes(cells: Sequence[Cell]) -> NDArray[np.int64]:
    """The number of the value, or of the range, of each cell; -1 where there is none."""
    numbers = numbers_of(cells)
    known = {cell for cell in cells if cell is not None}
    if numbers is not None and len(known) > _PARTS:
        edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, _PARTS + 1)))
        codes = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, len(edges) - 2)
        codes[np.isnan(numbers)] = -1
        return codes.astype(np.int64)
    places = {kind: at for at, kind in enumerate(known)}
    return np.array([-1 if cell is None else places[cell] for cell in cells], np.int64)
