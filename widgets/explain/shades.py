"""The colours of runs by a column: one of the palette for each value, or places on a scale of numbers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from storage.records import Cell
from widgets import theme
from widgets.explain.source import Table
from widgets.plots.tints import Tint, scale_color
from workbench.coloring import MOST_NUMBERS, Coloring, NumberScale
from workbench.explain.scales import ColumnScale
from workbench.replicates import words

_SHADES = 48


@dataclass(frozen=True, slots=True)
class Shades:
    """``index`` is the place of each run's colour in `colors`; the last one is that of runs without a value."""

    index: NDArray[np.intp]
    key: Coloring | None
    count: int

    @classmethod
    def plain(cls, length: int) -> Shades:
        return cls(np.zeros(length, np.intp), None, 1)

    @classmethod
    def of(cls, scale: ColumnScale, table: Table) -> Shades:
        cells = table[scale.column]
        known = {cell for cell in cells if cell is not None}
        if scale.kinds or len(known) <= MOST_NUMBERS:
            kinds = scale if scale.kinds else _kinds(scale.column, known)
            count = max(1, len(kinds.kinds))
            at = kinds.places(cells) * count - 0.5
            key = Coloring(scale.column, kinds.kinds, None, {})
        else:
            numbers = [float(cell) for cell in known if not isinstance(cell, str)]
            low, high = min(numbers), max(numbers)
            at = scale.places(cells)
            at = (at - np.nanmin(at)) / max(np.nanmax(at) - np.nanmin(at), 1e-12) * (_SHADES - 1)
            count = _SHADES
            key = Coloring(scale.column, (), NumberScale(low, high), {})
        index = np.where(np.isnan(at), count, np.rint(np.nan_to_num(at))).astype(np.intp)
        return cls(index, key, count)

    def colors(self) -> list[QColor]:
        """In the theme of now."""
        if self.key is None:
            return [QColor(theme.colors().accent), QColor(theme.colors().dim)]
        if self.key.scale is not None:
            found = [scale_color(at / (self.count - 1)) for at in range(self.count)]
        else:
            found = [Tint(index=at).color() for at in range(self.count)]
        return [*found, QColor(theme.colors().dim)]


def _kinds(column: str, known: Collection[Cell]) -> ColumnScale:
    numbers = sorted(value for value in known if isinstance(value, int | float))
    return ColumnScale(column, tuple(dict.fromkeys(map(words, numbers))))
