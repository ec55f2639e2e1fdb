"""A scale of colours behind the values of a column: the better, the stronger.

One hue over the colour behind data, so that the order reads by lightness alone: in a light and in a dark window, printed in
grey, and with any colour vision.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtGui import QColor

from widgets.theme import colors, mixed

_FAINTEST, _STRONGEST = 0.04, 0.48
"""Text must stay legible on the strongest; a test measures it."""
_DECADES = 3
"""From this many powers of ten on, and only for values above zero, the scale is logarithmic."""


@dataclass(frozen=True, slots=True)
class ColorScale:
    """From the smallest to the largest finite value listed; ``lower`` says that small values are the good ones."""

    low: float
    high: float
    lower: bool = False

    @property
    def logarithmic(self) -> bool:
        return self.low > 0 and self.high / self.low >= 10**_DECADES

    def place(self, value: float) -> float | None:
        """From 0 (worst) to 1 (best); None for what is not finite."""
        if not math.isfinite(value):
            return None
        low, high, at = self.low, self.high, value
        if self.logarithmic:
            low, high, at = math.log(low), math.log(high), math.log(max(value, low))
        if high <= low:
            return 0.5
        place = min(1.0, max(0.0, (at - low) / (high - low)))
        return 1 - place if self.lower else place


def tint(place: float) -> QColor:
    """The colour behind a value at that place of a scale."""
    now = colors()
    return mixed(now.success, now.base, _FAINTEST + (_STRONGEST - _FAINTEST) * place)
